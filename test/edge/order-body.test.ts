import { isRefusal } from '../../shared/domain/refusal';
import { orderBody } from '../../shared/edge/order-body';
import { parse } from '../../shared/edge/parse';
import { aPolicy } from '../support/orders';

const many = <Value>(count: number, value: Value) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [letters(at), value] as const));
const letters = (at: number): string => `A${String.fromCharCode(65 + Math.floor(at / 26), 65 + (at % 26))}`;

const read = (contract: Readonly<Record<string, unknown>>) =>
  parse(
    orderBody,
    {
      version: 1,
      merchantId: 'm1',
      placedAt: '2026-03-01T12:00:00.000Z',
      currency: 'EUR',
      customer: { id: 'c1' },
      contract,
      lines: [{ id: '1', sku: 's', kind: 'goods', quantity: 1, net: 1 }],
    },
    'body',
  );
const limits = (above: Record<string, number>) => ({
  policy: aPolicy({ approval: { above, deadlineMinutes: 5, onSilence: 'decline' } }),
});
const at = '2026-03-01T12:00:00.000Z';

describe('the body of an order', () => {
  test.each<[string, Readonly<Record<string, unknown>>, boolean]>([
    ['takes 20 consents', { consents: many(20, at) }, true],
    ['takes no 21', { consents: many(21, at) }, false],
    ['takes 50 limits of approval', limits(many(50, 1)), true],
    ['takes no 51', limits(many(51, 1)), false],
    ['takes no limit for what is no currency', limits({ 'a long text': 1 }), false],
  ])('%s', (_, contract, taken) => {
    const body = read(contract);
    if (taken) expect(body).toMatchObject({ version: 1 });
    else expect(isRefusal(body) && body.code).toBe('invalid_field');
  });
});
