/** What every keeper of stock promises, whoever keeps it. */
import type { Balance } from '../../shared/domain/stock';
import type { StockKeeper, StockMovement, StockMovementSource, StockRelease } from '../../shared/ports/stock-keeper';

const at = '2026-03-01T12:00:00.000Z';

/** @param keeperOf the keeper, and a tenant that it keeps stock for */
export function stockKeeperSuite(keeperOf: () => { keeper: StockKeeper; tenant: string }): void {
  let counter = 0;
  /** A SKU that no other test has, with a balance. */
  async function stocked(onHand: number, reserved: number): Promise<Article> {
    counter += 1;
    const { keeper, tenant } = keeperOf();
    const place = { merchantId: 'mer_suite', sku: `SUITE-${counter}/ä #${counter}`, location: 'main' };
    expect(await keeper.open(tenant, { ...place, onHand, reserved, ref: `open-${counter}` }, at)).toBe('opened');
    return new Article(keeper, tenant, place, counter);
  }

  test('units are released once, however often and however much at once it is asked', async () => {
    const mug = await stocked(10, 4);
    await Promise.all(Array.from({ length: 5 }, () => mug.release({ quantity: 2 })));
    expect(await mug.balance()).toMatchObject({ onHand: 10, reserved: 2 });
  });

  test('a balance is opened once per reference, and further ones add up', async () => {
    const mug = await stocked(10, 4);
    expect(await mug.open(10, 4, `open-${mug.number}`)).toBe('known');
    expect(await mug.open(5, 1, 'more')).toBe('opened');
    expect(await mug.balance()).toMatchObject({ onHand: 15, reserved: 5 });
  });

  test('an opening that reserves more than there is changes nothing', async () => {
    const mug = await stocked(3, 3);
    expect(await mug.open(0, 1, 'too-much')).toBe('short');
    expect(await mug.balance()).toMatchObject({ onHand: 3, reserved: 3 });
  });

  test('what was never reserved is not released, and is named', async () => {
    const mug = await stocked(3, 1);
    expect(await mug.release({ quantity: 2 })).toEqual(['2']);
    expect(await mug.balance()).toMatchObject({ onHand: 3, reserved: 1 });
  });

  test('a SKU that nobody knows is not released, does not appear, and is named', async () => {
    const mug = await stocked(1, 1);
    const ghost = mug.of('nowhere');
    expect(await ghost.release({ quantity: 1 })).toEqual(['1']);
    expect(await ghost.balance()).toBeUndefined();
  });

  test('what somebody else has taken meanwhile is not reserved again', async () => {
    const vase = await stocked(1, 1);
    await vase.release({ quantity: 1 });
    await vase.open(0, 1, 'sold');
    expect(await vase.reserveAgain({ quantity: 1 })).toEqual(['1']);
    expect(await vase.balance()).toMatchObject({ onHand: 1, reserved: 1 });
  });

  test('an undo takes only what was released, and what it took is released again, each once', async () => {
    const bowl = await stocked(3, 1);
    const line = { quantity: 1 };
    await bowl.reserveAgain(line);
    expect(await bowl.balance()).toMatchObject({ reserved: 1 });
    await bowl.release(line);
    await bowl.reserveAgain(line);
    await bowl.reserveAgain(line);
    expect(await bowl.balance()).toMatchObject({ reserved: 1 });
    await bowl.release(line, 1);
    await bowl.release(line, 1);
    expect(await bowl.balance()).toMatchObject({ onHand: 3, reserved: 0 });
  });

  test('units that do not go back on the shelf are gone, and an undo brings them back to the order', async () => {
    const cake = await stocked(5, 3);
    const line = { quantity: 2, noRestock: 'perishable' } as const;
    expect(await cake.release(line)).toEqual([]);
    await cake.release(line);
    expect(await cake.balance()).toMatchObject({ onHand: 3, reserved: 1 });
    expect(await cake.reserveAgain(line)).toEqual([]);
    expect(await cake.balance()).toMatchObject({ onHand: 5, reserved: 3 });
  });

  test('a line of two components releases both, each once', async () => {
    const cup = await stocked(5, 2);
    const saucer = await stocked(5, 4);
    for (let time = 0; time < 2; time += 1) {
      await cup.release({ quantity: 1, component: true });
      await saucer.release({ quantity: 2, component: true });
    }
    expect(await cup.balance()).toMatchObject({ reserved: 1 });
    expect(await saucer.balance()).toMatchObject({ reserved: 2 });
  });

  test('announced units arrive, and no more than were announced', async () => {
    const mug = await stocked(1, 0);
    expect(await mug.move('announce', 5)).toBe('moved');
    expect(await mug.balance()).toMatchObject({ onHand: 1, incoming: 5 });
    expect(await mug.move('arrive', 3)).toBe('moved');
    expect(await mug.balance()).toMatchObject({ onHand: 4, incoming: 2 });
    expect(await mug.move('arrive', 3)).toBe('short');
  });

  test('a movement is made once per id', async () => {
    const mug = await stocked(5, 2);
    const id = `mov_once_${mug.number}`;
    const all = await Promise.all(Array.from({ length: 5 }, () => mug.move('ship', 2, id)));
    expect([...all].sort()).toEqual(['known', 'known', 'known', 'known', 'moved']);
    expect(await mug.balance()).toMatchObject({ onHand: 3, reserved: 0 });
  });

  test('what is reserved is not written off', async () => {
    const mug = await stocked(3, 2);
    expect(await mug.move('write_off', 2)).toBe('short');
    expect(await mug.move('write_off', 1)).toBe('moved');
    expect(await mug.balance()).toMatchObject({ onHand: 2, reserved: 2 });
  });

  test('nothing moves where there was never any', async () => {
    const mug = await stocked(3, 2);
    expect(await mug.of('nowhere').move('restock', 1)).toBe('unknown');
    expect(await mug.of('nowhere').balance()).toBeUndefined();
  });

  test('many releases at once come to the sum of them', async () => {
    const hot = await stocked(60, 60);
    await Promise.all(Array.from({ length: 40 }, (_, place) => hot.release({ quantity: 1, lineId: `l${place}` })));
    expect(await hot.balance()).toMatchObject({ onHand: 60, reserved: 20 });
  });
}

/** One SKU at one location, and one cancellation of it. */
class Article {
  private moves = 0;

  constructor(
    private readonly keeper: StockKeeper,
    private readonly tenant: string,
    private readonly place: Pick<StockMovement, 'merchantId' | 'sku' | 'location'>,
    readonly number: number,
  ) {}

  of(location: string): Article {
    return new Article(this.keeper, this.tenant, { ...this.place, location }, this.number);
  }

  open(onHand: number, reserved: number, ref: string): Promise<string> {
    return this.keeper.open(this.tenant, { ...this.place, onHand, reserved, ref }, at);
  }

  /** @returns the quantities that did not fit */
  async release(line: Wish, round = 0): Promise<string[]> {
    const { unmatched } = await this.keeper.release(this.source(round), [this.line(line)], at);
    return unmatched.map(({ quantity }) => String(quantity));
  }

  async reserveAgain(line: Wish, round = 1): Promise<string[]> {
    const { gone } = await this.keeper.reserveAgain(this.source(round), [this.line(line)], at);
    return gone.map(({ quantity }) => String(quantity));
  }

  move(type: StockMovement['type'], quantity: number, id?: string): Promise<string> {
    this.moves += 1;
    const movement = { ...this.place, id: id ?? `mov_${this.number}_${this.moves}`, type, quantity };
    const why = type === 'write_off' ? { reason: 'damaged' as const } : {};
    return this.keeper.move(this.tenant, { ...movement, ...why }, undefined, at);
  }

  balance(): Promise<Balance | undefined> {
    return this.keeper.balance(this.tenant, this.place);
  }

  private source(round: number): StockMovementSource {
    const { tenant, number } = this;
    return {
      tenant,
      merchantId: this.place.merchantId,
      orderId: `ord_${number}`,
      cancellationId: `can_${number}`,
      round,
    };
  }

  private line(wish: Wish): StockRelease {
    return { sku: this.place.sku, location: this.place.location, lineId: '1', ...wish };
  }
}

type Wish = Pick<StockRelease, 'quantity'> & Partial<StockRelease>;
