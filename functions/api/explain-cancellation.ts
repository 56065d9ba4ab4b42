import { isRefusal } from '../../shared/domain/refusal';
import { httpHandler, ok } from '../../shared/edge/http';
import { findCancellation } from '../../shared/flows/find-cancellation';
import { cancellationStore, orderStore } from '../../shared/wiring';

/** GET /v1/cancellations/{id}/explanation: which rule let it through, in which version, on which facts. */
export const handler = httpHandler({
  roles: ['customer', 'merchant', 'support', 'platform'],
  ports: () => ({ cancellations: cancellationStore(), orders: orderStore() }),
  async handle({ caller, params }, ports) {
    const cancellation = await findCancellation(ports.cancellations, caller, params['id'] ?? '');
    if (isRefusal(cancellation)) return cancellation;
    const aggregate = await ports.orders.find(caller.tenant, cancellation.orderId);
    return ok({
      object: 'explanation',
      cancellationId: cancellation.id,
      rule: cancellation.rule,
      policy: cancellation.policy,
      /** The terms the order was sold under, which judged it. */
      terms: aggregate?.order.contract.policy,
      facts: {
        initiator: cancellation.initiator,
        reason: cancellation.reason,
        placedAt: aggregate?.order.placedAt,
        requestedAt: cancellation.requestedAt,
        refund: { amount: cancellation.refund, currency: cancellation.currency },
        recalls: cancellation.recalls.length,
      },
      ...(cancellation.answer === undefined
        ? {}
        : {
            answer: {
              verdict: cancellation.answer.verdict,
              effect: cancellation.answer.effect,
              at: cancellation.answer.at,
            },
          }),
    });
  },
});
