import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { carrierNames, carriers, recordOfCarrier, tellPostageWhenAsked } from '../../shared/domain/carrier';
import type { ParcelPosition } from '../../shared/ports/carrier';

const day = z.iso.date();
const note = z.optional(z.string().min(1));

/** A fact says where it was read and when; one that was not verified has no value. */
const fact = <Value extends z.ZodType>(value: Value) =>
  z
    .strictObject({
      value: z.nullable(value),
      grade: z.enum(['vendor', 'third_party', 'unknown']),
      source: z.optional(z.url({ protocol: /^https$/ })),
      checked: day,
      note,
    })
    .refine(
      (one) => one.grade !== 'unknown' || (one as unknown as { value: unknown }).value === null,
      'what is unknown has no value',
    )
    .refine(({ grade, source }) => (grade !== 'unknown') === (source !== undefined), 'source');

/** Every position there is: the compiler names one that is missing. */
const positions: Readonly<Record<ParcelPosition, true>> = {
  not_created: true,
  label_created: true,
  handed_over: true,
  in_transit: true,
  out_for_delivery: true,
  awaiting_pickup: true,
  delivered: true,
  returning: true,
  returned: true,
  exception: true,
  voided: true,
  lost: true,
};
const position = z.enum(Object.keys(positions) as [ParcelPosition, ...ParcelPosition[]]);
const wordsOf = (one: string): z.ZodType => z.string().regex(new RegExp(`^(${one})( (${one}))*$`));

const record = z.strictObject({
  title: z.string().min(1),
  kind: z.enum(['carrier', 'platform']),
  facts: z.strictObject({
    voidWindowDays: fact(z.int().min(0).max(365)),
    voidAfterScan: fact(z.enum(['yes', 'no'])),
    voidTold: fact(z.enum(['now', 'now_or_later'])),
    postageRefundDays: fact(
      z.strictObject({ from: z.int().min(0), to: z.int().min(0), days: z.enum(['business', 'calendar']) }),
    ),
    postageTold: fact(wordsOf('now|webhook|poll')),
    interception: fact(z.union([z.literal('nothing'), wordsOf('return|address|hold')])),
    interceptionFrom: fact(position),
    interceptionUntil: fact(position),
    interceptionsPerParcel: fact(z.int().min(1)),
    whoMayAsk: fact(wordsOf('sender|recipient|third_party')),
    interceptionFee: fact(z.enum(['none', 'quoted', 'surcharge'])),
    interceptionTold: fact(wordsOf('now|webhook|poll')),
    trackingToldDays: fact(z.int().min(1)),
  }),
});

describe('the record of carriers', () => {
  test.each(carrierNames)('%s: what is known of it has a form, a source and a date', (carrier) => {
    expect(record.safeParse(carriers[carrier]).error?.issues).toBeUndefined();
  });

  test('an unverified value cannot slip in', () => {
    const { facts, ...rest } = recordOfCarrier('ups');
    const guessed = { ...facts, voidWindowDays: { ...facts.voidWindowDays, value: 90 } };
    expect(record.safeParse({ ...rest, facts: guessed }).success).toBe(false);
  });

  test('who says what became of a postage when he is asked stands in it', () =>
    expect(
      carrierNames.filter((name) => recordOfCarrier(name).facts.postageTold.value?.split(' ').includes('poll')),
    ).toEqual(tellPostageWhenAsked));

  test('where nothing can be asked of a parcel on its way, nothing is said of how', () => {
    const silent = carrierNames.filter((name) => {
      const { interception } = recordOfCarrier(name).facts;
      return interception.value === null || interception.value === 'nothing';
    });
    expect(silent).toEqual(['easypost', 'shipengine']);
    for (const name of silent) {
      const { interceptionFrom, interceptionUntil, interceptionFee, interceptionTold } = recordOfCarrier(name).facts;
      for (const { value } of [interceptionFrom, interceptionUntil, interceptionFee, interceptionTold])
        expect(value).toBeNull();
    }
  });
});

describe('the tables of tracking words', () => {
  const folder = join(__dirname, '..', '..', 'shared', 'domain', 'carriers', 'tracking');
  const rowsOf = (name: string): unknown => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
  const row = z.strictObject({
    word: z.string().min(1),
    position,
    grade: z.enum(['vendor', 'third_party']),
    source: z.url({ protocol: /^https$/ }),
    note,
  });

  test('are there for every carrier of the record, and for no other', () =>
    expect(readdirSync(folder).sort()).toEqual(carrierNames.map((name) => `${name}.json`).sort()));

  test.each(carrierNames)('%s: every row says where it is written, and no word stands twice', (name) => {
    const rows = z.array(row).min(8).parse(rowsOf(name));
    const words = rows.map(({ word }) => word);
    expect(new Set(words).size).toBe(words.length);
  });

  test.each(carrierNames)('%s: the word of a delivery and that of a scan are known', (name) => {
    const found = z.array(row).parse(rowsOf(name));
    const told = new Set(found.map((one) => one.position));
    for (const needed of ['in_transit', 'out_for_delivery', 'delivered'] as const) expect(told).toContain(needed);
  });
});
