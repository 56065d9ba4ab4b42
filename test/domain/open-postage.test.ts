import { functions } from '../../infra/functions';
import { carrierNames, recordOfCarrier } from '../../shared/domain/carrier';
import { derivedId } from '../../shared/domain/ids';
import {
  isPostageOpen,
  postageGivenUp,
  postageOverdueSince,
  slotAt,
  slotMinutes,
  slotOf,
} from '../../shared/domain/open-postage';
import type { Shipment } from '../../shared/domain/order';
import type { Postage } from '../../shared/domain/postage';
import { later } from '../../shared/domain/time';
import { aShipment } from '../support/orders';

const voidedAt = '2026-03-01T12:00:00.000Z';
const afterDays = (days: number): string => later(voidedAt, { length: days, unit: 'days' });
const label = (change: Partial<Shipment> = {}): Shipment => ({
  ...aShipment('shp_1', 'voided', { '1': [{ from: 0, to: 1 }] }),
  ...{ carrier: 'easypost', connectionId: 'con_1', providerShipmentRef: 'shp_x' },
  ...{ recall: 'accepted', recalledAt: voidedAt },
  ...change,
});

describe('a carrier is asked what became of the postage', () => {
  test.each<[Postage | undefined, boolean]>([
    [undefined, true],
    ['submitted', true],
    ['refunded', false],
    ['rejected', false],
    ['overdue', false],
    ['untold', false],
  ])('of a void label while it is %s: %s', (postage, open) =>
    expect(isPostageOpen(label(postage === undefined ? {} : { postage }))).toBe(open),
  );

  test.each<[string, Partial<Shipment>]>([
    ['whose label is still good', { position: 'label_created', recall: 'requested' }],
    ['whose label turned out to be good', { position: 'in_transit', recall: 'refused' }],
    ['that was called back on its way', { recallKind: 'interception' }],
    ['of a carrier that says nothing of it', { carrier: 'ups' }],
  ])('not of a parcel %s', (_what, change) => expect(isPostageOpen(label(change))).toBe(false));

  test('not of one without a carrier’s label', () => {
    const { carrier: _carrier, connectionId: _connection, providerShipmentRef: _ref, ...bare } = label();
    expect(isPostageOpen(bare)).toBe(false);
    expect(isPostageOpen({ ...bare, carrier: 'easypost', connectionId: 'con_1' })).toBe(false);
    expect(isPostageOpen({ ...bare, carrier: 'easypost', providerShipmentRef: 'shp_x' })).toBe(false);
  });
});

describe('it is not asked for ever', () => {
  test.each<[Postage | undefined, number, ReturnType<typeof postageGivenUp>]>([
    ['submitted', 0, undefined],
    ['submitted', 44.999, undefined],
    ['submitted', 45, 'overdue'],
    ['submitted', 400, 'overdue'],
    [undefined, 6.999, undefined],
    [undefined, 7, 'untold'],
    ['refunded', 400, undefined],
    ['rejected', 400, undefined],
    ['overdue', 400, undefined],
    ['untold', 400, undefined],
  ])('what is %s after %s days is %s', (postage, days, expected) =>
    expect(postageGivenUp(label(postage === undefined ? {} : { postage }), afterDays(days))).toBe(expected),
  );

  test('but longer than any carrier says that it takes', () => {
    for (const name of carrierNames) {
      const days = recordOfCarrier(name).facts.postageRefundDays.value?.to ?? 0;
      expect(postageGivenUp(label({ postage: 'submitted' }), afterDays(days))).toBeUndefined();
    }
  });

  test('counted from the claim where the time of the void is not known', () => {
    const { recalledAt: _none, ...early } = label({ postage: 'submitted', claimedAt: voidedAt });
    expect(postageGivenUp(early, afterDays(44))).toBeUndefined();
    expect(postageGivenUp(early, afterDays(45))).toBe('overdue');
  });

  test('and from then on a person claims it, as long as the label is void', () => {
    expect(postageOverdueSince(label({ postage: 'overdue' }))).toBe(afterDays(45));
    expect(postageOverdueSince(label({ postage: 'untold' }))).toBeUndefined();
    expect(postageOverdueSince(label({ postage: 'submitted' }))).toBeUndefined();
    expect(
      postageOverdueSince(label({ postage: 'overdue', recall: 'refused', position: 'in_transit' })),
    ).toBeUndefined();
  });
});

describe('the times of a day', () => {
  test('are one after the other, and begin anew at midnight', () => {
    expect(slotAt('2026-03-01T00:00:00.000Z')).toBe(0);
    expect(slotAt('2026-03-01T00:14:59.999Z')).toBe(0);
    expect(slotAt('2026-03-01T00:15:00.000Z')).toBe(1);
    expect(slotAt('2026-03-01T23:59:59.999Z')).toBe(95);
    expect(slotAt('2026-03-02T00:00:00.000Z')).toBe(0);
  });

  test('each have a round, and labels of their own', () => {
    const [reconcile] = functions.filter(({ name }) => name === 'reconcile');
    expect(reconcile?.trigger).toEqual({ kind: 'rate', minutes: slotMinutes });
    const counts = new Map<number, number>();
    for (let at = 0; at < 96_000; at += 1) {
      const slot = slotOf(derivedId('shp', 't1', at));
      counts.set(slot, (counts.get(slot) ?? 0) + 1);
    }
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: 96 }, (_, slot) => slot));
    expect(Math.max(...counts.values())).toBeLessThan(1_500);
  });
});
