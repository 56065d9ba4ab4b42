/** What whoever announces something may count on, and what arrives at those who listen. */
export interface BusSubject {
  /** As the SDK's PutEvents: answers, or throws an error with the service's name. */
  put(entries: readonly Readonly<Record<string, unknown>>[]): Promise<Answer>;
  /** The next put refuses its last entry, for no reason of ours. */
  refuseLast(): void;
  /** Details that came to a listener, in any order, as often as they came. */
  heard(): Promise<readonly unknown[]>;
  readonly busName: string;
  stop(): Promise<void>;
}

export interface Answer {
  readonly FailedEntryCount?: number;
  readonly Entries?: readonly { readonly EventId?: string; readonly ErrorCode?: string }[];
}

export function busContract(begin: () => Promise<BusSubject>): void {
  let bus: BusSubject;
  beforeAll(async () => {
    bus = await begin();
  }, 120_000);
  afterAll(() => bus.stop());

  let events = 0;
  const detail = () => ({ id: `evt_${(events += 1)}`, type: 'order.received', orderId: 'ord_1', sequence: events });
  const entry = (Detail: unknown, more: object = {}) => ({
    EventBusName: bus.busName,
    Source: 'order-cancellation',
    DetailType: 'order.received',
    Detail: typeof Detail === 'string' ? Detail : JSON.stringify(Detail),
    ...more,
  });
  const failures = ({ Entries = [] }: Answer) => Entries.map(({ ErrorCode, EventId }) => ErrorCode ?? typeof EventId);

  it('takes entries, and whoever listens hears what was put', async () => {
    const [one, other] = [detail(), detail()];
    const answer = await bus.put([entry(one), entry(other)]);
    expect(answer.FailedEntryCount).toBe(0);
    expect(failures(answer)).toEqual(['string', 'string']);
    expect(await bus.heard()).toEqual(expect.arrayContaining([one, other]));
  });

  it('says which entries it did not take; those that it took are heard, and no others', async () => {
    const [taken, refused] = [detail(), detail()];
    bus.refuseLast();
    const answer = await bus.put([entry(taken), entry(refused)]);
    expect(answer.FailedEntryCount).toBe(1);
    expect(failures(answer)).toEqual(['string', 'InternalFailure']);
    const heard = await bus.heard();
    expect(heard).toContainEqual(taken);
    expect(heard).not.toContainEqual(refused);
  });

  it.each<[string, string | object, object, string]>([
    ['no JSON', '{"id":', {}, 'MalformedDetail'],
    ['no object', '[1]', {}, 'MalformedDetail'],
    ['no type', {}, { DetailType: '' }, 'InvalidArgument'],
    ['no source', {}, { Source: '' }, 'InvalidArgument'],
  ])('refuses an entry with %s, and takes its neighbour', async (_what, wrong, more, code) => {
    const right = detail();
    const answer = await bus.put([entry(wrong, more), entry(right)]);
    expect(answer.FailedEntryCount).toBe(1);
    expect(failures(answer)).toEqual([code, 'string']);
    expect(await bus.heard()).toContainEqual(right);
  });

  it.each([0, 11])('takes no put of %d entries', async (count) => {
    const entries = Array.from({ length: count }, () => entry(detail()));
    await expect(bus.put(entries)).rejects.toMatchObject({ name: 'ValidationException' });
  });
}
