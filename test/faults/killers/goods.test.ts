/** Threads about goods: kept, restored twice or in the wrong place, shipped although cancelled, cancelled although shipped. */
import type { Stage, PlacedOrder } from '../scenarios/scenario';
import { cancel, DAY, HOUR, MINUTE, useWorld, type End } from './story';

const world = useWorld();

/** Tells a newer version of an order, with other words on some lines; to be called while preparing. */
async function retold(
  stage: Stage,
  order: PlacedOrder,
  lines: Readonly<Record<string, object>>,
  stock: readonly object[] = [],
): Promise<PlacedOrder> {
  const known = order.body['lines'] as readonly { id: string }[];
  const body = { ...order.body, version: 2, lines: known.map((line) => ({ ...line, ...lines[line.id] })) };
  stage.let('system', 'north', 'retold', async (system) => {
    if (stock.length > 0) await system.post('/v1/stock/batch', 's', { merchantId: order.merchantId, items: stock });
    const { status } = await system.put(`/v1/orders/${order.reference}`, body);
    if (status !== 200) throw new Error(`the order was not retold: ${status}`);
  });
  await stage.cloud.world.rest();
  return { ...order, body };
}

/** What the carrier's own book says of the only label. */
async function label(end: End): Promise<unknown> {
  const { shipments } = (await end.all.cloud.parties.control('easypost', 'ledger')) as {
    shipments: { refund_status: string | null }[];
  };
  return shipments[0]?.refund_status;
}

const carried = {
  lines: [{ id: 'a', quantity: 2 }],
  parcels: [{ ref: 'p1', carried: true, lines: [{ lineId: 'a', quantity: 2 }] }],
} as const;

describe('Stock', () => {
  it('a cancelled order keeps no unit, whether it went at once or in parts (solidusio/solidus#3719)', async () => {
    const end = await world.tell(
      (stage) =>
        stage.place('north', '1001', {
          lines: [
            { id: 'a', quantity: 4 },
            { id: 'b', quantity: 2 },
          ],
        }),
      (story) =>
        story.customer(async (customer) => {
          await cancel(customer, story.order, 'k1', { a: 3 });
          await customer.pause(HOUR);
          await cancel(customer, story.order, 'k2');
        }),
    );
    expect(end.stock('1001-a')).toEqual({ onHand: 4, reserved: 0, available: 4 });
    expect(end.stock('1001-b')).toEqual({ onHand: 2, reserved: 0, available: 2 });
    expect(end.movements('1001-a')).toEqual(['release 1', 'release 3']);
    expect(await end.active()).toEqual([]);
  });

  it('units wait for the answer: what the merchant declines stays reserved, what he approves is free (OFFLINE-GmbH/oc-mall-plugin#1035)', async () => {
    const policy = { approval: { above: { GBP: 0 }, deadlineMinutes: 120, onSilence: 'approve' as const } };
    const end = await world.tell(
      async (stage) => [
        await stage.place('north', '1001', { policy, lines: [{ quantity: 2 }] }),
        await stage.place('north', '1002', { policy, lines: [{ quantity: 3 }] }),
      ],
      (story) => {
        for (const [order, verdict] of [
          [0, 'decline'],
          [1, 'approve'],
        ] as const) {
          story.customer(async (customer) => {
            const { id } = (await cancel(customer, story.orders[order] as PlacedOrder, verdict)).body as { id: string };
            story.merchant(async (merchant) => {
              await merchant.pause(HOUR);
              story.seen.push([...story.stage.cloud.tables.items('stock')].some((item) => item['type'] === 'release'));
              await merchant.post(
                `/v1/cancellations/${id}/${verdict}`,
                verdict,
                verdict === 'decline' ? { code: 'packed' } : {},
              );
            }, verdict);
          }, `customer ${order}`);
        }
      },
    );
    expect(end.seen[0]).toBe(false);
    expect(end.stock('1001-1')).toEqual({ onHand: 2, reserved: 2, available: 0 });
    expect(end.stock('1002-1')).toEqual({ onHand: 3, reserved: 0, available: 3 });
    expect(await end.active()).toEqual(['1001']);
  });

  it('what was never reserved is named to the merchant and not invented, and no balance is below zero (vendurehq/vendure#1557)', async () => {
    const end = await world.tell(
      async (stage) => {
        const order = await stage.place('north', '1001', {
          lines: [
            { id: 'a', quantity: 2 },
            { id: 'b', kind: 'digital' },
          ],
        });
        const stock = [{ sku: '1001-a', location: 'leeds', onHand: 7, reserved: 1, ref: 'leeds' }];
        return retold(stage, order, { a: { location: 'leeds' } }, stock);
      },
      (story) => story.customer(async (customer) => void (await cancel(customer, story.order, 'k'))),
      // The invariant wants units that are goods to be restored; these cannot be.
      { bends: 'restored once' },
    );
    const [cancellation] = end.cancellations;
    expect(await end.cancellation(cancellation?.id, 'merchant')).toMatchObject({
      status: 'closed',
      discrepancies: ['1001-a@leeds: 2'],
    });
    expect(await end.cancellation(cancellation?.id)).not.toHaveProperty('discrepancies');
    expect(end.stock('1001-a', 'leeds')).toEqual({ onHand: 7, reserved: 1, available: 6 });
    expect(end.stock('1001-a')).toEqual({ onHand: 2, reserved: 2, available: 0 });
    expect(end.refunds()).toEqual(['succeeded 3000']);
  });

  it('one article from two places goes back to the place of the line that was cancelled (magento/inventory#3109)', async () => {
    const end = await world.tell(
      async (stage) => {
        const order = await stage.place('north', '1001', {
          lines: [
            { id: 'a', quantity: 2 },
            { id: 'b', quantity: 3 },
          ],
        });
        const stock = [
          { sku: 'MUG', location: 'main', onHand: 10, reserved: 2, ref: 'main' },
          { sku: 'MUG', location: 'leeds', onHand: 5, reserved: 3, ref: 'leeds' },
        ];
        return retold(stage, order, { a: { sku: 'MUG' }, b: { sku: 'MUG', location: 'leeds' } }, stock);
      },
      (story) => story.customer(async (customer) => void (await cancel(customer, story.order, 'k', { b: 2 }))),
    );
    expect(end.stock('MUG', 'leeds')).toEqual({ onHand: 5, reserved: 1, available: 4 });
    expect(end.stock('MUG')).toEqual({ onHand: 10, reserved: 2, available: 8 });
  });

  it('who keeps asking to cancel what is cancelled adds no unit (mollie/magento2#240)', async () => {
    const end = await world.tell(
      (stage) => stage.place('north', '1001', { lines: [{ quantity: 2 }] }),
      (story) => {
        const keepsAsking = async (client: Parameters<typeof cancel>[0], key: string, core: string): Promise<void> => {
          for (let time = 0; time < 8; time += 1) {
            await client.pause(MINUTE);
            story.seen.push(
              (await cancel(client, story.order, `${key}${time}`, undefined, { core })).body.code ?? 'done',
            );
          }
        };
        story.customer((customer) => keepsAsking(customer, 'c', 'changed_mind'));
        story.merchant((merchant) => keepsAsking(merchant, 'm', 'out_of_stock'));
        story.support((support) => keepsAsking(support, 's', 'customer_asked'));
      },
    );
    expect(end.seen.filter((code) => code === 'done')).toHaveLength(1);
    expect(end.seen.filter((code) => code !== 'done' && code !== 'cancellation_open')).toEqual(
      expect.arrayContaining(['units_already_cancelled']),
    );
    expect(end.movements('1001-1')).toEqual(['release 2']);
    expect(end.stock('1001-1')).toEqual({ onHand: 2, reserved: 0, available: 2 });
  });

  it('released, taken back and released again is counted once, whichever answer is lost on the way (openlinker-project/openlinker#2348)', async () => {
    await world.tellWherever(
      async (stage) => {
        await stage.cloud.parties.control('stripe', 'behaviours', { status: 'failed', failureReason: 'declined' });
        return stage.place('north', '1001', { lines: [{ quantity: 2 }] });
      },
      (story) =>
        story.customer(async (customer) => {
          await cancel(customer, story.order, 'k1');
          await customer.pause(HOUR);
          await cancel(customer, story.order, 'k2');
        }),
      { kind: 'timeout_applied', label: /S\/M|POST \/v1/ },
      (end) => {
        expect(end.statuses).toEqual(['undone', 'closed']);
        expect(end.movements('1001-1')).toEqual(['release 2', 'release 2', 'reserve 2']);
        expect(end.stock('1001-1')).toEqual({ onHand: 2, reserved: 0, available: 2 });
      },
    );
  });

  it('taking units back is done and not heard of, twice, and they are taken back once (magento/inventory#1888)', async () => {
    const end = await world.tell(
      async (stage) => {
        await stage.cloud.parties.control('stripe', 'behaviours', { status: 'failed', failureReason: 'declined' });
        return stage.place('north', '1001', { lines: [{ quantity: 5 }] });
      },
      (story) => story.customer(async (customer) => void (await cancel(customer, story.order, 'k'))),
      {
        strikes: [
          // Harmless; what comes after it belongs to the undo.
          { label: 'invoke reserve-stock', kind: 'skewed' },
          { label: 'TransactWriteItems Put SO/M', kind: 'timeout_applied', times: 2 },
        ],
      },
    );
    expect(end.statuses).toEqual(['undone']);
    expect(end.movements('1001-1')).toEqual(['release 5', 'reserve 5']);
    expect(end.stock('1001-1')).toEqual({ onHand: 5, reserved: 5, available: 0 });
  });

  it('a cancel while the warehouse takes one of three restores just what did not leave (easyabp/eshop#221)', async () => {
    const left = new Set<number>();
    await world.tellWherever(
      (stage) => stage.place('north', '1001', { lines: [{ id: 'a', quantity: 3 }] }),
      (story) => {
        story.customer(async (customer) => void (await cancel(customer, story.order, 'k')));
        story.system(async (warehouse) => {
          await warehouse.post(`/v1/orders/${story.order.id}/shipments`, 'w', {
            ref: 'p1',
            lines: [{ lineId: 'a', quantity: 1 }],
          });
        });
      },
      { kind: 'overtaken', label: /Query orders O|O\/HEAD|POST/ },
      (end) => {
        const shipped = end.all.orders[0]?.shipments.length ?? 0;
        left.add(shipped);
        expect(end.stock('1001-a')).toEqual({ onHand: 3, reserved: shipped, available: 3 - shipped });
        expect(end.refunds()).toEqual([`succeeded ${(3 - shipped) * 1_000}`]);
      },
    );
    // Each of them is first somewhere.
    expect(left).toEqual(new Set([0, 1]));
  });

  it('a cancelled order cannot reserve, ship or come back by a newer version (open-mercato/open-mercato#4521)', async () => {
    const end = await world.tell(
      (stage) => stage.place('north', '1001', { lines: [{ id: 'a', quantity: 2 }] }),
      (story) => {
        story.customer(async (customer) => {
          const { id } = (await cancel(customer, story.order, 'k')).body as { id: string };
          story.seen.push((await customer.post(`/v1/cancellations/${id}/withdraw`, 'w', {})).body.code);
        });
        story.system(async (system) => {
          await system.pause(HOUR);
          const lines = [{ lineId: 'a', quantity: 1 }];
          story.seen.push(
            (await system.post(`/v1/orders/${story.order.id}/shipments`, 'p', { ref: 'p1', lines })).body.code,
          );
          const [line] = story.order.body['lines'] as readonly object[];
          const newer = { ...story.order.body, version: 2, lines: [{ ...line, quantity: 3 }] };
          story.seen.push((await system.put('/v1/orders/1001', newer)).body.code);
          story.seen.push((await system.put('/v1/orders/1001', { ...story.order.body, version: 3 })).status);
        });
      },
    );
    expect(end.seen).toEqual(['too_late_to_withdraw', 'units_cancelled', 'order_frozen', 200]);
    expect(end.stock('1001-a')).toEqual({ onHand: 2, reserved: 0, available: 2 });
    expect(await end.order(end.placed)).toMatchObject({ status: 'cancelled', lines: [{ cancelled: 2, available: 0 }] });
  });
});

describe('Some of it', () => {
  it('a line can be cancelled again and again, until nothing of it is left (vendurehq/vendure#2608)', async () => {
    const end = await world.tell(
      (stage) => stage.place('north', '1001', { lines: [{ id: 'a', quantity: 4 }] }),
      (story) =>
        story.customer(async (customer) => {
          for (const [at, units] of [1, 1, 3, 2, 1].entries()) {
            const { status, body } = await cancel(customer, story.order, `k${at}`, { a: units });
            story.seen.push(body.code ?? status);
          }
        }),
    );
    expect(end.seen).toEqual([201, 201, 'quantity_not_available', 201, 'units_already_cancelled']);
    expect(end.refunds()).toEqual(['succeeded 1000', 'succeeded 1000', 'succeeded 2000']);
    expect(end.movements('1001-a')).toEqual(['release 1', 'release 1', 'release 2']);
  });

  it('units are taken that have not left, and the rest can still ship (vendurehq/vendure#1558)', async () => {
    const end = await world.tell(
      (stage) => stage.place('north', '1001', { lines: [{ id: 'a', quantity: 5 }] }),
      (story) =>
        story.system(async (warehouse) => {
          const ship = async (ref: string, quantity: number): Promise<void> => {
            const { status, body } = await warehouse.post(`/v1/orders/${story.order.id}/shipments`, ref, {
              ref,
              lines: [{ lineId: 'a', quantity }],
            });
            story.seen.push(body.code ?? status);
          };
          await ship('p1', 2);
          story.customer(async (customer) => void (await cancel(customer, story.order, 'k', { a: 2 })));
          await warehouse.pause(HOUR);
          await ship('p2', 2);
          await ship('p3', 1);
        }),
    );
    expect(end.seen).toEqual([201, 'units_cancelled', 201]);
    expect(await end.order(end.placed)).toMatchObject({
      status: 'partially_cancelled',
      lines: [{ shipped: 3, cancelled: 2, available: 0 }],
    });
    expect(end.stock('1001-a')).toEqual({ onHand: 5, reserved: 3, available: 2 });
  });

  it('one line and a part of another go, the others are untouched (vendurehq/vendure#3600)', async () => {
    const end = await world.tell(
      (stage) =>
        stage.place('north', '1001', {
          lines: [{ id: 'a', quantity: 2 }, { id: 'b', quantity: 3, net: 900 }, { id: 'c' }],
        }),
      (story) => story.customer(async (customer) => void (await cancel(customer, story.order, 'k', { c: 1, b: 2 }))),
    );
    expect(end.refunds()).toEqual(['succeeded 1600']);
    expect((await end.order(end.placed)).lines).toMatchObject([
      { available: 2, cancelled: 0 },
      { available: 1, cancelled: 2 },
      { available: 0, cancelled: 1 },
    ]);
    expect(end.movements('1001-a')).toEqual([]);
    expect(end.movements('1001-b')).toEqual(['release 2']);
    expect(await end.active()).toEqual(['1001']);
  });
});

describe('Parcels', () => {
  it('a parcel that leaves although its label was void is on record, and a person decides about the money (spree/spree#5203)', async () => {
    const end = await world.tell(
      (stage) => stage.place('north', '1001', carried),
      (story) =>
        story.customer(async (customer) => {
          await cancel(customer, story.order, 'k');
          await customer.pause(DAY);
          await story.easypost('scan', { shipment: story.order.parcels[0], status: 'in_transit' });
          await customer.pause(MINUTE);
        }),
    );
    expect(await end.cancellation(end.cancellations[0]?.id, 'support')).toMatchObject({
      status: 'in_case',
      failure: 'the parcel left although its label was void',
    });
    expect(await end.order(end.placed)).toMatchObject({ shipments: [{ position: 'handed_over', recall: 'refused' }] });
    expect(end.heard(end.placed)).toEqual(
      expect.arrayContaining(['shipment.recall_accepted', 'shipment.recall_refused', 'case.opened']),
    );
  });

  it('what is packed and not yet gone is held, and the hand-over is told who was first (hotwax/bopis#472)', async () => {
    const lines = [{ lineId: 'a', quantity: 2 }];
    const end = await world.tell(
      (stage) => stage.place('north', '1001', { lines: [{ id: 'a', quantity: 2 }] }),
      (story) =>
        story.system(async (warehouse) => {
          const claim = async (key: string, position: string): Promise<void> => {
            const { status, body } = await warehouse.post(`/v1/orders/${story.order.id}/shipments`, key, {
              ref: 'p1',
              lines,
              position,
            });
            story.seen.push(body.code ?? status);
          };
          await claim('packed', 'label_created');
          story.customer(async (customer) => void (await cancel(customer, story.order, 'k')));
          await warehouse.pause(HOUR);
          await claim('gone', 'handed_over');
        }),
    );
    expect(end.seen).toEqual([201, 'units_cancelled']);
    expect(await end.order(end.placed)).toMatchObject({
      status: 'cancelled',
      shipments: [{ position: 'voided', recall: 'accepted' }],
    });
    expect(end.stock('1001-a')).toEqual({ onHand: 2, reserved: 0, available: 2 });
  });

  it("a cancel asks the carrier for the label's refund, once (Automattic/woocommerce-services#560)", async () => {
    const end = await world.tell(
      (stage) => stage.place('north', '1001', carried),
      (story) => story.customer(async (customer) => void (await cancel(customer, story.order, 'k'))),
      { strikes: [{ label: 'POST easypost', kind: 'timeout_applied' }] },
    );
    expect(await label(end)).toBe('submitted');
    expect([...end.all.cloud.parties.labelsTaken.values()]).toEqual([1]);
    expect(end.statuses).toEqual(['closed']);
  });

  it('while the label can still be used nothing is cancelled and no money moves (spree/spree#14572)', async () => {
    const end = await world.tell(
      async (stage) => {
        await stage.cloud.parties.control('easypost', 'behaviours', { outcome: 'rejected', next: 20 });
        return stage.place('north', '1001', carried);
      },
      (story) => story.customer(async (customer) => void (await cancel(customer, story.order, 'k'))),
    );
    expect(await end.cancellation(end.cancellations[0]?.id)).toMatchObject({
      status: 'undone',
      failure: 'goods_could_not_be_stopped',
    });
    expect(end.refunds()).toEqual([]);
    expect(end.movements('1001-a')).toEqual([]);
    expect(await end.active()).toEqual(['1001']);
  });

  it('an error inside a 200 of the carrier is an error (karrioapi/karrio#661)', async () => {
    const end = await world.tell(
      async (stage) => {
        await stage.cloud.parties.control('easypost', 'behaviours', { outcome: 'error-in-200', next: 20 });
        return stage.place('north', '1001', carried);
      },
      (story) => story.customer(async (customer) => void (await cancel(customer, story.order, 'k'))),
    );
    expect(await label(end)).toBeNull();
    expect(end.statuses).not.toContain('closed');
    expect(end.refunds()).toEqual([]);
    expect(end.stock('1001-a')).toEqual({ onHand: 2, reserved: 2, available: 0 });
  });

  it('a wish that never reached the carrier is made again before the order is cancelled (ever-co/ever-demand#1030)', async () => {
    const end = await world.tell(
      (stage) => stage.place('north', '1001', carried),
      (story) => story.customer(async (customer) => void (await cancel(customer, story.order, 'k'))),
      { strikes: [{ label: 'POST easypost', kind: 'timeout_lost', times: 2 }] },
    );
    expect(await label(end)).toBe('submitted');
    expect(end.statuses).toEqual(['closed']);
    expect(await end.order(end.placed)).toMatchObject({ shipments: [{ position: 'voided', recall: 'accepted' }] });
  });

  it('the units of a parcel that was called back are in stock again (vendurehq/vendure#1198)', async () => {
    const end = await world.tell(
      (stage) => stage.place('north', '1001', { ...carried, lines: [{ id: 'a', quantity: 3 }] }),
      (story) => story.customer(async (customer) => void (await cancel(customer, story.order, 'k', { a: 3 }))),
    );
    expect(end.movements('1001-a')).toEqual(['release 3']);
    expect(end.stock('1001-a')).toEqual({ onHand: 3, reserved: 0, available: 3 });
    expect(await end.order(end.placed)).toMatchObject({ status: 'cancelled', shipments: [{ position: 'voided' }] });
  });
});
