import { cancels, onTwoCards, pendingFor50Minutes, retriedAfter } from './customer';
import type { Scenario } from './scenario';

export const refusedForGood: Scenario = {
  name: 'refused for good',
  sentence: 'The only refund fails for good: what was released is reserved again and the order stands.',
  async prepare(stage) {
    const order = await stage.place('north', '1001', { lines: [{ quantity: 2 }] });
    await stage.cloud.parties.control('stripe', 'behaviours', {
      status: 'failed',
      failureReason: 'lost_or_stolen_card',
      next: 100,
    });
    return [order];
  },
  act: cancels,
  expect: ({ cancellations }) =>
    cancellations.filter(({ status }) => status === 'closed').map(({ id }) => `${id} closed without its money`),
};

export const halfCaptured: Scenario = {
  name: 'half captured',
  sentence: 'Half of the card payment was captured: that goes back, and the other half is not taken any more.',
  prepare: async (stage) => [
    await stage.place('north', '1001', { lines: [{ quantity: 2 }], tenders: [{ card: 2_000, captured: 1_000 }] }),
  ],
  act: cancels,
  // No provider refuses what was captured: without faults it closes, and nothing is a reason to undo it.
  expect: ({ cancellations, struck }) =>
    cancellations
      .filter(({ status }) => (struck === 0 ? status !== 'closed' : status === 'undone'))
      .map(({ id, status }) => `${id} is ${status}`),
};

export const retriedTooEarly: Scenario = {
  name: 'case retried too early',
  sentence: 'One refund fails while another is pending: support tries again at once, is told to wait, and comes back.',
  async prepare(stage) {
    const order = await onTwoCards(stage);
    const [first, second] = order.payments;
    const { parties } = stage.cloud;
    await parties.control('stripe', 'behaviours', pendingFor50Minutes(first));
    await parties.control('stripe', 'behaviours', {
      payment_intent: second,
      status: 'failed',
      failureReason: 'declined',
      next: 1,
    });
    return [order];
  },
  act: retriedAfter(20, 70),
};
