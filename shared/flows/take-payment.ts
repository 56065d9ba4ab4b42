import { needsConnection, unitsOf } from '../domain/channel';
import { refuse, type Refusal } from '../domain/refusal';
import type { Instant } from '../domain/time';
import type { ConfiguredConnections } from '../ports/connections';
import {
  accountProblem,
  capturesProblem,
  connectionProblem,
  currencyNotSupported,
  pointsProblem,
} from './check-intake';
import { refundLate, type RefundLatePorts } from './give-back-late';
import { mergePayment, toPayment } from './merge-payments';
import type { IntakePayment } from './order-intake';

/** Whose order a payment is said to be of. An order that was named by our own id is here, else the name is wrong. */
export interface PaidOrder {
  tenant: string;
  orderId: string;
  merchantId: string;
  mayComeLater: boolean;
}

const attempts = 6;

/**
 * Takes in what is known of a payment. Before its order it waits for it; after the order was cancelled, money that still
 * came in goes back by itself, at once or when the cancellation that is open closes. Captures only ever add up: an older
 * view of the payment changes nothing.
 */
export async function takePayment(
  ports: RefundLatePorts & { configured: ConfiguredConnections },
  at: PaidOrder,
  intake: IntakePayment,
  now: Instant,
): Promise<'kept_for_order' | 'stored' | 'unchanged' | 'refunding' | Refusal> {
  const { tenant, orderId } = at;
  const news = toPayment(intake);
  if (needsConnection(news.channel) && news.connectionId === undefined) {
    return refuse('invalid_field', 'A payment of this channel names its connection.', { param: '/connectionId' });
  }
  const connected = { connectionId: news.connectionId, provider: news.channel };
  const wrong =
    connectionProblem(ports.configured, tenant, connected, '') ??
    capturesProblem(news, '') ??
    pointsProblem(news, '') ??
    accountProblem(news, '');
  if (wrong !== undefined) return wrong;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const aggregate = await ports.orders.find(tenant, orderId);
    if (aggregate === undefined ? !at.mayComeLater : aggregate.order.merchantId !== at.merchantId)
      return refuse('not_found', `Merchant ${at.merchantId} has no such order.`);
    if (aggregate !== undefined && unitsOf(news.channel, aggregate.order.currency) === undefined)
      return currencyNotSupported('/channel');
    const before = aggregate?.payments ?? (await ports.orders.earlyPayments(tenant, orderId));
    const known = before.find(({ ref }) => ref === news.ref);
    const merged = known === undefined ? news : mergePayment(known, news);
    const twoCaptures = pointsProblem(merged, '');
    if (twoCaptures !== undefined) return twoCaptures;
    const changed = known?.captures.find((old) =>
      news.captures.some(({ ref, amount }) => ref === old.ref && amount !== old.amount),
    );
    if (changed !== undefined)
      return refuse('payment_shrinks', `Capture ${changed.ref} has another amount.`, { param: '/captures' });
    const unchanged = known !== undefined && JSON.stringify(known) === JSON.stringify(merged);
    if (!unchanged || aggregate === undefined) {
      const entry = { actor: 'system', step: 'put-payment', outcome: 'stored', at: now, detail: news.ref };
      const written =
        aggregate === undefined
          ? await ports.orders.keepEarlyPayment(tenant, orderId, before, merged)
          : await ports.orders.savePayment(aggregate, merged, entry);
      if (written === 'too_large')
        return refuse('order_too_large', 'The payment has too many captures.', { param: '/captures' });
      if (written === 'lost') continue;
    }
    if (aggregate === undefined) return 'kept_for_order';
    const ended = aggregate.cancellations.some(({ status }) => status === 'closed' || status === 'refund_pending');
    if (ended && (await refundLate(ports, at, 'put-payment', now))) return 'refunding';
    return unchanged ? 'unchanged' : 'stored';
  }
  return refuse('conflict_try_again', 'The order is being changed by many at once.');
}
