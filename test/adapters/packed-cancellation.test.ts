import fc from 'fast-check';
import { fromItem, toItem } from '../../shared/adapters/dynamodb/cancellation-item';
import { legStatuses, type Cancellation } from '../../shared/domain/cancellation';
import { holds } from '../support/property';

const at = '2026-03-01T12:00:00.123Z';
const entry = { actor: 'system', step: 'test', outcome: 'done', at };
const text = fc.string({ minLength: 1, maxLength: 20 });
const maybe = <Value>(name: string, value: fc.Arbitrary<Value>) =>
  fc.option(value, { nil: undefined }).map((some) => (some === undefined ? {} : { [name]: some }));
const instant = fc.integer({ min: 0, max: 4_000_000_000_000 }).map((millis) => new Date(millis).toISOString());
const merged = (...parts: fc.Arbitrary<object>[]) =>
  fc.tuple(...parts).map((all) => Object.assign({}, ...all) as object);

const leg = merged(
  fc.record({
    id: text,
    paymentRef: text,
    channel: fc.constantFrom('stripe', 'store_credit'),
    operation: fc.constantFrom('refund', 'void', 'decrease', 'credit'),
    amount: fc.nat(),
    status: fc.constantFrom(...legStatuses),
    attempt: fc.integer({ min: 1, max: 9 }),
  }),
  maybe('connectionId', text),
  maybe('captureRef', text),
  maybe('providerRef', text),
  maybe('settledAt', instant),
  maybe('failure', text),
  maybe('account', text),
  maybe('since', instant),
  maybe('points', fc.nat()),
  maybe('bonus', fc.integer({ min: 1, max: 9_999 })),
  maybe('trace', text),
  maybe('label', text),
  maybe('notBefore', instant),
);

const state = fc.oneof(
  fc.record({ status: fc.constant('in_grace'), graceUntil: instant }),
  fc.record({
    status: fc.constant('in_grace'),
    graceUntil: instant,
    approval: fc.record({ deadline: instant, onSilence: fc.constant('approve') }),
  }),
  fc.record({
    status: fc.constant('awaiting_answer'),
    deadline: instant,
    onSilence: fc.constantFrom('approve', 'decline'),
  }),
  fc.record({ status: fc.constantFrom('executing', 'refund_pending') }),
  fc.record({ status: fc.constantFrom('closed', 'declined', 'withdrawn'), closedAt: instant }),
  fc.record({ status: fc.constant('undone'), closedAt: instant, failure: text }),
  fc.record({ status: fc.constant('in_case'), caseId: text, failure: text }),
);

const units = fc.dictionary(
  text,
  fc.array(
    fc.tuple(fc.nat(), fc.nat()).map(([from, size]) => ({ from, to: from + size + 1 })),
    { minLength: 1, maxLength: 4 },
  ),
);

const cancellations = merged(
  fc.record({
    id: fc.constant('can_1'),
    tenant: fc.constant('t1'),
    merchantId: fc.constant('m1'),
    orderId: fc.constant('ord_1'),
    orderReference: text,
    customerId: text,
    currency: fc.constantFrom('EUR', 'JPY', 'KWD'),
    initiator: fc.constantFrom('customer', 'merchant', 'system'),
    reason: merged(fc.record({ core: fc.constant('other') }), maybe('own', text)),
    request: text,
    requestedAt: instant,
    units,
    money: fc.record({
      net: fc.nat(),
      discount: fc.nat(),
      tax: fc.nat(),
      duty: fc.nat(),
      shipping: fc.nat(),
      shippingTax: fc.nat(),
    }),
    refund: fc.nat(),
    legs: fc.array(leg, { maxLength: 3 }),
    recalls: fc.array(text, { maxLength: 2 }),
    policy: fc.record({ id: text, version: fc.nat() }),
    rule: text,
    run: fc.record({ generation: fc.nat(), leaseUntil: instant }),
    revision: fc.nat(),
  }),
  maybe('note', text),
  maybe('answer', fc.record({ verdict: fc.constant('approved'), effect: fc.constant('approve'), at: instant })),
  maybe('caseWork', text),
  maybe('discrepancies', fc.array(text, { minLength: 1, maxLength: 2 })),
  maybe('counted', fc.constant(true)),
  maybe('graceEnded', instant),
  maybe('deductions', fc.array(fc.record({ code: text, amount: fc.nat() }), { minLength: 1, maxLength: 2 })),
  maybe('askBuyerHours', fc.integer({ min: 1, max: 720 })),
  maybe('choice', fc.record({ deadline: instant })),
  maybe('lateInterest', fc.record({ afterDays: fc.nat(), basisPointsPerYear: fc.nat() })),
  maybe('interest', fc.integer({ min: 1, max: 9_999 })),
  maybe('resumedAt', instant),
  maybe('goodsUntil', instant),
  maybe('usedLines', fc.array(fc.string(), { minLength: 1, maxLength: 3 })),
  maybe('warehouse', fc.record({ askedAt: instant, answer: fc.constantFrom('stopped', 'shipped', 'silent') })),
  maybe('parts', fc.array(text, { minLength: 1, maxLength: 2 })),
  maybe('part', fc.record({ of: text, since: instant })),
  maybe('lostClaims', fc.array(fc.record({ ref: text, actor: text, at: instant }), { minLength: 1, maxLength: 2 })),
  maybe('undo', fc.record({ round: fc.nat(), generation: fc.nat() })),
  state,
);

describe('a cancellation as it lies in the table', () => {
  test('comes back exactly as it went in, in every state and with every field', () => {
    holds(
      fc.property(cancellations, (given) => {
        const cancellation = given as unknown as Cancellation;
        expect(fromItem(toItem(cancellation, entry, []) as unknown as Record<string, unknown>)).toEqual(cancellation);
      }),
      300,
    );
  });

  test('is not guessed at when its layout is not known', () => {
    expect(() => fromItem({ body: '[99]' })).toThrow('layout 99');
  });
});
