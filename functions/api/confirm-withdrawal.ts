import { isRefusal, refuse } from '../../shared/domain/refusal';
import { fingerprint } from '../../shared/domain/ids';
import { isPast } from '../../shared/domain/time';
import { httpHandler } from '../../shared/edge/http';
import { showCancellation } from '../../shared/flows/show';
import { submitCancellation } from '../../shared/flows/submit-cancellation';
import { accounts, cancellationStore, orderStore, signedTokens, workflow } from '../../shared/wiring';

/** POST /v1/withdrawals/{id}/confirm: step two: submits it. The receipt carries the time of submission. */
export const handler = httpHandler({
  roles: ['customer', 'support'],
  needsKey: true,
  ports: () => ({
    orders: orderStore(),
    cancellations: cancellationStore(),
    accounts: accounts(),
    workflow: workflow(),
    tokens: signedTokens(),
  }),
  async handle({ caller, params, now }, ports) {
    const id = params['id'] ?? '';
    const started = await ports.tokens.verify('wdr', id);
    if (started === undefined || started['tenant'] !== caller.tenant)
      return refuse('withdrawal_invalid', 'Its signature does not verify.');
    if (isPast(started['expiresAt'] as string, now))
      return refuse('withdrawal_expired', 'It had to be confirmed within an hour.');
    const lines = started['lines'] as readonly { lineId: string; quantity: number }[] | undefined;
    const submitted = await submitCancellation(
      ports,
      caller,
      {
        orderId: started['orderId'] as string,
        wish: { ...(lines === undefined ? {} : { lines }), reason: { core: 'withdrawal' } },
        // The withdrawal itself is the key: confirming it twice is one withdrawal, whatever header comes along.
        idempotencyKey: `withdrawal:${fingerprint(id)}`,
      },
      now,
    );
    if (isRefusal(submitted)) return submitted;
    const { cancellation, replayed } = submitted;
    return {
      status: replayed ? 200 : 201,
      headers: replayed ? { 'idempotent-replayed': 'true' } : {},
      body: {
        object: 'withdrawal_receipt',
        submittedAt: cancellation.requestedAt,
        orderReference: cancellation.orderReference,
        cancellation: showCancellation(cancellation),
      },
    };
  },
});
