import { cancels } from './customer';
import type { Scenario } from './scenario';

const carried = {
  lines: [{ id: 'a', quantity: 2 }],
  parcels: [{ ref: 'p1', carried: true, lines: [{ lineId: 'a', quantity: 2 }] }],
} as const;

export const labelVoided: Scenario = {
  name: 'label voided',
  sentence: 'The parcel has a label; the carrier takes it back, then the money goes.',
  inDepth: true,
  prepare: async (stage) => [await stage.place('north', '1001', carried)],
  act: cancels,
};

export const labelRefused: Scenario = {
  name: 'label refused',
  sentence: 'The carrier does not take the label back: the order stands and no money moves.',
  inDepth: true,
  async prepare(stage) {
    const order = await stage.place('north', '1001', carried);
    await stage.cloud.parties.control('easypost', 'behaviours', { outcome: 'error', next: 100 });
    return [order];
  },
  act: cancels,
};

export const carrierNeverSays: Scenario = {
  name: 'carrier never says',
  sentence: 'The carrier breaks off whenever it is asked to take the label back: after some waits the order stands.',
  async prepare(stage) {
    const order = await stage.place('north', '1001', carried);
    const path = `/v2/shipments/${order.parcels[0] ?? ''}/refund`;
    await stage.cloud.parties.control('easypost', 'faults', { method: 'POST', path, answer: 'hang-up', next: 1_000 });
    return [order];
  },
  act: cancels,
  expect: ({ cancellations }) =>
    cancellations.filter(({ status }) => status !== 'undone').map(({ id, status }) => `${id} is ${status}`),
};
