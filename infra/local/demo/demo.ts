/** What `npm start` brings along: outside parties before the start, a small marketplace after it. */
import type { Laptop, LaptopOptions } from '../laptop';
import { outsideParties } from '../parties';
import {
  customers,
  demoOrders,
  merchants,
  tenant,
  toBatchedOrder,
  toParcelSeed,
  toStock,
  toStripeSeed,
} from './marketplace';
import { expectDone, Shop } from './shop';

export function options(): Partial<LaptopOptions> {
  return outsideParties();
}

/** Loads the marketplace and returns what a newcomer needs: a token per role and three commands. Loading it twice changes nothing. */
export async function loadDemo(laptop: Laptop): Promise<string> {
  const shop = new Shop(laptop);
  const now = laptop.clock.now();
  const orders = demoOrders(now);
  await Promise.all([
    shop.tell('stripe', 'seed', { seed: orders.map(toStripeSeed) }),
    shop.tell('easypost', 'seed', { seed: orders.filter((order) => order.label).map(toParcelSeed) }),
    shop
      .call({ role: 'system' }, 'POST', '/v1/stock/batch', { merchantId: merchants.atelier, items: toStock(orders) })
      .then((answer) => expectDone(answer, 'opening stock')),
  ]);
  const batch = expectDone(
    await shop.call({ role: 'system' }, 'POST', '/v1/orders/batch', {
      orders: orders.map((order) => toBatchedOrder(order, now)),
    }),
    'orders',
  );
  const results = batch['results'] as { reference: string; status: number; id?: string }[];
  const refused = results.filter((result) => result.id === undefined);
  if (refused.length > 0) throw new Error(`The demo orders were refused: ${JSON.stringify(refused)}`);
  const idOf = (reference: string): string => results.find((result) => result.reference === reference)?.id ?? '';
  await liveALittle(shop, idOf);
  return introduction(laptop, shop, idOf);
}

/** Brings orders into different states, each through the API. The keys are fixed, so that a restart repeats nothing. */
async function liveALittle(shop: Shop, idOf: (reference: string) => string): Promise<void> {
  const cancel = (subject: string, reference: string, lines?: object[]) =>
    shop.call(
      { role: 'customer', subject },
      'POST',
      '/v1/cancellations',
      { orderId: idOf(reference), ...(lines === undefined ? {} : { lines }), reason: { core: 'changed_mind' } },
      `demo-${reference}`,
    );
  const ship = (reference: string, lineId: string, quantity: number) =>
    shop.call(
      { role: 'system' },
      'POST',
      `/v1/orders/${idOf(reference)}/shipments`,
      { ref: `${reference}-1`, lines: [{ lineId, quantity }] },
      `demo-ship-${reference}`,
    );
  await Promise.all([
    ship('A-1009', 'VASE-TALL', 1),
    ship('A-1008', 'MUG-BLUE', 2),
    cancel(customers.ann, 'A-1013', [{ lineId: 'SCARF-RED', quantity: 1 }]),
    cancel(customers.ben, 'A-1004'),
    cancel(customers.chi, 'A-1012'),
    cancel(customers.chi, 'A-1005'),
    cancel(customers.ben, 'A-1014'),
  ]);
}

async function introduction(laptop: Laptop, shop: Shop, idOf: (reference: string) => string): Promise<string> {
  const { baseUrl } = laptop;
  const [customer, merchant, support, platform, system] = await Promise.all([
    shop.token('customer', customers.ann),
    shop.token('merchant'),
    shop.token('support'),
    shop.token('platform'),
    shop.token('system'),
  ]);
  const json = `-H 'content-type: application/json'`;
  return [
    '',
    `Tenant ${tenant}, merchants ${Object.values(merchants).join(' and ')}, customers ${Object.values(customers).join(', ')}; 20 orders.`,
    'A token per role, for a day (the customer is Ann, the merchant is the atelier):',
    '',
    `export CUSTOMER=${customer}`,
    `export MERCHANT=${merchant}`,
    `export SUPPORT=${support}`,
    `export PLATFORM=${platform}`,
    `export SYSTEM=${system}`,
    '',
    "Ann's active orders, one of them cancelled, and what waits for the merchant:",
    '',
    `curl -s ${baseUrl}/v1/orders -H "authorization: Bearer $CUSTOMER"`,
    `curl -s ${baseUrl}/v1/cancellations -H "authorization: Bearer $CUSTOMER" ${json} -H 'idempotency-key: first' -d '{"orderId":"${idOf('A-1001')}","reason":{"core":"changed_mind"}}'`,
    `curl -s '${baseUrl}/v1/cancellations?status=awaiting_answer' -H "authorization: Bearer $MERCHANT"`,
    '',
  ].join('\n');
}
