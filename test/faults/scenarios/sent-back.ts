/** What lies with the buyer, or with the warehouse, when a cancellation is carried out. */
import type { ParcelRule, WarehouseRule } from '../../../shared/domain/policy';
import { carriers, endsUndisturbed, endUndisturbed, HOUR, MINUTE } from './called-back';
import { ask, cancels } from './customer';
import type { PlacedOrder, Scenario, Stage } from './scenario';

const parcels: ParcelRule = {
  ...{ callBack: 'freely', refundOn: 'receipt', answerHours: 12, returnDays: 2 },
  ...{ afterRefusal: 'return', sendBackDays: 3, inspectDays: 2 },
};

/** A parcel of two units that its carrier does not bring back. */
async function notBroughtBack(stage: Stage, terms: Partial<ParcelRule> = {}): Promise<PlacedOrder> {
  const order = await stage.place('north', '1001', {
    lines: [{ id: 'a', quantity: 2 }],
    tenders: [{ storeCredit: 2_000 }],
    parcels: [
      {
        ref: 'p1',
        position: 'handed_over',
        carried: true,
        carrier: 'sf_express',
        lines: [{ lineId: 'a', quantity: 2 }],
      },
    ],
    policy: { parcels: { ...parcels, ...terms } },
  });
  const refused = { call: 'intercept', shipment: order.parcels[0], refuse: '9001', next: 100 };
  await stage.cloud.parties.control('sf_express', 'behaviours', refused);
  return order;
}

export const sentBack: Scenario = {
  name: 'sent back',
  sentence:
    'The carrier does not bring the parcel back, the buyer does: a worn unit is paid back less, the other whole.',
  carriers,
  prepare: async (stage) => [await notBroughtBack(stage)],
  act(stage, [order]) {
    stage.let('customer', 'north', 'customer', async (customer) => {
      const { id } = await ask(customer, order);
      const path = `/v1/returns/${id.replace('can_', 'ret_')}`;
      stage.let('system', 'north', 'returns desk', async (desk) => {
        await desk.pause(5 * HOUR);
        await desk.post(`${path}/received`, 'r1', { lines: [{ lineId: 'a', quantity: 2 }] });
        await desk.pause(HOUR);
        const worn = { result: 'reduced', reason: 'worn', keep: { basisPoints: 5_000 }, noRestock: 'damaged' };
        const lines = [
          { lineId: 'a', quantity: 1, result: 'full' },
          { lineId: 'a', quantity: 1, ...worn },
        ];
        await desk.post(`${path}/inspected`, 'i1', { lines });
      });
    });
  },
  expect: endsUndisturbed('closed', ['refused']),
};

export const paidOnProof: Scenario = {
  name: 'paid on proof of sending',
  sentence: 'The buyer gets a label, shows on his last day that he has sent it, and has his money before it is here.',
  carriers,
  prepare: async (stage) => [await notBroughtBack(stage, { returnRefundOn: 'proof_of_sending' })],
  act(stage, [order]) {
    stage.let('customer', 'north', 'customer', async (customer) => {
      const { id } = await ask(customer, order);
      const path = `/v1/returns/${id.replace('can_', 'ret_')}`;
      stage.let('system', 'north', 'shop', async (shop) => {
        await shop.pause(2 * HOUR);
        await shop.post(`${path}/label`, 'l1', { url: 'https://shop.example/labels/1' });
      });
      await customer.pause(70 * HOUR);
      await customer.post(`${path}/sent`, 's1', { trackingCode: 'SF1' });
      stage.let('system', 'north', 'returns desk', async (desk) => {
        await desk.pause(20 * HOUR);
        await desk.post(`${path}/received`, 'r1', { lines: [{ lineId: 'a', quantity: 2 }] });
        await desk.post(`${path}/inspected`, 'i1', { lines: [{ lineId: 'a', quantity: 2, result: 'full' }] });
      });
    });
  },
  expect: endsUndisturbed('closed', ['refused']),
};

export const neverSentBack: Scenario = {
  name: 'never sent back',
  sentence: 'The carrier does not bring the parcel back, and neither does the buyer: the order stands.',
  carriers,
  prepare: async (stage) => [await notBroughtBack(stage)],
  act: cancels,
  expect: endsUndisturbed('undone', ['refused']),
};

const warehouse: WarehouseRule = { answerMinutes: 60, onSilence: 'shipped' };
const picked = (stage: Stage): Promise<PlacedOrder> =>
  stage.place('north', '1001', {
    lines: [{ id: 'a', quantity: 3 }],
    tenders: [{ storeCredit: 3_000 }],
    parcels: [{ ref: 'p1', lines: [{ lineId: 'a', quantity: 1 }] }],
    policy: { warehouse },
  });

/** The customer asks, and the warehouse says something twenty minutes later. */
const answered =
  (answer: 'stopped' | 'shipped'): Scenario['act'] =>
  (stage, [order]) =>
    stage.let('customer', 'north', 'customer', async (customer) => {
      const { id } = await ask(customer, order);
      stage.let('system', 'north', 'warehouse', async (system) => {
        await system.pause(20 * MINUTE);
        await system.post(`/v1/cancellations/${id}/hold`, 'h1', { answer });
      });
    });

export const warehouseStops: Scenario = {
  name: 'warehouse stops',
  sentence: 'What lies in no parcel yet is held; the warehouse says that it has stopped, and then the money goes.',
  prepare: async (stage) => [await picked(stage)],
  act: answered('stopped'),
  expect: endsUndisturbed('closed'),
};

export const warehouseHasShipped: Scenario = {
  name: 'warehouse has shipped',
  sentence:
    'The warehouse has shipped what lay in no parcel: that stays sold, and what lay in the parcel is paid back.',
  prepare: async (stage) => [await picked(stage)],
  act: answered('shipped'),
  expect: endUndisturbed('closed 1000', 'undone 2000'),
};

export const warehouseSilent: Scenario = {
  name: 'warehouse says nothing',
  sentence:
    'The warehouse says nothing within its hour, which means that it has shipped: the parcel alone is paid back.',
  prepare: async (stage) => [await picked(stage)],
  act: cancels,
  expect: endUndisturbed('closed 1000', 'undone 2000'),
};
