import type { Cancellation, CancellationStatus, RefundLeg } from '../../shared/domain/cancellation';
import type { StrayRefund } from '../../shared/domain/stray-refund';
import type { EventType, TimelineEntry } from '../../shared/domain/events';
import { PermanentFault, TransientFault } from '../../shared/domain/faults';
import { providerKey, refundId } from '../../shared/domain/ids';
import { earlier, later, type Instant } from '../../shared/domain/time';
import { hearOfRefund } from '../../shared/flows/hear-of-refund';
import { reconcileRefunds, type Finding, type ReconcilingPorts } from '../../shared/flows/reconcile-refunds';
import type { Connection } from '../../shared/ports/connections';
import type { ChangesRequest, PaymentNotice, QueryRequest, RefundAnswer } from '../../shared/ports/payment-channel';
import type { Placed, Watermark } from '../../shared/ports/watermarks';
import { anOrder, withCancellation } from '../support/orders';

const start = '2026-03-05T12:00:00.000Z';
const quarter = { length: 15, unit: 'minutes' } as const;

const aLeg = (more: Partial<RefundLeg> = {}): RefundLeg => ({
  id: 'l1',
  paymentRef: 'card',
  channel: 'stripe',
  connectionId: 'con_1',
  captureRef: 'card-1',
  operation: 'refund',
  amount: 1_000,
  status: 'pending',
  attempt: 1,
  providerRef: 're_1',
  ...more,
});

interface Told {
  at: Instant;
  notice: PaymentNotice;
}

/** A provider's books beside ours; the watermark survives a round, and so does all that was counted. */
class World {
  now = start;
  cancellation: Cancellation;
  readonly events: EventType[] = [];
  readonly entries: TimelineEntry[] = [];
  readonly findings: Finding[] = [];
  readonly woken: string[] = [];
  readonly marks = new Map<string, Placed>();
  readonly seen = new Set<string>();
  /** The provider's answers by its reference. */
  readonly answers = new Map<string, RefundAnswer | Error>();
  /** Newest first, by connection. */
  readonly told = new Map<string, Told[]>();
  readonly lists: ChangesRequest[] = [];
  readonly queries: QueryRequest[] = [];
  readonly down = new Set<string>();
  pageSize = 100;
  secondsPerCall = 0;

  constructor(leg: Partial<RefundLeg> = {}, status: CancellationStatus = 'refund_pending', more: RefundLeg[] = []) {
    const order = anOrder({ lines: [{ id: '1' }] });
    const [first] = withCancellation(order, { units: {}, legs: [aLeg(leg), ...more] }, status).cancellations;
    if (first === undefined) throw new Error('no cancellation');
    this.cancellation = first;
  }

  readonly strays = new Map<string, StrayRefund>();

  get leg(): RefundLeg | undefined {
    return this.cancellation.legs[0];
  }

  reference(attempt = 1, leg = 'l1'): string {
    return providerKey(refundId(this.cancellation.id, leg), attempt);
  }

  /** Something happens at the provider, and no webhook says so. */
  happens(
    status: RefundAnswer['status'],
    more: { ref?: string; notice?: Partial<PaymentNotice>; amount?: number; connection?: string; legId?: string } = {},
  ): void {
    const { ref = 're_1', connection = 'con_1', amount = 1_000, legId = this.reference() } = more;
    this.answers.set(ref, { status, providerRef: ref, amount });
    const { tenant, orderId, id: cancellationId } = this.cancellation;
    const told = this.told.get(connection) ?? [];
    const notice: PaymentNotice = {
      eventId: `evt_${connection}_${told.length + 1}`,
      type: 'refund.updated',
      providerRef: ref,
      trail: { tenant, orderId, cancellationId, legId },
      claims: status,
      ...more.notice,
    };
    this.told.set(connection, [{ at: this.now, notice }, ...told]);
  }

  pass(span: Parameters<typeof later>[1]): void {
    this.now = later(this.now, span);
  }

  readonly connection = (id: string, provider = 'stripe'): Connection => ({
    id,
    tenant: this.cancellation.tenant,
    provider,
    apiKey: '',
    webhookSecrets: [],
  });

  round(connections: Record<string, string> = { con_1: 'stripe' }) {
    return reconcileRefunds(this.ports(connections), this.now);
  }

  ports(connections: Record<string, string>): ReconcilingPorts {
    const channel = {
      changesSince: (asked: ChangesRequest) => this.list(asked),
      query: (asked: QueryRequest) => {
        this.queries.push(asked);
        const answer = this.answers.get(asked.providerRef ?? '');
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
      },
    };
    const save = (_before: unknown, after: Cancellation): Promise<'saved'> => {
      this.cancellation = { ...after, revision: after.revision + 1 };
      return Promise.resolve('saved');
    };
    const ports = {
      configured: new Map(
        Object.entries(connections).map(([id, provider]) => [id, { tenant: this.cancellation.tenant, provider }]),
      ),
      connections: {
        find: (id: string) =>
          Promise.resolve(connections[id] === undefined ? undefined : this.connection(id, connections[id])),
      },
      channels: { stripe: channel, store_credit: { ...channel, changesSince: undefined } },
      cancellations: {
        find: (_tenant: string, _order: string, id: string) =>
          Promise.resolve(id === this.cancellation.id ? this.cancellation : undefined),
        save: (before: unknown, after: Cancellation, entry: TimelineEntry) => {
          this.entries.push(entry);
          return save(before, after);
        },
        saveWithOrder: (
          before: unknown,
          after: Cancellation,
          { events }: { events: readonly EventType[] },
          entry: TimelineEntry,
        ) => {
          this.events.push(...events);
          this.entries.push(entry);
          return save(before, after);
        },
        token: () => Promise.resolve('token'),
      },
      workflow: { wake: (token: string) => Promise.resolve(void this.woken.push(token)) },
      strays: {
        open: (stray: StrayRefund) => {
          if (this.strays.has(stray.id)) return Promise.resolve('known');
          this.strays.set(stray.id, stray);
          return Promise.resolve('opened');
        },
      },
      receipts: {
        seen: (_tenant: string, _provider: string, id: string) => Promise.resolve(this.seen.has(id)),
        keep: (_tenant: string, _provider: string, id: string) => Promise.resolve(void this.seen.add(id)),
      },
      watermarks: {
        find: (_tenant: string, id: string) => Promise.resolve(this.marks.get(id)),
        move: (_tenant: string, id: string, before: Placed | undefined, after: Watermark) => {
          if (before?.version !== this.marks.get(id)?.version) return Promise.resolve('lost');
          const placed = { ...after, version: (before?.version ?? 0) + 1 };
          this.marks.set(id, placed);
          return Promise.resolve(placed);
        },
      },
      clock: () => this.now,
      tell: (finding: Finding) => this.findings.push(finding),
    };
    return ports as unknown as ReconcilingPorts;
  }

  private list(asked: ChangesRequest) {
    this.lists.push(asked);
    this.pass({ length: this.secondsPerCall, unit: 'seconds' });
    if (this.down.has(asked.connection.id)) return Promise.reject(new TransientFault('503'));
    const all = (this.told.get(asked.connection.id) ?? []).filter(({ at }) => at >= asked.since);
    const from = asked.after === undefined ? 0 : all.findIndex(({ notice }) => notice.eventId === asked.after) + 1;
    const page = all.slice(from, from + this.pageSize).map(({ notice }) => notice);
    const next = from + this.pageSize < all.length ? page.at(-1)?.eventId : undefined;
    return Promise.resolve({ notices: page, unreadable: [], ...(next === undefined ? {} : { next }) });
  }
}

const elsewhere = { tenant: 't2', orderId: 'ord_1', cancellationId: 'can_1', legId: 'rfd_1-1' };

describe('a webhook that was lost for good', () => {
  test.each<
    [RefundAnswer['status'], Partial<RefundLeg>, CancellationStatus, RefundLeg['status'], CancellationStatus, number]
  >([
    ['succeeded', { status: 'pending' }, 'refund_pending', 'succeeded', 'refund_pending', 1],
    ['failed', { status: 'pending' }, 'refund_pending', 'failed', 'refund_pending', 1],
    ['canceled', { status: 'pending' }, 'refund_pending', 'canceled', 'refund_pending', 1],
    ['requires_action', { status: 'pending' }, 'refund_pending', 'requires_action', 'refund_pending', 0],
    ['failed', { status: 'succeeded' }, 'closed', 'bounced', 'in_case', 0],
  ])(
    '%s over %o while it is %s: the leg is %s, the cancellation %s',
    async (said, leg, was, becomes, status, woken) => {
      const world = new World(leg, was);
      world.happens(said);
      expect(await world.round()).toMatchObject({ connections: 1, heard: 1, repaired: 1, unmatched: 0, failed: 0 });
      expect(world.leg?.status).toBe(becomes);
      expect(world.cancellation.status).toBe(status);
      expect(world.woken).toHaveLength(woken);
      expect(world.entries).toMatchObject([{ actor: 'provider', step: 'reconcile', outcome: becomes }]);
      const action = becomes === 'requires_action' ? ['refund.action_needed'] : [];
      expect(world.events).toEqual(status === 'in_case' ? ['refund.bounced', 'case.opened'] : action);
    },
  );

  test('is repaired once, however often its window is read, and asks the provider once', async () => {
    const world = new World();
    world.happens('succeeded');
    await world.round();
    for (let rounds = 0; rounds < 5; rounds += 1) {
      world.pass(quarter);
      expect(await world.round()).toMatchObject({ heard: 1, repaired: 0 });
    }
    expect([world.queries.length, world.lists.length]).toEqual([1, 6]);
    world.pass(quarter);
    expect(await world.round()).toMatchObject({ heard: 0, repaired: 0 });
  });

  test('is not believed: what the provider says when asked decides', async () => {
    const world = new World();
    world.happens('succeeded');
    world.answers.set('re_1', { status: 'pending', providerRef: 're_1', amount: 1_000 });
    expect(await world.round()).toMatchObject({ heard: 1, repaired: 0 });
    expect([world.queries.length, world.leg?.status]).toEqual([1, 'pending']);
  });

  test('leaves the run asleep while another leg waits', async () => {
    const world = new World({}, 'refund_pending', [aLeg({ id: 'l2', providerRef: 're_2' })]);
    world.happens('succeeded');
    expect(await world.round()).toMatchObject({ repaired: 1 });
    expect(world.woken).toEqual([]);
  });

  test('wakes a run whose waker had died after he had settled the leg', async () => {
    const world = new World({ status: 'succeeded' }, 'refund_pending');
    world.happens('succeeded');
    expect(await world.round()).toMatchObject({ heard: 1, repaired: 0 });
    expect([world.woken, world.queries.length]).toEqual([['token'], 0]);
  });
});

describe('what is known asks nobody', () => {
  test.each<[RefundAnswer['status'], RefundLeg['status']]>([
    ['succeeded', 'succeeded'],
    ['pending', 'succeeded'],
    ['requires_action', 'succeeded'],
    ['pending', 'pending'],
    ['failed', 'failed'],
    ['canceled', 'canceled'],
    ['failed', 'bounced'],
    ['pending', 'bounced'],
  ])('%s, said of a leg that is %s', async (claims, status) => {
    const world = new World({ status }, 'closed');
    world.happens(claims);
    expect(await world.round()).toMatchObject({ heard: 1, repaired: 0, failed: 0 });
    expect(world.queries).toEqual([]);
  });

  test('but a notice that says nothing of the state is asked about', async () => {
    const world = new World({ status: 'succeeded' }, 'closed');
    world.happens('failed');
    const [told] = world.told.get('con_1') ?? [];
    const { claims: _claims, ...silent } = told?.notice as PaymentNotice;
    expect(await hearOfRefund(world.ports({}), world.connection('con_1'), silent, 'payment-result', start)).toBe(
      'changed',
    );
    expect(world.cancellation.status).toBe('in_case');
  });
});

describe('a refund with our ids that our books do not have', () => {
  const unknown = (world: World) => ({ ...elsewhere, tenant: world.cancellation.tenant });

  test.each<[string, Partial<RefundLeg>, (world: World) => void]>([
    [
      'of no cancellation',
      {},
      (world) =>
        world.happens('succeeded', { ref: 're_9', notice: { trail: { ...unknown(world), cancellationId: 'can_9' } } }),
    ],
    ['of no leg', {}, (world) => world.happens('succeeded', { ref: 're_9', legId: 'rfd_9-1' })],
    [
      'of an attempt that was never made',
      {},
      (world) => world.happens('succeeded', { ref: 're_9', legId: world.reference(2) }),
    ],
    ['alive beside the next attempt', { attempt: 2, providerRef: 're_2' }, (world) => world.happens('succeeded')],
    [
      'alive although the leg went to store credit',
      { attempt: 2, channel: 'store_credit', connectionId: undefined } as never,
      (world) => world.happens('succeeded'),
    ],
    [
      'a second one of the same attempt',
      { status: 'succeeded' },
      (world) => world.happens('pending', { ref: 're_twice' }),
    ],
    [
      'alive although a person sent the money by hand',
      { status: 'settled_by_hand', providerRef: 'SEPA-77' },
      (world) => world.happens('succeeded'),
    ],
    [
      'sent before our books show it',
      { status: 'planned', providerRef: undefined } as never,
      (world) => world.happens('pending'),
    ],
    ['of another amount', {}, (world) => world.happens('succeeded', { amount: 999 })],
  ])('%s: a case, told once, counted once, never repaired', async (_why, leg, happen) => {
    const world = new World(leg);
    const before = world.cancellation;
    happen(world);
    expect(await world.round()).toMatchObject({ heard: 1, repaired: 0, unmatched: 1, failed: 0 });
    world.pass(quarter);
    expect(await world.round()).toMatchObject({ heard: 1, repaired: 0, unmatched: 0, failed: 0 });
    expect(world.findings).toMatchObject([{ event: 'refund_unmatched', connection: 'con_1' }]);
    const { tenant, orderId } = before;
    expect([...world.strays.values()]).toMatchObject([{ tenant, orderId, connectionId: 'con_1', provider: 'stripe' }]);
    expect(world.cancellation).toBe(before);
  });

  test.each<[string, Partial<RefundLeg>, (world: World) => void]>([
    ['of another tenant', {}, (world) => world.happens('succeeded', { ref: 're_9', notice: { trail: elsewhere } })],
    [
      'made by somebody in the dashboard',
      {},
      (world) => world.happens('succeeded', { ref: 're_9', notice: { trail: undefined } }),
    ],
    ['of another connection', { connectionId: 'con_2' }, (world) => world.happens('succeeded')],
    [
      'an attempt that failed before the next one',
      { attempt: 2, providerRef: 're_2' },
      (world) => world.happens('failed'),
    ],
    [
      'an attempt that came back after it had gone through',
      { attempt: 2, providerRef: 're_2' },
      (world) => {
        world.happens('succeeded');
        world.happens('failed');
      },
    ],
  ])('%s is no break', async (_why, leg, happen) => {
    const world = new World(leg);
    const before = world.cancellation;
    happen(world);
    expect(await world.round()).toMatchObject({ repaired: 0, unmatched: 0, failed: 0 });
    expect(world.findings).toEqual([]);
    expect(world.cancellation).toBe(before);
  });
});

describe('a round', () => {
  test('looks back three days at first, to the last one later, and an hour further each time', async () => {
    const world = new World();
    await world.round();
    world.pass(quarter);
    await world.round();
    expect(world.lists.map(({ since }) => since)).toEqual(['2026-03-02T11:00:00.000Z', '2026-03-05T11:00:00.000Z']);
  });

  test('of nothing asks each provider once', async () => {
    const world = new World();
    const quiet = { connections: 2, heard: 0, repaired: 0, unmatched: 0, failed: 0, behind: 0 };
    expect(await world.round({ con_1: 'stripe', con_2: 'stripe', con_parcels: 'easypost' })).toEqual(quiet);
    expect(world.lists.map(({ connection }) => connection.id)).toEqual(['con_1', 'con_2']);
  });

  test('goes on with the other connections when one is down, and comes back to it where it was', async () => {
    const world = new World();
    await world.round({ con_0: 'stripe', con_1: 'stripe' });
    world.down.add('con_0');
    world.pass(quarter);
    world.happens('succeeded');
    expect(await world.round({ con_0: 'stripe', con_1: 'stripe' })).toMatchObject({
      repaired: 1,
      failed: 1,
      behind: 0,
    });
    expect(world.findings).toMatchObject([{ event: 'connection_not_heard', connection: 'con_0' }]);
    world.pass({ length: 2, unit: 'hours' });
    expect(await world.round({ con_0: 'stripe', con_1: 'stripe' })).toMatchObject({ failed: 1, behind: 1 });
    world.down.clear();
    expect(await world.round({ con_0: 'stripe', con_1: 'stripe' })).toMatchObject({ failed: 0, behind: 0 });
    expect(world.lists.findLast(({ connection }) => connection.id === 'con_0')?.since).toBe(
      earlier(start, { length: 1, unit: 'hours' }),
    );
  });

  test('is behind from the first round that fails, and does not forget how far back it has to go', async () => {
    const world = new World();
    world.down.add('con_1');
    expect(await world.round()).toMatchObject({ failed: 1, behind: 1 });
    world.pass({ length: 4, unit: 'days' });
    await world.round();
    expect(world.lists.at(-1)?.since).toBe(world.lists[0]?.since);
  });

  test('reads every page', async () => {
    const world = new World();
    world.pageSize = 3;
    for (let refund = 0; refund < 10; refund += 1) world.happens('pending');
    expect(await world.round()).toMatchObject({ heard: 10 });
    expect(world.lists.map(({ after }) => after)).toEqual([undefined, 'evt_con_1_8', 'evt_con_1_5', 'evt_con_1_2']);
    expect(world.marks.get('con_1')).toEqual({ until: start, unheard: [], version: 5 });
  });

  test('that has no more time stops, and the next one goes on with the next page', async () => {
    const world = new World();
    world.pageSize = 1;
    world.secondsPerCall = 10;
    for (let refund = 0; refund < 5; refund += 1) world.happens('pending');
    expect(await world.round()).toMatchObject({ heard: 2 });
    const { until, reading } = world.marks.get('con_1') ?? {};
    expect([until, reading?.begun]).toEqual([earlier(start, { length: 3, unit: 'days' }), start]);
    world.secondsPerCall = 0;
    // Meanwhile something happens; it waits for the next reading, which begins where this one did.
    world.pass(quarter);
    world.happens('succeeded');
    expect(await world.round()).toMatchObject({ repaired: 0 });
    expect(world.marks.get('con_1')).toMatchObject({ until: start });
    world.pass(quarter);
    expect(await world.round()).toMatchObject({ repaired: 1 });
  });

  test('asks for fifty pages and no more', async () => {
    const world = new World();
    world.pageSize = 1;
    for (let refund = 0; refund < 60; refund += 1) world.happens('pending');
    expect(await world.round()).toMatchObject({ heard: 50 });
    expect(await world.round()).toMatchObject({ heard: 10 });
  });

  test('that another one overtakes writes nothing down', async () => {
    const world = new World();
    const rounds = await Promise.all([world.round(), world.round()]);
    expect(rounds.map(({ failed }) => failed).sort()).toEqual([0, 1]);
    expect(world.marks.get('con_1')).toMatchObject({ until: start, version: 2 });
  });
});

describe('a notice that cannot be heard', () => {
  test('keeps no other from being heard, and is heard in the next round', async () => {
    const world = new World({}, 'refund_pending', [aLeg({ id: 'l2', providerRef: 're_2' })]);
    world.happens('succeeded');
    world.happens('succeeded', { ref: 're_2', legId: world.reference(1, 'l2') });
    world.answers.set('re_2', new TransientFault('503'));
    expect(await world.round()).toMatchObject({ heard: 1, repaired: 1, failed: 1 });
    expect(world.cancellation.legs.map(({ status }) => status)).toEqual(['succeeded', 'pending']);
    expect(world.findings).toMatchObject([{ event: 'refund_not_heard', notice: { providerRef: 're_2' } }]);

    // Long after its window has passed it is still known.
    world.pass({ length: 1, unit: 'days' });
    await world.round();
    world.pass({ length: 1, unit: 'days' });
    expect(await world.round()).toMatchObject({ heard: 0, failed: 1, behind: 1 });
    world.answers.set('re_2', { status: 'succeeded', providerRef: 're_2', amount: 1_000 });
    world.pass(quarter);
    expect(await world.round()).toMatchObject({ repaired: 1, failed: 0, behind: 0 });
    expect([world.marks.get('con_1')?.unheard, world.woken]).toEqual([[], ['token']]);
  });

  test('is given up, loudly, when its provider has forgotten it too', async () => {
    const world = new World();
    world.happens('succeeded');
    world.answers.set('re_1', new PermanentFault('gone'));
    await world.round();
    world.pass({ length: 30, unit: 'days' });
    expect(await world.round()).toMatchObject({ failed: 0 });
    expect(world.findings.map(({ event }) => event)).toEqual(['refund_not_heard', 'refund_never_heard']);
    expect(world.marks.get('con_1')?.unheard).toEqual([]);
  });

  test('one of very many holds the watermark: then it is no matter of single notices', async () => {
    const world = new World();
    for (let refund = 0; refund < 60; refund += 1) world.happens('succeeded');
    world.answers.set('re_1', new TransientFault('503'));
    expect(await world.round()).toMatchObject({ failed: 61, behind: 1 });
    expect(world.marks.get('con_1')).toEqual({
      until: earlier(start, { length: 3, unit: 'days' }),
      unheard: [],
      version: 1,
    });
  });
});
