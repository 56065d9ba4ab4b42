/** `npm run demo`: one cancellation's story, told live from its timeline. */
import { parseArgs } from 'node:util';
import { assembly } from '../assembly';
import { startLaptop, type Laptop } from '../laptop';
import { outsideParties } from '../parties';
import {
  customers,
  demoOrders,
  toBatchedOrder,
  toParcelSeed,
  toStock,
  toStripeSeed,
  type DemoOrder,
} from './marketplace';
import { expectDone, Shop } from './shop';

const HELP = `Tells the story of one cancellation, live from its timeline: a parcel with a label, an order that the merchant
has to let go, a refund that the bank takes its time for.

  npm run demo [-- --json] [--help]

  --json   print the cancellation with its timeline as one object at the end, nothing else
`;

interface Entry {
  actor: string;
  step: string;
  outcome: string;
  at: string;
  detail?: string;
}

interface Told {
  id: string;
  status: string;
  refund: { amount: number; currency: string };
  legs: { reference?: string; status: string }[];
  timeline: Entry[];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  });
  if (values.help) return void process.stdout.write(HELP);
  const say = values.json ? (): void => undefined : (line: string): void => void process.stdout.write(`${line}\n`);
  const laptop = await startLaptop({ assembly: await assembly(), log: 'silent', ...outsideParties() });
  try {
    const told = await tell(laptop, say);
    if (values.json) process.stdout.write(`${JSON.stringify(told)}\n`);
  } finally {
    await laptop.close();
  }
}

async function tell(laptop: Laptop, say: (line: string) => void): Promise<Told> {
  const shop = new Shop(laptop);
  const now = laptop.clock.now();
  const order = orderToTell(now);
  await shop.tell('stripe', 'seed', { seed: [toStripeSeed(order)] });
  await shop.tell('stripe', 'behaviours', { next: 1, status: 'pending' });
  await shop.tell('easypost', 'seed', { seed: [toParcelSeed(order)] });
  expectDone(
    await shop.call({ role: 'system' }, 'POST', '/v1/stock/batch', {
      merchantId: order.merchantId,
      items: toStock([order]),
    }),
    'stock',
  );
  const batch = expectDone(
    await shop.call({ role: 'system' }, 'POST', '/v1/orders/batch', { orders: [toBatchedOrder(order, now)] }),
    'order',
  );
  const [stored] = batch['results'] as { id: string }[];
  say(`Ben ordered a scarf for 59.38 EUR; the parcel has its label. He cancels:`);

  const ben = { role: 'customer', subject: customers.ben } as const;
  const requested = expectDone(
    await shop.call(
      ben,
      'POST',
      '/v1/cancellations',
      { orderId: stored?.id, reason: { core: 'found_cheaper' } },
      'story',
    ),
    'cancellation',
  );
  const path = `/v1/cancellations/${String(requested['id'])}`;
  let shown = 0;
  let answered = false;
  let settled = false;
  for (;;) {
    const told = expectDone(await shop.call(ben, 'GET', path), 'story') as unknown as Told;
    for (const entry of told.timeline.slice(shown)) say(inWords(entry));
    shown = told.timeline.length;
    if (told.status === 'awaiting_answer' && !answered) {
      answered = true;
      expectDone(await shop.call({ role: 'merchant' }, 'POST', `${path}/approve`, {}, 'answer'), 'answer');
    }
    if (told.status === 'refund_pending' && !settled) {
      settled = true;
      await shop.tell('stripe', 'settle', { status: 'succeeded' });
    }
    if (told.status === 'closed' && told.timeline.at(-1)?.step === 'close-order') {
      say(`Closed: 59.38 EUR went back to the card, reference ${told.legs[0]?.reference ?? ''}.`);
      return told;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The order of the story: the merchant is asked, a label has to be taken back. */
function orderToTell(now: number): DemoOrder {
  const labelled = demoOrders(now).find((order) => order.label === true);
  if (labelled === undefined) throw new Error('the demo has an order with a label');
  return { ...labelled, policy: { approval: { above: {}, deadlineMinutes: 60, onSilence: 'approve' } } };
}

function inWords({ at, actor, step, outcome, detail }: Entry): string {
  const time = at.slice(11, 23);
  return `  ${time}  ${actor.padEnd(8)}  ${step.padEnd(20)}  ${outcome}${detail === undefined ? '' : ` (${detail})`}`;
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
