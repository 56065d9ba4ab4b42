/** A buyer who asks his bank for the money, too: it must not go back twice. */
import { ask } from './customer';
import type { PlacedOrder, Scenario, Stage } from './scenario';
import { tick } from './schedules';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** When his bank asks for it, the grace window ends, the shop has won, and support tries again. */
const asked = 10 * MINUTE;
const won = 20 * DAY;
const retried = 21 * DAY;

const place = (stage: Stage): Promise<PlacedOrder> =>
  stage.place('north', '1001', { lines: [{ quantity: 2 }], policy: { graceMinutes: 30 } });

/** The bank's side: nobody is asked, and it tells in its own time. */
function disputes(stage: Stage, [order]: readonly PlacedOrder[]): void {
  const { parties, world } = stage.cloud;
  const payment_intent = order?.payments[0];
  for (const [after, status] of [[asked, 'needs_response'] as const, [won, 'won'] as const]) {
    world.at(world.now + after, () =>
      world.resume(undefined, 15, () => void parties.control('stripe', 'dispute', { payment_intent, status })),
    );
  }
}

function cancelsAndRetries(stage: Stage, [order]: readonly PlacedOrder[]): void {
  stage.let('customer', 'north', 'customer', async (customer) => {
    const { id } = await ask(customer, order);
    stage.let('support', 'north', 'support', async (support) => {
      await support.pause(retried);
      await support.post(`/v1/cases/${id.replace('can_', 'cas_')}/retry`, 'r1', {});
    });
  });
}

const closes: NonNullable<Scenario['expect']> = ({ cancellations, struck }) =>
  cancellations
    .filter(({ status }) => struck === 0 && status !== 'closed')
    .map(({ id, status }) => `${id} is ${status}, without any fault`);

export const disputedMeanwhile: Scenario = {
  name: 'disputed meanwhile',
  sentence:
    "The buyer's bank asks for the money while the cancellation waits: nothing is sent. The shop wins, and a person sends it.",
  inDepth: 'campaign',
  prepare: async (stage) => [await place(stage)],
  act(stage, orders) {
    disputes(stage, orders);
    cancelsAndRetries(stage, orders);
  },
  expect: closes,
};

export const disputeInTheList: Scenario = {
  name: 'dispute in the list',
  sentence: 'The same, and no webhook tells of it: what the bank does stands in the list of what has happened.',
  async prepare(stage) {
    const order = await place(stage);
    await stage.cloud.parties.control('stripe', 'webhooks', { send: 'never' });
    return [order];
  },
  act(stage, orders) {
    const { cloud } = stage;
    disputes(stage, orders);
    // Of the rounds of every quarter of an hour these are the ones that find something.
    for (const after of [asked, won]) {
      cloud.world.at(cloud.world.now + after + 5 * MINUTE, () => tick(cloud, 'reconcile'));
    }
    cancelsAndRetries(stage, orders);
  },
  expect: closes,
};
