/** What came back goes on the shelf once, by what the ledger knows of it. */
import type { OrderLine, ReservedBy } from '../../shared/domain/order';
import { move, type Balance, type MovementType } from '../../shared/domain/stock';
import { putBack, type BackUnits } from '../../shared/flows/put-back';
import type { DecidedOn, MoveOutcome, OrderLedger, StockKeeper, StockMovement } from '../../shared/ports/stock-keeper';
import { anOrder } from '../support/orders';

const now = '2026-03-01T12:00:00.000Z';

/** The stock of one article, of which other orders have reserved some. */
class Shelf {
  readonly told: string[] = [];
  readonly movements: OrderLedger['movements'][number][] = [];
  /** What somebody else does before the next movement is made. */
  meanwhile: [MovementType, number] | undefined;
  private revision = 1;

  constructor(
    private readonly reservedBy: ReservedBy,
    private balance: Balance,
  ) {}

  report(type: MovementType, quantity: number): this {
    this.take({ type, quantity, id: `reported-${this.movements.length}` } as StockMovement);
    return this;
  }

  async back(units: number, receipt: string, noRestock?: BackUnits['noRestock']): Promise<string[]> {
    const { order } = anOrder({ lines: [{ id: '1', quantity: 3, location: 'main', reservedBy: this.reservedBy }] });
    const line = order.lines[0] as OrderLine;
    return putBack(this.keeper, order, [{ line, units, receipt, noRestock }], now);
  }

  private readonly keeper = {
    ledgerOf: () => Promise.resolve({ revision: this.revision, movements: [...this.movements] }),
    move: (_tenant: string, movement: StockMovement, on: DecidedOn | undefined): Promise<MoveOutcome> => {
      if (this.meanwhile !== undefined) {
        const [type, quantity] = this.meanwhile;
        this.meanwhile = undefined;
        this.report(type, quantity);
      }
      if (this.movements.some(({ id }) => id === movement.id)) return Promise.resolve('known');
      if (on?.revision !== this.revision) return Promise.resolve('lost');
      return Promise.resolve(this.take(movement));
    },
  } as unknown as StockKeeper;

  private take(movement: StockMovement): MoveOutcome {
    const after = move(this.balance, movement.type, movement.quantity);
    if (typeof after === 'string') return 'short';
    this.balance = after;
    this.revision += 1;
    this.movements.push({ ...movement, sku: 'sku-1', location: 'main', merchantId: 'm1', lineId: '1' });
    if (!movement.id.startsWith('reported')) this.told.push(`${movement.type} ${movement.quantity}`);
    return 'moved';
  }
}

/** Three units of this order and four of others. */
const reserved: Balance = { onHand: 9, reserved: 7, incoming: 0, waiting: 0 };
const free: Balance = { ...reserved, reserved: 4 };

describe.each<[ReservedBy, () => Shelf]>([
  ['opening', () => new Shelf('opening', reserved)],
  ['movements', () => new Shelf('movements', free).report('reserve', 3)],
])('units that were reserved by %s', (_how, shelf) => {
  test('and never reported as shipped are free again', async () => {
    const stock = shelf();
    expect(await stock.back(2, 'shp_1')).toEqual([]);
    expect(stock.told).toEqual(['release 2']);
  });

  test('and reported as shipped are restocked', async () => {
    const stock = shelf().report('ship', 2);
    expect(await stock.back(2, 'shp_1')).toEqual([]);
    expect(stock.told).toEqual(['restock 2']);
  });

  test('are restocked as far as they were shipped, the rest is free', async () => {
    const stock = shelf().report('ship', 1);
    await stock.back(3, 'shp_1');
    expect(stock.told).toEqual(['restock 1', 'release 2']);
  });

  test('go back once, however often the same receipt is told', async () => {
    const stock = shelf().report('ship', 2);
    for (let time = 1; time <= 3; time += 1) await stock.back(2, 'shp_1');
    expect(stock.told).toEqual(['restock 2']);
  });

  test('that were put back by another receipt take nothing of what others have reserved', async () => {
    const stock = shelf().report('ship', 3).report('restock', 3);
    expect(await stock.back(3, 'ret_1')).toEqual([]);
    expect(stock.told).toEqual([]);
  });

  test('that cannot be sold are written off', async () => {
    const stock = shelf().report('ship', 1);
    await stock.back(2, 'ret_1', 'damaged');
    expect(stock.told).toEqual(['no_restock 1', 'discard 1']);
  });

  test('are decided anew when somebody moves them meanwhile', async () => {
    const stock = shelf();
    stock.meanwhile = ['ship', 2];
    await stock.back(2, 'shp_1');
    expect(stock.told).toEqual(['restock 2']);
  });
});
