/**
 * What the two readers of the orders table's changes may count on, however the changes reach them: as in
 * `infra/constructs/change-feed.ts`.
 */
export type Reader = 'publish-events' | 'update-views';

type Image = Readonly<Record<string, { readonly S?: string; readonly N?: string; readonly M?: unknown }>>;

export interface FeedRecord {
  readonly eventName: string;
  readonly dynamodb: {
    readonly Keys: Image;
    readonly OldImage?: Image;
    readonly NewImage?: Image;
    readonly SequenceNumber: string;
  };
}

/** What a reader does with a batch: takes it, reports a record, breaks, or is refused by Lambda itself. */
export type Reading = 'taken' | { readonly failed: string } | 'broken' | 'throttled';
export type Read = (reader: Reader, records: readonly FeedRecord[]) => Reading;

export interface FeedSubject {
  /** Puts an item, or deletes it. */
  write(key: { pk: string; sk: string }, attributes: Readonly<Record<string, unknown>> | 'deleted'): Promise<void>;
  /** From here on readers read like this. */
  reads(read: Read): void;
  /** Settles when every change was handed over, or given up. */
  rest(): Promise<void>;
  /** By reader, one for each record that was given up. */
  deadLetters(): Promise<readonly Reader[]>;
  stop(): Promise<void>;
}

const told = { tells: 1 };
const entered = { entry: { step: 'a' } };

export function feedContract(start: () => Promise<FeedSubject>): void {
  let feed: FeedSubject;
  /** The values that each reader was given, batch by batch. */
  let batches: { reader: Reader; values: string[] }[];
  let records: FeedRecord[];

  beforeAll(async () => {
    feed = await start();
  }, 120_000);
  afterAll(() => feed.stop());
  beforeEach(() => {
    batches = [];
    records = [];
    reading(() => 'taken');
  });

  const valueOf = ({ dynamodb }: FeedRecord): string => dynamodb.NewImage?.['value']?.S ?? '';

  function reading(read: (records: readonly FeedRecord[], reader: Reader) => Reading): void {
    feed.reads((reader, batch) => {
      batches.push({ reader, values: batch.map(valueOf) });
      records.push(...batch);
      return read(batch, reader);
    });
  }

  const readBy = (reader: Reader): string[] =>
    batches.filter((one) => one.reader === reader).flatMap(({ values }) => values);

  let items = 0;
  /** An item of its own for each test. */
  const item = () => ({ pk: `item-${(items += 1)}`, sk: 'HEAD' });

  /** So that changes come in one batch, whatever was handed over before them is under way while they are written. */
  async function writeAll(
    key: { pk: string; sk: string },
    values: readonly string[],
    more: object = told,
  ): Promise<void> {
    for (const value of values) await feed.write(key, { value, ...more });
    await feed.rest();
  }

  it('tells the changes of an item in their order', async () => {
    await writeAll(item(), ['1', '2', '3', '4', '5']);
    expect(readBy('publish-events')).toEqual(['1', '2', '3', '4', '5']);
  });

  it('shows what was there and what is there now', async () => {
    const key = item();
    await writeAll(key, ['old', 'new']);
    expect(
      records.map(({ eventName, dynamodb: { SequenceNumber: _, ...dynamodb } }) => ({ eventName, ...shown(dynamodb) })),
    ).toEqual([
      { eventName: 'INSERT', keys: key, after: 'old' },
      { eventName: 'MODIFY', keys: key, before: 'old', after: 'new' },
    ]);
  });

  it('numbers records so that later ones have higher numbers, as texts of one length', async () => {
    await writeAll(item(), ['1', '2', '3']);
    const numbers = records.map(({ dynamodb }) => dynamodb.SequenceNumber);
    expect(numbers).toEqual([...numbers].sort());
    expect(new Set(numbers.map(({ length }) => length))).toEqual(new Set([21]));
  });

  it.each<[string, object, Reader[]]>([
    ['what tells', told, ['publish-events']],
    ['what has an entry', entered, ['update-views']],
    ['what has both', { ...told, ...entered }, ['publish-events', 'update-views']],
    ['what has neither', {}, []],
    ['what tells in words', { tells: 'one' }, []],
    ['an entry without a step', { entry: { outcome: 'b' } }, []],
    ['an entry that is no map', { entry: 'a' }, []],
  ])('gives %s to those who asked for it', async (_what, attributes, readers) => {
    await writeAll(item(), ['x'], attributes);
    expect(batches.map(({ reader }) => reader).sort()).toEqual([...readers].sort());
  });

  it('does not announce deletions', async () => {
    const key = item();
    await writeAll(key, ['x']);
    await feed.write(key, 'deleted');
    await feed.rest();
    expect(readBy('publish-events')).toEqual(['x']);
  });

  it('reads again from the record that was reported, and nothing of what was before it', async () => {
    let reported = 0;
    reading((batch) => {
      const failed = batch.find((one) => valueOf(one) === '3');
      if (failed === undefined || (reported += 1) > 2) return 'taken';
      return { failed: failed.dynamodb.SequenceNumber };
    });
    await writeAll(item(), ['1', '2', '3', '4']);
    const read = readBy('publish-events');
    expect(read.filter((value) => value === '1' || value === '2')).toEqual(['1', '2']);
    expect(read.filter((value) => value === '3')).toHaveLength(3);
    expect(read.at(-1)).toBe('4');
    expect(await feed.deadLetters()).toEqual([]);
  });

  it('gives a batch again when its reader broke, in the same order', async () => {
    let broke = 0;
    reading(() => ((broke += 1) === 1 ? 'broken' : 'taken'));
    await writeAll(item(), ['1', '2', '3']);
    const [first, ...later] = batches;
    expect(later.flatMap(({ values }) => values).slice(0, first?.values.length)).toEqual(first?.values);
    expect([...new Set(readBy('publish-events'))]).toEqual(['1', '2', '3']);
  });

  it('tries a reader that is refused without end', async () => {
    let refused = 0;
    reading(() => ((refused += 1) <= 8 ? 'throttled' : 'taken'));
    await writeAll(item(), ['1']);
    expect(readBy('publish-events')).toHaveLength(9);
    expect(await feed.deadLetters()).toEqual([]);
  });

  it('does not let one reader wait for the other', async () => {
    reading((_batch, reader) => (reader === 'update-views' && batches.length < 4 ? 'broken' : 'taken'));
    await writeAll(item(), ['1'], { ...told, ...entered });
    expect(readBy('publish-events')).toEqual(['1']);
    expect(readBy('update-views').length).toBeGreaterThan(1);
  });

  // The last ones, because dead letters stay.
  it('gives a record up after six failures, and goes on behind it', async () => {
    reading((batch) => (batch.some((one) => valueOf(one) === 'poison') ? 'broken' : 'taken'));
    const key = item();
    await writeAll(key, ['poison']);
    await writeAll(key, ['next']);
    expect(readBy('publish-events')).toEqual([...Array.from({ length: 6 }, () => 'poison'), 'next']);
    expect(await feed.deadLetters()).toEqual(['publish-events']);
  });

  it('gives up none but the one that fails: its neighbours in the batch are taken', async () => {
    const before = (await feed.deadLetters()).length;
    const taken: string[] = [];
    reading((batch) => {
      if (batch.some((one) => valueOf(one) === 'poison')) return 'broken';
      taken.push(...batch.map(valueOf));
      return 'taken';
    });
    await writeAll(item(), ['1', '2', 'poison', '4', '5']);
    expect(taken).toEqual(['1', '2', '4', '5']);
    expect(await feed.deadLetters()).toHaveLength(before + 1);
  });
}

function shown({ Keys, OldImage, NewImage }: Omit<FeedRecord['dynamodb'], 'SequenceNumber'>) {
  const before = OldImage?.['value']?.S;
  return {
    keys: Object.fromEntries(Object.entries(Keys).map(([name, value]) => [name, value.S])),
    ...(before === undefined ? {} : { before }),
    after: NewImage?.['value']?.S,
  };
}
