import type { OrderLine } from '../../shared/domain/order';
import { waitingUnits } from '../../shared/flows/waiting-units';
import type { OrderLedger } from '../../shared/ports/stock-keeper';
import { anOrder } from '../support/orders';

const at = { merchantId: 'm1', location: 'main' };
const moved = (type: 'back_order' | 'promote' | 'drop', quantity: number, sku = 'sku-1', lineId = '1') => ({
  ...at,
  id: `${type}-${quantity}`,
  ...{ type, quantity, sku, lineId },
});

let reads = 0;
const waiting = (line: Partial<OrderLine>, ...movements: OrderLedger['movements']) => {
  reads = 0;
  const { order } = anOrder({ lines: [{ id: '1', quantity: 5, location: 'main', ...line }] });
  const ledgerOf = () => {
    reads += 1;
    return Promise.resolve({ revision: 1, movements });
  };
  return waitingUnits({ ledgerOf }, order);
};

describe('units that wait for stock', () => {
  test('are those of the ledger that were not promoted or dropped', async () =>
    expect(
      await waiting({ reservedBy: 'movements' }, moved('back_order', 4), moved('promote', 1), moved('drop', 1)),
    ).toEqual(new Map([['1', 2]])));

  test('are none of another line or SKU', async () =>
    expect(
      await waiting(
        { reservedBy: 'movements' },
        moved('back_order', 4, 'sku-1', '2'),
        moved('back_order', 3, 'sku-2', '1'),
      ),
    ).toEqual(new Map([['1', 0]])));

  test('are bundles of which any component waits', async () => {
    const components = [
      { sku: 'cup', location: 'main', quantity: 2 },
      { sku: 'saucer', location: 'main', quantity: 1 },
    ];
    const { location: _none, ...bundle } = { location: undefined, components, reservedBy: 'movements' as const };
    expect(await waiting(bundle, moved('back_order', 3, 'cup'), moved('back_order', 1, 'saucer'))).toEqual(
      new Map([['1', 2]]),
    );
  });

  test('cannot be where the stock came reserved, so that no ledger is read', async () => {
    expect(await waiting({})).toEqual(new Map());
    expect(reads).toBe(0);
  });
});
