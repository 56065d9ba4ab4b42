/**
 * Seeds on the laptop host: the same stories as in the world in memory, told to the deployed bundles in worker threads,
 * the real engine of the tables, the streams, the state machines and the stand-ins over HTTP, many side by side.
 *
 * The same seed is the same story: order, tenders, what the provider and the carrier do, who asks what and when. It also
 * has the same number of faults, at the same numbers of the order's own calls, and chosen by the same draw among the
 * kinds that fit there. What cannot be the same is what the n-th call is: threads and a real engine go on as they like,
 * and this host has kinds of its own (see `ambush.ts`) and lacks `skewed`, `cut`, `split` and `repeated` as such.
 *
 * The clock is moved for all together, and only while nobody has anything to do.
 */
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { startLaptop, type Laptop } from '../../../infra/local/laptop';
import { orderPartition } from '../../../shared/adapters/dynamodb/keys';
import { listenerQueue, listeningAssembly } from '../../support/listening-assembly';
import { chanceOf } from '../chance';
import { aftermathFrom, type Remains } from '../invariants/aftermath';
import { invariants } from '../invariants/invariants';
import { leapsOf } from '../invariants/leaps';
import type { Violation } from '../run';
import { seededScenario, SHAPES } from '../scenarios/seeded';
import { placesOf, Shapes } from '../seeds';
import type { HeardEvent } from '../world/bus';
import { readBooks, type StripeLedger } from '../world/ledgers';
import { loadProduction } from '../world/production';
import { Ambush } from './ambush';
import { WatchedParties } from './parties';
import { House, LaptopStage } from './stage';

export interface LaptopSeedsOptions {
  readonly seeds: number;
  readonly from: number;
  /** Seeds side by side in one host; each group has a host of its own. */
  readonly parallel: number;
  readonly onProgress?: (line: string) => void;
}

export interface BrokenSeed {
  readonly seed: number;
  readonly violations: readonly Violation[];
  /** What struck it, in the order of its calls. */
  readonly struck: readonly string[];
}

export interface LaptopReport {
  readonly seeds: number;
  readonly from: number;
  /** Faults that struck, by kind. */
  readonly faults: Readonly<Record<string, number>>;
  readonly struck: number;
  readonly calls: number;
  readonly cancellations: Readonly<Record<string, number>>;
  readonly broken: readonly BrokenSeed[];
  readonly seconds: number;
  readonly held: boolean;
}

export async function runOnLaptop(options: LaptopSeedsOptions): Promise<LaptopReport> {
  const began = performance.now();
  const shapes = new Shapes(await loadProduction());
  const assembly = await listeningAssembly();
  const total = new Tally();
  for (let done = 0; done < options.seeds; done += options.parallel) {
    const count = Math.min(options.parallel, options.seeds - done);
    const group = Array.from({ length: count }, (_, at) => options.from + done + at);
    const plans = new Map<number, ReadonlyMap<number, number>>();
    for (const seed of group) plans.set(seed, placesOf(chanceOf(seed * 3 + 1), (await shapes.of(seed % SHAPES)).calls));
    const known = total.broken.length;
    await playGroup(assembly, plans, total);
    for (const broken of total.broken.slice(known)) options.onProgress?.(inWords(broken));
    const seconds = Math.round((performance.now() - began) / 1_000);
    options.onProgress?.(
      `${done + count} of ${options.seeds} seeds, ${total.struck} faults, ${total.broken.length} broken, ${seconds} s`,
    );
  }
  return {
    seeds: options.seeds,
    from: options.from,
    faults: Object.fromEntries([...total.faults].sort()),
    struck: total.struck,
    calls: total.calls,
    cancellations: Object.fromEntries([...total.cancellations].sort()),
    broken: total.broken,
    seconds: Math.round((performance.now() - began) / 1_000),
    held: total.broken.length === 0,
  };
}

export function inWords({ seed, struck, violations }: BrokenSeed): string {
  const wrong = violations.map(({ invariant, what }) => `  ${invariant}: ${what}`);
  return [`seed ${seed}: ${struck.join(', ')}`, ...wrong].join('\n');
}

class Tally {
  readonly faults = new Map<string, number>();
  readonly cancellations = new Map<string, number>();
  readonly broken: BrokenSeed[] = [];
  struck = 0;
  calls = 0;
}

const count = (map: Map<string, number>, key: string): unknown => map.set(key, (map.get(key) ?? 0) + 1);

async function playGroup(
  assembly: string,
  plans: ReadonlyMap<number, ReadonlyMap<number, number>>,
  total: Tally,
): Promise<void> {
  const parties = new WatchedParties();
  const laptop = await startLaptop({ assembly, port: 0, namesInvocations: true, ...parties.options });
  try {
    const end = (invocation: string, how: 'dies' | 'times out'): void => laptop.functions.end(invocation, how);
    const ambush = new Ambush(end);
    parties.begin({ ambush, end });
    const house = new House(laptop, ambush);
    const feed = new FeedWatch();
    laptop.faults.lookout = (happening, kinds) => {
      if (happening.service === 'dynamodbstreams') feed.batch(happening.text?.() ?? '');
      return ambush.lookout(happening, kinds);
    };
    const stages = await placed(house, [...plans.keys()]);
    await calm(house);
    for (const [seed, places] of plans) ambush.expect(seed, places);
    ambush.arm();
    for (const stage of stages) {
      const scenario = seededScenario(stage.seed % SHAPES);
      scenario.actBy(stage, stage.placed, chanceOf(stage.seed * 3 + 3));
    }
    await letTimePass(house);
    const found = await look(house, parties, feed);
    for (const stage of stages) {
      const { seed } = stage;
      const broken = house.breaks
        .filter((one) => one.seed === seed)
        .map(({ what }) => ({ invariant: 'the story', what }));
      const after = aftermathFrom(stage.placed, found(stage));
      for (const { status } of after.cancellations) count(total.cancellations, status);
      const violations = [
        ...broken,
        ...invariants.flatMap(({ name, check }) => check(after).map((what) => ({ invariant: name, what }))),
      ];
      total.calls += ambush.countOf(seed);
      const mine = ambush.struck.filter((one) => one.seed === seed);
      if (violations.length > 0) {
        const struck = mine.map(({ at, kind, what }) => `${at}:${kind} (${what})`);
        total.broken.push({ seed, violations, struck });
      }
    }
    for (const { kind } of ambush.struck) count(total.faults, kind);
    total.struck += ambush.struck.length;
  } finally {
    await laptop.close();
  }
}

/** Orders, without faults, a few at a time. */
async function placed(house: House, seeds: readonly number[]): Promise<LaptopStage[]> {
  const stages = seeds.map((seed) => new LaptopStage(house, seed));
  const waiting = [...stages];
  const placeSome = async (): Promise<void> => {
    for (let stage = waiting.shift(); stage !== undefined; stage = waiting.shift()) {
      await seededScenario(stage.seed % SHAPES).prepare(stage);
    }
  };
  await Promise.all(Array.from({ length: 6 }, placeSome));
  return stages;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const END_OF_STORY = 100 * HOUR;

/** When, after the beginning, time stops for everybody to do what is due. */
function stepAfter(age: number): number {
  if (age < 5 * MINUTE) return MINUTE;
  if (age < 3 * HOUR) return 10 * MINUTE;
  return age < 40 * HOUR ? 4 * HOUR : 20 * HOUR;
}

async function letTimePass(house: House): Promise<void> {
  const { clock } = house.laptop;
  const began = clock.now();
  await calm(house);
  while (clock.now() - began < END_OF_STORY || house.awake > 0) {
    const next = Math.min(clock.now() + stepAfter(clock.now() - began), house.nextWake);
    clock.moveTo(Math.max(next, clock.now() + 1));
    await calm(house);
  }
  // What a schedule of the last hours began is looked at once more.
  for (const name of ['RedriveParked', 'Reconcile', 'StartMissed', 'RedriveParked']) {
    clock.moveTo(clock.now() + 15 * MINUTE);
    await house.laptop.fireSchedule(name);
    await calm(house);
  }
}

/** Real time that nothing may be seen to happen, before what waits for the clock is given some of it. */
const STILL_MS = { waiting: 80, working: 2_500 } as const;
/** What a run that waits is given first; twice as much each time that nothing came of it. */
const STRIDE_MS = { first: 5 * SECOND, longest: 40 * SECOND } as const;
/** Between two moves of the clock no order makes more calls than this, unless it goes round in circles. */
const MOST_CALLS = 2_000;

/** Settles when nobody has anything to do; runs that pause between their tries are given the time that they wait for. */
async function calm(house: House): Promise<void> {
  const { laptop, ambush } = house;
  const most = ambush.seen + MOST_CALLS * Math.max(1, ambush.orders);
  let still = performance.now();
  let seen = ambush.seen;
  let stride: number = STRIDE_MS.first;
  for (;;) {
    const idle = await laptop.idle(40).then(
      () => true,
      () => false,
    );
    if (idle && house.awake === 0) return;
    if (ambush.seen > most) throw new Error('The host does not come to rest.');
    if (ambush.seen !== seen) {
      seen = ambush.seen;
      still = performance.now();
      stride = STRIDE_MS.first;
      continue;
    }
    const working = laptop.functions.busy > 0;
    if (performance.now() - still < (working ? STILL_MS.working : STILL_MS.waiting)) continue;
    laptop.clock.moveTo(laptop.clock.now() + (working ? STRIDE_MS.first : stride));
    stride = Math.min(2 * stride, STRIDE_MS.longest);
    still = performance.now();
  }
}

/** The changes that the readers were given. */
class FeedWatch {
  readonly leaps = new Map<string, string[]>();
  /** Partitions of the records by their place in the stream. */
  readonly partitions = new Map<string, string>();

  batch(text: string): void {
    const { Records } = JSON.parse(text) as { Records: { dynamodb: Record<string, never> }[] };
    for (const { dynamodb } of Records) {
      const { Keys, OldImage, NewImage, SequenceNumber } = dynamodb;
      const { pk = '' } = unmarshall(Keys ?? {}) as { pk?: string };
      this.partitions.set(String(SequenceNumber), pk);
      const leaps = leapsOf({
        ...(OldImage === undefined ? {} : { before: unmarshall(OldImage) }),
        ...(NewImage === undefined ? {} : { after: unmarshall(NewImage) }),
      });
      if (leaps.length > 0) this.leaps.set(pk, [...(this.leaps.get(pk) ?? []), ...leaps]);
    }
  }
}

type Item = Readonly<Record<string, unknown>>;

/** Reads everything once; answers what of it is a seed's. */
async function look(house: House, parties: WatchedParties, feed: FeedWatch): Promise<(stage: LaptopStage) => Remains> {
  const { laptop, ambush } = house;
  const read = async (name: string): Promise<Item[]> =>
    (await laptop.table(name).items()).map((item) => unmarshall(item as never) as Item);
  const orders = await read('Orders');
  // A cancellation's own id is all that its history goes by.
  for (const { pk, sk } of orders) ambush.whose(`${String(pk)} ${String(sk)}`);
  const bySeed = (items: readonly Item[]): Map<number, Item[]> =>
    grouped(items, ({ pk, sk }) => ambush.whose(`${String(pk)} ${String(sk)}`));
  const tables = { orders: bySeed(orders), stock: bySeed(await read('Stock')), views: bySeed(await read('Views')) };
  const ledger = readBooks.stripe((await house.control('stripe', 'ledger')) as StripeLedger);
  const ofPayment = <Line extends { payment: string }>(lines: readonly Line[]): Map<number, Line[]> =>
    grouped(lines, ({ payment }) => ambush.whose(payment));
  const [refunds, payments] = [ofPayment(ledger.refunds), ofPayment(ledger.payments)];
  const queues = (part: string) => queueNamed(laptop, part).peek();
  const events = grouped(
    queues(listenerQueue).map(({ body }) => (JSON.parse(body) as { detail: HeardEvent }).detail),
    ({ orderId }) => ambush.whose(orderId),
  );
  const dead = queues('ChangeFeedFailures').flatMap(({ body }) => {
    const { DDBStreamBatchInfo: info } = JSON.parse(body) as { DDBStreamBatchInfo: Record<string, string> };
    return [info['startSequenceNumber'], info['endSequenceNumber']].map(
      (number) => feed.partitions.get(number ?? '') ?? '',
    );
  });
  const givenUp = queues('ListenersFailures').map(({ body }) => {
    const { detail } = JSON.parse(body) as { detail: HeardEvent };
    return orderPartition(detail.tenant, detail.orderId);
  });
  const labels = (seed: number) => [...parties.labelsTaken].filter(([path]) => ambush.whose(path).has(seed));
  return ({ seed, told, placed: own }) => ({
    cloud: {
      leaps: own.flatMap(({ tenant, id }) => feed.leaps.get(`T#${tenant}#O#${id}`) ?? []),
      crossings: [],
      parties: { most: parties.most, labelsTaken: new Map(labels(seed)), calledBack: new Map() },
      tooEarly: [],
      unheard: new Set(),
    },
    orders: tables.orders.get(seed) ?? [],
    stock: tables.stock.get(seed) ?? [],
    views: tables.views.get(seed) ?? [],
    ledger: { refunds: refunds.get(seed) ?? [], payments: payments.get(seed) ?? [] },
    parcelsAtCarriers: [],
    events: events.get(seed) ?? [],
    told,
    deadLetters: dead,
    givenUp,
  });
}

function queueNamed(laptop: Laptop, part: string): ReturnType<Laptop['queues']['at']> {
  const found = [...laptop.queues.all()].find(({ settings }) => settings.name.includes(part));
  if (found === undefined) throw new Error(`There is no queue ${part}.`);
  return found;
}

function grouped<Thing>(things: readonly Thing[], whose: (thing: Thing) => ReadonlySet<number>): Map<number, Thing[]> {
  const groups = new Map<number, Thing[]>();
  for (const thing of things) {
    for (const seed of whose(thing)) {
      const group = groups.get(seed);
      if (group === undefined) groups.set(seed, [thing]);
      else group.push(thing);
    }
  }
  return groups;
}
