/** Units that orders wait for, while others give them back. */
import { aPolicy } from '../../support/orders';
import { customersReason } from './customer';
import type { Scenario } from './scenario';

export const unitsThatWait: Scenario = {
  name: 'units that wait',
  sentence:
    'An order waits for units that another one has; that one is cancelled bit by bit, and so is the one that waits.',
  prepare: async (stage) => [
    await stage.place('north', '1001', {
      lines: [{ id: 'a', quantity: 2, opened: { onHand: 2, reserved: 2, spread: 2 } }],
    }),
    await stage.place('north', '1002', {
      lines: [{ id: 'b', quantity: 2, components: [{ of: '1001', sku: 'a', quantity: 1 }], reservedBy: 'movements' }],
    }),
  ],
  act(stage, [gives, waits]) {
    stage.let('system', 'north', 'warehouse', async (warehouse) => {
      const wait = { type: 'reserve', mayWait: true, quantity: 2, orderId: waits?.id, lineId: 'b', ref: 'w1' };
      const movements = [{ ...wait, sku: '1001-a', location: 'main' }];
      await warehouse.post('/v1/stock/movements', 'w1', { merchantId: waits?.merchantId, movements });
    });
    const cancelling = (
      name: string,
      orderId: string | undefined,
      lines: readonly object[] | undefined,
      after: number,
    ) =>
      stage.let('customer', 'north', name, async (customer) => {
        await customer.pause(after);
        const whole = { orderId, reason: customersReason };
        await customer.post('/v1/cancellations', name, lines === undefined ? whole : { ...whole, lines });
      });
    cancelling('gives one', gives?.id, [{ lineId: 'a', quantity: 1 }], 1_000);
    cancelling('waits no more', waits?.id, undefined, 2_000);
    cancelling('gives all', gives?.id, undefined, 3_000);
  },
};

export const tableAndMeal: Scenario = {
  name: 'table and meal',
  sentence:
    'A table is free again when its booking is cancelled; the meal that is being made is used, and waits for nothing.',
  prepare: async (stage) => [
    await stage.place('north', '1001', {
      lines: [
        { id: 'table', kind: 'service', quantity: 2, opened: { onHand: 3, reserved: 2 } },
        { id: 'meal', kind: 'prepared', stage: 'started', opened: { onHand: 1, reserved: 1 } },
      ],
      policy: {
        kinds: {
          ...aPolicy().kinds,
          service: { freeUntilStage: 'started', afterwards: 'refuse' },
          prepared: { freeUntilStage: 'served', afterwards: 'refuse' },
        },
      },
    }),
  ],
  act(stage, [order]) {
    stage.let('customer', 'north', 'one seat', async (customer) => {
      const lines = [{ lineId: 'table', quantity: 1 }];
      await customer.post('/v1/cancellations', 'one seat', { orderId: order?.id, reason: customersReason, lines });
      await customer.post('/v1/cancellations', 'all', { orderId: order?.id, reason: customersReason });
    });
  },
};

export const cupShipped: Scenario = {
  name: 'cup of a set shipped',
  sentence:
    'One component of a bundle leaves while the bundle is cancelled: what is here is free again, what has left is not.',
  prepare: async (stage) => [
    await stage.place('north', '1001', {
      lines: [
        {
          id: 'set',
          quantity: 2,
          components: [
            { sku: 'cup', quantity: 2 },
            { sku: 'saucer', quantity: 1 },
          ],
        },
      ],
    }),
  ],
  act(stage, [order]) {
    stage.let('system', 'north', 'warehouse', async (warehouse) => {
      const cup = { sku: '1001-cup', location: 'main', orderId: order?.id, lineId: 'set', quantity: 1 };
      const movements = [{ ...cup, type: 'ship', ref: 's1' }];
      await warehouse.post('/v1/stock/movements', 's1', { merchantId: order?.merchantId, movements });
    });
    stage.let('customer', 'north', 'one, then all', async (customer) => {
      const lines = [{ lineId: 'set', quantity: 1 }];
      await customer.post('/v1/cancellations', 'one', { orderId: order?.id, reason: customersReason, lines });
      await customer.pause(1_000);
      await customer.post('/v1/cancellations', 'all', { orderId: order?.id, reason: customersReason });
    });
  },
};
