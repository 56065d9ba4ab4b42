import type {
  DecidedOn,
  StockKeeper,
  StockMovement,
  StockMovementSource,
  StockOpening,
  StockPlace,
  StockRelease,
} from '../../ports/stock-keeper';

/** Each tenant's stock is kept in one place: its own system where it has connected one, else our table. */
export class StockByTenant implements StockKeeper {
  constructor(private readonly keeperOf: (tenant: string) => StockKeeper) {}

  release(source: StockMovementSource, lines: readonly StockRelease[], at: string) {
    return this.keeperOf(source.tenant).release(source, lines, at);
  }

  reserveAgain(source: StockMovementSource, lines: readonly StockRelease[], at: string) {
    return this.keeperOf(source.tenant).reserveAgain(source, lines, at);
  }

  open(tenant: string, opening: StockOpening, at: string) {
    return this.keeperOf(tenant).open(tenant, opening, at);
  }

  move(tenant: string, movement: StockMovement, on: DecidedOn | undefined, at: string) {
    return this.keeperOf(tenant).move(tenant, movement, on, at);
  }

  balance(tenant: string, place: StockPlace) {
    return this.keeperOf(tenant).balance(tenant, place);
  }

  ledgerOf(tenant: string, orderId: string) {
    return this.keeperOf(tenant).ledgerOf(tenant, orderId);
  }
}
