import { ask, customersReason, graced } from './customer';
import type { Scenario } from './scenario';

export const shipVersusCancel: Scenario = {
  name: 'ship versus cancel',
  sentence: 'The warehouse claims the goods in the same moment in which the customer cancels: one of them wins.',
  inDepth: true,
  prepare: async (stage) => [await stage.place('north', '1001', { lines: [{ id: 'a', quantity: 2 }] })],
  act(stage, [order]) {
    stage.let('customer', 'north', 'customer', async (customer) => {
      await ask(customer, order);
    });
    stage.let('system', 'north', 'warehouse', async (warehouse) => {
      await warehouse.post(`/v1/orders/${order?.id ?? ''}/shipments`, 'w1', {
        ref: 'p1',
        lines: [{ lineId: 'a', quantity: 2 }],
      });
    });
  },
};

export const twoRequests: Scenario = {
  name: 'request racing request',
  sentence: 'Customer and support cancel the same order in the same moment, each with a key of their own.',
  inDepth: true,
  prepare: async (stage) => [await stage.place('north', '1001', { lines: [{ id: 'a', quantity: 2 }] })],
  act(stage, [order]) {
    stage.let('customer', 'north', 'customer', async (customer) => {
      await ask(customer, order);
    });
    stage.let('support', 'north', 'support', async (support) => {
      await support.post('/v1/cancellations', 's1', { orderId: order?.id, reason: { core: 'customer_asked' } });
    });
  },
};

export const doubleClick: Scenario = {
  name: 'double click',
  sentence: 'The same request is sent twice at once, with the same key.',
  prepare: async (stage) => [await stage.place('north', '1001', { lines: [{ id: 'a', quantity: 2 }] })],
  act(stage, [order]) {
    for (const finger of ['first', 'second']) {
      stage.let('customer', 'north', finger, async (customer) => {
        await ask(customer, order);
      });
    }
  },
};

export const refusedTwice: Scenario = {
  name: 'sent twice and refused',
  sentence:
    'Support’s request is on its way twice while the customer’s is open, which is then withdrawn; asked again later, it is done.',
  prepare: async (stage) => [await graced(stage)],
  act(stage, [order]) {
    stage.let('customer', 'north', 'customer', async (customer) => {
      const { id } = await ask(customer, order);
      await customer.pause(1_500);
      await customer.post(`/v1/cancellations/${id}/withdraw`, 'k2', {});
    });
    for (const copy of ['first', 'second']) {
      stage.let('support', 'north', copy, async (support) => {
        const wish = { orderId: order?.id, reason: { core: 'customer_asked' } };
        await support.pause(1_000);
        await support.post('/v1/cancellations', 's1', wish);
        await support.pause(60_000);
        await support.post('/v1/cancellations', 's1', wish);
      });
    }
  },
};

export const oneParcel: Scenario = {
  name: 'parcel of two cancellations',
  sentence:
    'Customer and support each cancel one line of the same parcel in the same moment; the carrier is asked once.',
  prepare: async (stage) => [
    await stage.place('north', '1001', {
      lines: [
        { id: 'a', quantity: 1 },
        { id: 'b', quantity: 1 },
      ],
      parcels: [
        {
          ref: 'p1',
          carried: true,
          lines: [
            { lineId: 'a', quantity: 1 },
            { lineId: 'b', quantity: 1 },
          ],
        },
      ],
    }),
  ],
  act(stage, [order]) {
    const cancels = (role: 'customer' | 'support', lineId: string, core: string): void =>
      stage.let(role, 'north', role, async (client) => {
        const lines = [{ lineId, quantity: 1 }];
        await client.post('/v1/cancellations', `k-${role}`, { orderId: order?.id, lines, reason: { core } });
      });
    cancels('customer', 'a', customersReason.core);
    cancels('support', 'b', 'customer_asked');
  },
};
