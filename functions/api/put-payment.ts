import * as z from 'zod/mini';
import { isRefusal, refuse } from '../../shared/domain/refusal';
import { payment, reference } from '../../shared/edge/fields';
import { httpHandler, ok } from '../../shared/edge/http';
import { resolveOrderId } from '../../shared/flows/resolve-order';
import { takePayment } from '../../shared/flows/take-payment';
import { cancellationStore, configuredConnections, disputes, orderStore, workflow } from '../../shared/wiring';

/** PUT /v1/orders/{id}/payments/{ref}: what is known of a tender, in any order, also before its order or after its end. */
export const handler = httpHandler({
  roles: ['system'],
  body: z.extend(z.omit(payment, { ref: true }), { merchantId: reference }),
  ports: () => ({
    orders: orderStore(),
    cancellations: cancellationStore(),
    workflow: workflow(),
    configured: configuredConnections(),
    disputes: disputes(),
  }),
  async handle({ caller, body, params, now }, ports) {
    const { merchantId, ...intake } = body;
    const ref = params['ref'] ?? '';
    if (!/^[A-Za-z0-9._:@-]{1,100}$/.test(ref))
      return refuse('invalid_field', 'It is not a payment reference.', { param: 'ref' });
    if (caller.merchantId !== undefined && caller.merchantId !== merchantId) {
      return refuse('role_not_allowed', 'The token is for another merchant.', { param: '/merchantId' });
    }
    const given = params['id'] ?? '';
    if (!/^[A-Za-z0-9._:@-]{1,100}$/.test(given))
      return refuse('invalid_field', 'It is not an order reference.', { param: 'id' });
    const orderId = resolveOrderId(caller, given, merchantId);
    if (isRefusal(orderId)) return orderId;
    // Our own id is known only to those whom we have told it, so its order has come before.
    const at = { tenant: caller.tenant, orderId, merchantId, mayComeLater: orderId !== given };
    const taken = await takePayment(ports, at, { ref, ...intake }, now);
    if (isRefusal(taken)) return taken;
    // A cancellation that is already under way looks there, and not at the order.
    if (intake.disputed !== undefined) {
      const news = { dispute: 'told by the shop', payment: ref, stops: intake.disputed, order: Date.parse(now) };
      await ports.disputes.hear(caller.tenant, news);
    }
    return ok({ object: 'payment', ref, orderId, outcome: taken });
  },
});
