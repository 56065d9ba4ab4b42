import * as z from 'zod/mini';
import { isRefusal, refuse, type Refusal } from '../../shared/domain/refusal';
import { fingerprint } from '../../shared/domain/ids';
import { isPast } from '../../shared/domain/time';
import { wishedLines } from '../../shared/edge/fields';
import { httpHandler } from '../../shared/edge/http';
import { linesOf } from '../../shared/flows/selection';
import { showCancellation } from '../../shared/flows/show';
import { submitCancellation, type Asked } from '../../shared/flows/submit-cancellation';
import { accounts, cancellationStore, keptAnswers, orderStore, signedTokens, workflow } from '../../shared/wiring';

/** POST /v1/withdrawals/{id}/confirm: step two: submits it. The receipt carries the time of submission. */
export const handler = httpHandler({
  roles: ['customer', 'support'],
  body: z.strictObject({ lines: z.optional(wishedLines) }),
  answers: keptAnswers,
  ports: () => ({
    orders: orderStore(),
    cancellations: cancellationStore(),
    accounts: accounts(),
    workflow: workflow(),
    tokens: signedTokens(),
  }),
  async handle({ caller, body, params, now }, ports) {
    const id = params['id'] ?? '';
    // The withdrawal itself is key and payload: confirming it twice is one withdrawal, whatever header comes along.
    const request = fingerprint(id);
    const submission = { idempotencyKey: `withdrawal:${request}`, request, read };
    const submitted = await submitCancellation(ports, caller, submission, now);
    if (isRefusal(submitted)) return submitted;
    const { cancellation, replayed } = submitted;
    return {
      status: replayed ? 200 : 201,
      headers: replayed ? { 'idempotent-replayed': 'true' } : {},
      body: {
        object: 'withdrawal_receipt',
        submittedAt: cancellation.requestedAt,
        orderReference: cancellation.orderReference,
        cancellation: showCancellation(cancellation, caller.role),
      },
    };

    async function read(): Promise<Asked | Refusal> {
      const started = await ports.tokens.verify('wdr', id);
      if (started === undefined || started['tenant'] !== caller.tenant)
        return refuse('withdrawal_invalid', 'Its signature does not verify.');
      if (isPast(started['expiresAt'] as string, now))
        return refuse('withdrawal_expired', 'It had to be confirmed within an hour.');
      const held = linesOf(started, body.lines);
      if (isRefusal(held)) return held;
      return { orderId: started['orderId'] as string, wish: { ...held, reason: { core: 'withdrawal' } } };
    }
  },
});
