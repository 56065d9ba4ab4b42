import { refuse, isRefusal } from '../../shared/domain/refusal';
import { httpHandler } from '../../shared/edge/http';
import { orderBody } from '../../shared/edge/order-body';
import { takeOrder } from '../../shared/flows/take-order';
import { cancellationStore, configuredConnections, orderStore, people, workflow } from '../../shared/wiring';

/** PUT /v1/orders/{id}: the shop's order system tells a version of an order; `{id}` is the shop's own reference. */
export const handler = httpHandler({
  roles: ['system'],
  body: orderBody,
  bodyLimit: 4 * 1024 * 1024,
  ports: () => ({
    orders: orderStore(),
    people: people(),
    cancellations: cancellationStore(),
    workflow: workflow(),
    configured: configuredConnections(),
  }),
  async handle({ caller, body, params, now }, ports) {
    const reference = params['id'] ?? '';
    if (!/^[A-Za-z0-9._:@-]{1,100}$/.test(reference))
      return refuse('invalid_field', 'It is not an order reference.', { param: 'id' });
    if (caller.merchantId !== undefined && caller.merchantId !== body.merchantId) {
      return refuse('role_not_allowed', 'The token is for another merchant.', { param: '/merchantId' });
    }
    const taken = await takeOrder(ports, caller.tenant, reference, body, now);
    if (isRefusal(taken)) return taken;
    return {
      status: taken.outcome === 'created' ? 201 : 200,
      body: { id: taken.id, object: 'order', reference, outcome: taken.outcome, version: body.version },
    };
  },
});
