import { capacityIsUsed, usedLinesOf } from '../../shared/domain/capacity';
import { lineKinds, stages, type OrderLine } from '../../shared/domain/order';

const line = (id: string, more: Partial<OrderLine>): OrderLine => ({
  ...{ id, sku: id, kind: 'service', quantity: 1, units: [] },
  ...more,
});

test.each(lineKinds.flatMap((kind) => [undefined, ...stages].map((stage) => [kind, stage] as const)))(
  'the capacity of %s at stage %s is used from its start on; goods take up none',
  (kind, stage) => {
    const begun = stage === 'started' || stage === 'served';
    expect(capacityIsUsed({ kind, ...(stage !== undefined && { stage }) })).toBe(kind !== 'goods' && begun);
  },
);

test('only what is cancelled is named', () => {
  const lines = [line('a', { stage: 'started' }), line('b', { stage: 'started' }), line('c', { stage: 'accepted' })];
  expect(usedLinesOf(lines, { a: [{ from: 0, to: 1 }], c: [{ from: 0, to: 1 }] })).toEqual(['a']);
});
