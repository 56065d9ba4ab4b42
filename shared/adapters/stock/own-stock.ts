import { TransactWriteCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { TransientFault } from '../../domain/faults';
import { derivedId } from '../../domain/ids';
import type { Balance } from '../../domain/stock';
import { accountOf, givingBack } from '../../domain/stock-account';
import type {
  DecidedOn,
  MoveOutcome,
  OrderLedger,
  StockKeeper,
  StockMovement,
  StockMovementSource,
  StockOpening,
  StockPlace,
  StockRelease,
} from '../../ports/stock-keeper';
import { head, movementSort, orderPartition, orderStockPartition, stockPartition } from '../dynamodb/keys';
import { failedConditions, foundInstead, wasLost } from '../dynamodb/outcome';
import { BackOrders, placeInLine, placesGivenUp, placesOf } from './back-orders';
import { eachOf } from './each-of';
import { givenBackId } from './given-back-id';
import { OrderLedgers } from './order-ledgers';
import { pause } from './pause';
import { portionsOf, SpreadBalance, sumOf } from './spread-balance';
import { changesOfAll, putEntry, updateBalance, type Entry, type StoredBalance, type Write } from './stock-items';

/** What goes into one transaction: entries of the ledger, what they change together, and what must still be so. */
interface Transfer {
  tenant: string;
  place: StockPlace;
  /** The first is the one by which the transfer is known. */
  entries: readonly [Entry, ...Entry[]];
  guards?: readonly Write[];
  /** That it takes what orders may be waiting for: those come first. */
  behindWaiting?: boolean;
}

/** `waiting`: orders wait for units of this SKU. */
interface Transferred {
  outcome: MoveOutcome;
  waiting: boolean;
}

/**
 * Our own stock: an append-only ledger of movements and a balance per SKU and location. A movement has a derived id
 * and is put only if absent, in one transaction with the balance it moves, so a repeated step moves nothing twice.
 */
export class OwnStock implements StockKeeper {
  private readonly spread: SpreadBalance;
  private readonly ledgers: OrderLedgers;
  private readonly backOrders: BackOrders;

  /** @param ordersTable where the orders are that movements are decided on */
  constructor(
    private readonly client: DynamoDBDocumentClient,
    private readonly table: string,
    private readonly ordersTable: string,
  ) {
    this.spread = new SpreadBalance(client, table);
    this.ledgers = new OrderLedgers(client, table);
    this.backOrders = new BackOrders(client, table);
  }

  async release(source: StockMovementSource, lines: readonly StockRelease[], at: string) {
    return { unmatched: await eachOf(lines, (line) => this.giveBack(source, line, at)) };
  }

  async reserveAgain(source: StockMovementSource, lines: readonly StockRelease[], at: string) {
    return { gone: await eachOf(lines, (line) => this.takeAgain(source, line, at)) };
  }

  async open(tenant: string, { onHand, reserved, ref, spread, ...place }: StockOpening, at: string) {
    const { outcome, waiting } = await this.putOpening(tenant, place, { onHand, reserved, ref, at });
    if (outcome === 'short') return outcome;
    if (spread !== undefined) await this.spread.spread(tenant, place, spread);
    if (waiting) await this.backOrders.promote(tenant, place, at);
    return outcome;
  }

  async move(tenant: string, movement: StockMovement, on: DecidedOn | undefined, at: string): Promise<MoveOutcome> {
    const { merchantId, sku, location } = movement;
    const place = { merchantId, sku, location };
    const guards = on === undefined || movement.of === undefined ? [] : this.asDecided(tenant, movement.of.orderId, on);
    if (movement.mayWait === true) return this.reserveOrWait(tenant, movement, guards, at);
    const behindWaiting = movement.type === 'reserve';
    return this.settled(tenant, place, at, { entries: [entryOf(movement, at)], guards, behindWaiting });
  }

  async balance(tenant: string, place: StockPlace): Promise<Balance | undefined> {
    const items = await this.spread.read(tenant, place);
    return items.length === 0 ? undefined : sumOf(items);
  }

  ledgerOf(tenant: string, orderId: string): Promise<OrderLedger> {
    return this.ledgers.read(tenant, orderId);
  }

  /** Makes a transfer; units that came free by it go to those who wait, also when it was made before. */
  private async settled(
    tenant: string,
    place: StockPlace,
    at: string,
    transfer: Omit<Transfer, 'tenant' | 'place'>,
  ): Promise<MoveOutcome> {
    const { outcome, waiting } = await this.transfer({ tenant, place, ...transfer });
    // Also for who has just begun to wait: units may have come free between the look and the wait.
    if (waiting && outcome !== 'short' && outcome !== 'lost') await this.backOrders.promote(tenant, place, at);
    return outcome;
  }

  /** @returns whether the balance, or what is known of the line, does not allow all of it */
  private async giveBack(source: StockMovementSource, line: StockRelease, at: string): Promise<boolean> {
    const id = givenBackId('release', source, line, source.round);
    const entry = {
      ...entryOfLine(source, line, at),
      id,
      type: line.noRestock === undefined ? 'release' : 'discard',
    } as const;
    const { tenant, round } = source;
    if (line.watched === undefined) {
      // What is released after an undo must have been reserved by it.
      const guards = round === 0 ? [] : [this.mustBe(source, givenBackId('reserve', source, line, round))];
      const outcome = await this.settled(tenant, placeOf(source, line), at, { entries: [entry], guards });
      return outcome === 'short' || outcome === 'unknown';
    }
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      const ledger = await this.ledgers.read(tenant, source.orderId);
      const has = (wanted: string): boolean => ledger.movements.some((known) => known.id === wanted);
      if (has(id)) {
        await this.backOrders.promote(tenant, placeOf(source, line), at);
        return false;
      }
      if (round > 0 && !has(givenBackId('reserve', source, line, round))) return false;
      const mine = ledger.movements.filter((known) => isOf(known, source, line));
      const { released, dropped, unmatched } = givingBack(accountOf(mine), { ...line.watched, wanted: line.quantity });
      const drops = placesGivenUp(mine, dropped);
      const entries = [
        ...(released > 0 ? [{ ...entry, quantity: released }] : []),
        ...drops.map(({ since, quantity }) => ({
          ...entry,
          id: derivedId('mov', 'drop', id, since),
          type: 'drop' as const,
          since,
          quantity,
        })),
      ];
      const [first, ...more] = entries;
      if (first === undefined) return unmatched > 0;
      const outcome = await this.settled(tenant, placeOf(source, line), at, {
        entries: [{ ...first, id }, ...more],
        guards: [
          ...drops.map((drop) => this.backOrders.shorten(tenant, placeOf(source, line), drop)),
          this.ledgers.advance(tenant, source.orderId, ledger.revision),
        ],
      });
      if (outcome === 'lost') await pause(attempt);
      else return unmatched > 0 || outcome === 'short' || outcome === 'unknown';
    }
    throw busy(line.sku);
  }

  /** @returns whether somebody has taken it meanwhile */
  private async takeAgain(source: StockMovementSource, line: StockRelease, at: string): Promise<boolean> {
    const { tenant, round } = source;
    const id = givenBackId('reserve', source, line, round);
    const before = givenBackId('release', source, line, round - 1);
    const place = placeOf(source, line);
    const type = line.noRestock === undefined ? 'reserve' : 'reinstate';
    const entry = { ...entryOfLine(source, line, at), id, type } as const;
    if (line.watched === undefined) {
      const guards = [this.mustBe(source, before)];
      return (await this.settled(tenant, place, at, { entries: [entry], guards })) === 'short';
    }
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      const ledger = await this.ledgers.read(tenant, source.orderId);
      const mine = ledger.movements.filter((known) => isOf(known, source, line));
      const given = mine.filter(
        (known) => known.cancellationId === source.cancellationId && known.round === round - 1 && isGivenBack(known),
      );
      const [first, ...more] = given.map(({ type: was, quantity, since }): Entry =>
        since !== undefined && was === 'drop'
          ? { ...entry, type: 'back_order', quantity, since, id: derivedId('mov', 'back', id, since) }
          : { ...entry, quantity },
      );
      if (first === undefined) return false;
      const { orderId } = source;
      const places = placesOf(mine);
      const outcome = await this.settled(tenant, place, at, {
        entries: [{ ...first, id }, ...more],
        guards: [
          ...given.flatMap(({ quantity, since }) =>
            since === undefined
              ? []
              : [
                  this.backOrders.lengthen(tenant, place, {
                    ...{ since, quantity, waiting: places.get(since) ?? 0 },
                    ...{ orderId, lineId: line.lineId },
                  }),
                ],
          ),
          this.ledgers.advance(tenant, orderId, ledger.revision),
        ],
      });
      if (outcome === 'lost') await pause(attempt);
      else return outcome === 'short';
    }
    throw busy(line.sku);
  }

  /** Takes what is available, unless others wait for it, and lets the rest wait behind them. */
  private async reserveOrWait(tenant: string, movement: StockMovement, guards: readonly Write[], at: string) {
    const { id, quantity, of, merchantId, sku, location } = movement;
    const place = { merchantId, sku, location };
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      const balance = await this.balance(tenant, place);
      if (balance === undefined) return 'unknown';
      const free = balance.waiting > 0 ? 0 : Math.min(quantity, balance.onHand - balance.reserved);
      const rest = quantity - free;
      const entry = entryOf({ ...movement, type: 'reserve' }, at);
      if (rest > 0) await this.spread.spread(tenant, place, 1);
      const since = placeInLine(at, id);
      const [first, ...more]: Entry[] = [
        ...(free > 0 ? [{ ...entry, quantity: free }] : []),
        ...(rest > 0
          ? [{ ...entry, id: derivedId('mov', 'waits', id), type: 'back_order' as const, quantity: rest, since }]
          : []),
      ];
      if (first === undefined || of === undefined)
        throw new RangeError('nobody waits for nothing, and no one but an order');
      const outcome = await this.settled(tenant, place, at, {
        entries: [{ ...first, id }, ...more],
        guards: [
          ...guards,
          ...(rest > 0 ? [this.backOrders.lengthen(tenant, place, { ...of, since, quantity: rest, waiting: 0 })] : []),
        ],
        behindWaiting: free > 0,
      });
      // What it was split by has changed: units were taken, or somebody has begun to wait.
      if (outcome === 'short') await pause(attempt);
      else return outcome;
    }
    throw busy(sku);
  }

  /**
   * The one place that writes balances. What it takes from must be there; where units come free and orders wait for them, the
   * condition says so, so that nobody has to look when nobody waits.
   */
  private async transfer({
    tenant,
    place,
    entries,
    guards = [],
    behindWaiting = false,
  }: Transfer): Promise<Transferred> {
    const changes = changesOfAll(entries);
    const [{ type, quantity }, ...others] = entries;
    const puts = entries.map((entry) => putEntry(this.table, tenant, entry));
    const counts = changes.waiting !== undefined;
    let waiting = counts;
    let onlyUnlessWaiting = behindWaiting || ((changes.available ?? 0) > 0 && !counts);
    let portions = this.spread.first(tenant, place, changes);
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      const conditions = [
        'attribute_exists(pk)',
        ...(onlyUnlessWaiting ? [nobodyWaits] : []),
        ...(counts ? ['attribute_not_exists(shares)'] : []),
      ];
      const updates = portions
        .filter((portion) => Object.keys(portion.changes).length > 0)
        .map((portion) =>
          updateBalance(this.table, partition(tenant, place, portion.share), portion.changes, conditions),
        );
      try {
        await this.client.send(new TransactWriteCommand({ TransactItems: [...puts, ...updates, ...guards] }));
        return { outcome: 'moved', waiting };
      } catch (error) {
        if (!wasLost(error)) throw error;
        const failed = failedConditions(error);
        const found = foundInstead(error, puts.length) as StoredBalance | undefined;
        const somebodyWaits = (found?.waiting ?? 0) > 0;
        waiting ||= somebodyWaits;
        if (failed[0] === true) return { outcome: 'known', waiting };
        if (failed.slice(puts.length + updates.length).includes(true)) return { outcome: 'lost', waiting };
        const refused = failed.includes(true);
        if (refused && somebodyWaits && onlyUnlessWaiting && !behindWaiting) {
          onlyUnlessWaiting = false;
          continue;
        }
        const isWhole = portions.length === 1 && portions[0]?.share === 0 && found?.shares === undefined;
        if (refused && isWhole) return { outcome: found === undefined ? 'unknown' : 'short', waiting };
        if (!refused) await pause(attempt);
        if (others.length > 0) {
          if (refused) await this.spread.spread(tenant, place, 1);
          continue;
        }
        const next = portionsOf(type, quantity, await this.spread.read(tenant, place));
        if (next === undefined) return { outcome: 'short', waiting };
        portions = next;
      }
    }
    throw busy(place.sku);
  }

  private async putOpening(
    tenant: string,
    place: StockPlace,
    opening: { onHand: number; reserved: number; ref: string; at: string },
  ): Promise<{ outcome: 'opened' | 'known' | 'short'; waiting: boolean }> {
    const { onHand, reserved, ref } = opening;
    const pk = partition(tenant, place);
    const sk = movementSort(derivedId('mov', 'opening', ref, place.sku, place.location));
    const Item = { pk, sk, type: 'opening', ...opening };
    const changes = { onHand, reserved, available: onHand - reserved };
    let waiting = false;
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      const conditions = changes.available > 0 && !waiting ? [nobodyWaits] : [];
      try {
        await this.client.send(
          new TransactWriteCommand({
            TransactItems: [
              { Put: { TableName: this.table, Item, ConditionExpression: 'attribute_not_exists(pk)' } },
              updateBalance(this.table, pk, changes, conditions),
            ],
          }),
        );
        return { outcome: 'opened', waiting };
      } catch (error) {
        if (!wasLost(error)) throw error;
        const [known, refused] = failedConditions(error);
        const somebodyWaits = Number(foundInstead(error, 1)?.['waiting'] ?? 0) > 0;
        if (known === true) return { outcome: 'known', waiting: somebodyWaits };
        if (refused === true && (waiting || !somebodyWaits)) return { outcome: 'short', waiting };
        if (refused === true) waiting = true;
        else await pause(attempt);
      }
    }
    throw busy(place.sku);
  }

  private asDecided(tenant: string, orderId: string, { orderVersion, revision }: DecidedOn): Write[] {
    const advanced = this.ledgers.advance(tenant, orderId, revision);
    if (orderVersion === undefined) return [advanced];
    return [
      {
        ConditionCheck: {
          TableName: this.ordersTable,
          Key: { pk: orderPartition(tenant, orderId), sk: head },
          ConditionExpression: '#version = :version',
          ExpressionAttributeNames: { '#version': 'version' },
          ExpressionAttributeValues: { ':version': orderVersion },
        },
      },
      advanced,
    ];
  }

  private mustBe({ tenant, orderId }: StockMovementSource, movementId: string): Write {
    const Key = { pk: orderStockPartition(tenant, orderId), sk: movementSort(movementId) };
    return { ConditionCheck: { TableName: this.table, Key, ConditionExpression: 'attribute_exists(pk)' } };
  }
}

const attempts = 12;

const nobodyWaits = '(attribute_not_exists(waiting) OR waiting = :none)';

const busy = (sku: string): TransientFault => new TransientFault(`the stock of ${sku} is moved by many at once`);

const isGivenBack = ({ type }: Entry): boolean => type === 'release' || type === 'discard' || type === 'drop';

const placeOf = ({ merchantId }: StockMovementSource, { sku, location }: StockRelease): StockPlace => ({
  merchantId,
  sku,
  location,
});

const isOf = (known: Entry, { merchantId }: StockMovementSource, { lineId, sku, location }: StockRelease): boolean =>
  known.lineId === lineId && known.sku === sku && known.location === location && known.merchantId === merchantId;

const partition = (tenant: string, { merchantId, sku, location }: StockPlace, share = 0): string =>
  stockPartition(tenant, merchantId, sku, location, share);

/** What each movement of a line in a cancellation says. */
function entryOfLine(source: StockMovementSource, line: StockRelease, at: string): Omit<Entry, 'id' | 'type'> {
  const { orderId, cancellationId, round } = source;
  const { lineId, quantity, noRestock } = line;
  const why = noRestock === undefined ? {} : { reason: noRestock };
  return { ...placeOf(source, line), quantity, orderId, cancellationId, lineId, round, at, ...why };
}

function entryOf(
  { id, type, merchantId, sku, location, quantity, of, reason, receipt }: StockMovement,
  at: string,
): Entry {
  return {
    ...{ id, type, merchantId, sku, location, quantity, at },
    ...of,
    ...(reason !== undefined && { reason }),
    ...(receipt !== undefined && { receipt }),
  };
}
