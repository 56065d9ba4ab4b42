import { derivedId } from '../../../shared/domain/ids';
import { slotMinutes, slotOf } from '../../../shared/domain/open-postage';
import { cancels } from './customer';
import type { PlacedOrder, Scenario, Stage } from './scenario';
import { tick } from './schedules';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

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

/** The middle of the time of day at which the label of a parcel is asked after, so many days on. */
function askedAfter({ cloud }: Stage, { tenant, id }: PlacedOrder, days: number): number {
  const midnight = cloud.world.now - (cloud.world.now % DAY) + days * DAY;
  return midnight + (slotOf(derivedId('shp', tenant, id, 'p1')) + 0.5) * slotMinutes * MINUTE;
}

export const postageUnheard: Scenario = {
  name: 'postage unheard',
  sentence: 'The carrier gives the postage of a void label back, and no webhook tells of it: it is asked, once daily.',
  async prepare(stage) {
    const order = await stage.place('north', '1001', carried);
    await stage.cloud.parties.control('easypost', 'webhooks', { send: 'never' });
    return [order];
  },
  act(stage, orders) {
    const { parties, world } = stage.cloud;
    const [order] = orders as [PlacedOrder];
    cancels(stage, orders);
    // Of the rounds of every quarter of an hour these are the ones that find something; two of them may fail.
    for (const days of [1, 2, 3, 4]) world.at(askedAfter(stage, order, days), () => tick(stage.cloud, 'reconcile'));
    world.at(askedAfter(stage, order, 1) + DAY / 2, () =>
      world.resume(undefined, 15, () => void parties.control('easypost', 'settle', { shipment: order.parcels[0] })),
    );
  },
  expect: ({ shipments }) =>
    shipments
      .filter(({ position, postage }) => position === 'voided' && postage !== 'refunded')
      .map(({ ref, postage }) => `the postage of ${ref} is ${postage ?? 'unknown'}`),
};
