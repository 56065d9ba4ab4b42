/** The sentences of the kill campaign can fail: each is broken once. */
import type { Evidence, Trail } from './evidence';
import { invariants, violationsIn, wholes } from './invariants';
import { scenarios, type Scenario } from './scenarios';

const scenario = (name: string): Scenario => {
  const found = scenarios.find((each) => each.name === name);
  if (found === undefined) throw new Error(`There is no scenario ${name}.`);
  return found;
};

const leg = (payment: string, channel: string, amount: number) => ({
  ...{ id: 'ref_1', leg: 'l1', operation: 'refund', status: 'succeeded' },
  ...{ payment, channel, amount },
});

const refund = (payment: string, amount: number, status = 'succeeded') => ({
  ...{ id: 're_1', currency: 'gbp', metadata: {} },
  ...{ payment_intent: payment, amount, status },
});

const events = (...types: readonly string[]) =>
  types.map((type, at) => ({ id: `evt_${at}`, type, sequence: at + 1, orderId: 'ord_1' }));

/** A round's traces where all is well: a cancelled order with a card, store credit and a void label. */
const well = {
  attempt: {
    scenario: { ...scenario('store credit beside a card') },
    order: {
      ...{ id: 'ord_1', reference: 'kill-1', payments: ['pi_1', 'credit-1'], parcels: ['shp_1'] },
      body: { lines: [{ quantity: 2 }] },
    },
    ids: new Set(['can_1']),
  },
  cancellation: {
    ...{ id: 'can_1', status: 'closed', refund: { amount: 2_000, currency: 'GBP' } },
    legs: [leg('pi_1', 'stripe', 1_200), leg('credit-1', 'store_credit', 800)],
  },
  order: { status: 'cancelled', lines: [{ cancelled: 2 }], shipments: [{ position: 'voided' }] },
  stored: [{ id: 'can_1', status: 'closed', run: { generation: 2 } }],
  refunds: [refund('pi_1', 1_200)],
  credit: { 'credit-1': { amount: 800, entries: 1 }, pi_1: { amount: 0, entries: 0 } },
  balance: { onHand: 2, reserved: 0, available: 2 },
  movements: [{ type: 'release', quantity: 2 }],
  labels: ['submitted'],
  heard: events(
    'order.received',
    'cancellation.requested',
    'shipment.recall_accepted',
    'cancellation.closed',
    'order.cancelled',
    'credit_note.issued',
  ),
  sequence: 6,
  isActive: false,
  creditNotes: [{ cancellationId: 'can_1', number: 1, total: 2_000 }],
};

const evidence = (change: Record<string, unknown> = {}, whole: Partial<Evidence> = {}): Evidence => ({
  ...{ running: [], letters: [], parked: [], lastNumber: 1 },
  trails: [{ ...well, ...change } as unknown as Trail],
  ...whole,
});

const broken = (...given: Parameters<typeof evidence>): readonly string[] => [
  ...new Set(violationsIn(evidence(...given)).map(({ sentence }) => sentence)),
];

it('where all is well nothing is found', () => {
  expect(violationsIn(evidence())).toEqual([]);
});

const cases: readonly (readonly [string, string, Record<string, unknown>])[] = [
  ['Every request is accepted', 'a refusal', { attempt: { ...well.attempt, refusal: '409' } }],
  ['Every request is accepted', 'silence', { attempt: { ...well.attempt, ids: new Set() } }],
  ['The same key', 'two ids', { attempt: { ...well.attempt, ids: new Set(['can_1', 'can_2']) } }],
  ['The same key', 'a second cancellation', { stored: [...well.stored, { ...well.stored[0], id: 'can_2' }] }],
  [
    'What was accepted has ended',
    'one that still runs',
    { cancellation: { ...well.cancellation, status: 'executing' } },
  ],
  ['What was accepted has ended', 'one that is lost', { cancellation: undefined }],
  ['Every leg was refunded', 'a refund twice', { refunds: [refund('pi_1', 1_200), refund('pi_1', 1_200)] }],
  ['Every leg was refunded', 'a penny less', { refunds: [refund('pi_1', 1_199)] }],
  ['Every leg was refunded', 'no refund', { refunds: [] }],
  ['Every leg was refunded', 'one that is still pending', { refunds: [refund('pi_1', 1_200, 'pending')] }],
  ['Store credit was given back', 'credit twice', { credit: { 'credit-1': { amount: 1_600, entries: 2 } } }],
  ['Store credit was given back', 'no credit', { credit: {} }],
  [
    'The legs are what the buyer paid',
    'a leg too few',
    { cancellation: { ...well.cancellation, legs: [leg('pi_1', 'stripe', 1_200)] } },
  ],
  ['Each unit was given back', 'units twice', { movements: [...well.movements, ...well.movements] }],
  ['Each unit was given back', 'no units', { movements: [] }],
  ['Each unit was given back', 'a balance that does not fit', { balance: { onHand: 2, reserved: 1, available: 1 } }],
  ['A label was voided', 'a live label', { labels: [undefined] }],
  ["The order's events", 'a gap', { heard: well.heard.filter(({ sequence }) => sequence !== 3) }],
  ["The order's events", 'a lost last one', { heard: well.heard.slice(0, -1) }],
  [
    "The order's events",
    'one told twice',
    { heard: events(...well.heard.map(({ type }) => type), 'order.cancelled'), sequence: 7 },
  ],
  ['A cancelled order has left', 'one in the list', { isActive: true }],
  ['The order counts', 'units counted twice', { order: { ...well.order, lines: [{ cancelled: 4 }] } }],
  ['The order counts', 'an order that stayed open', { order: { ...well.order, status: 'open' } }],
  [
    "The order's events",
    'a note before the order was told of',
    { heard: events(...well.heard.slice(0, -2).map(({ type }) => type), 'credit_note.issued', 'order.cancelled') },
  ],
  ['What has closed has one credit note', 'none', { creditNotes: [] }],
  ['What has closed has one credit note', 'two', { creditNotes: [...well.creditNotes, ...well.creditNotes] }],
  ['What has closed has one credit note', 'a penny more', { creditNotes: [{ ...well.creditNotes[0], total: 2_001 }] }],
  [
    'What has closed has one credit note',
    'one of what never closed',
    { cancellation: { ...well.cancellation, status: 'undone' } },
  ],
  ["The merchant's credit notes", 'a gap', { creditNotes: [{ ...well.creditNotes[0], number: 2 }] }],
  ['Nothing open is left', 'a run', { stored: [{ ...well.stored[0], status: 'refund_pending' }] }],
];

it.each(cases)('"%s ..." finds %s', (sentence, _what, change) => {
  expect(broken(change).some((each) => each.startsWith(sentence))).toBe(true);
});

it('what the host is left with is found', () => {
  expect(broken({}, { running: ['a story'] })).toEqual(['No execution still runs.']);
  expect(broken({}, { letters: ['a letter'] })).toEqual(['No queue holds what could not be done.']);
  expect(broken({}, { parked: ['an order'] })).toEqual(['No event is held back.']);
  const numbered = "The merchant's credit notes are numbered 1, 2, 3, ... without a gap.";
  expect(broken({}, { lastNumber: 2 })).toEqual([numbered]);
});

it('no sentence is without its counter-example', () => {
  const shown = [...cases.map(([sentence]) => sentence), 'No '];
  for (const { sentence } of [...invariants, ...wholes])
    expect(shown.filter((start) => sentence.startsWith(start))).not.toEqual([]);
});
