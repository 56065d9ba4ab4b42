import { ask, cancels, graced } from './customer';
import type { PlacedOrder, Scenario, Stage } from './scenario';

const MINUTE = 60_000;

export const graceRunsOut: Scenario = {
  name: 'grace runs out',
  sentence: 'The customer does not think again: when the grace window ends, the cancellation is carried out.',
  prepare: async (stage) => [await graced(stage)],
  act: cancels,
};

export const graceWithdrawn: Scenario = {
  name: 'grace, withdrawn',
  sentence: 'The customer thinks again in the grace window and keeps the order.',
  inDepth: true,
  prepare: async (stage) => [await graced(stage)],
  act(stage, [order]) {
    stage.let('customer', 'north', 'customer', async (customer) => {
      const { id } = await ask(customer, order);
      await customer.pause(10 * MINUTE);
      await customer.post(`/v1/cancellations/${id}/withdraw`, 'k2', {});
    });
  },
};

export const graceWithdrawnAtTheEnd: Scenario = {
  name: 'grace, last instant',
  sentence: 'The customer thinks again in the same instant in which the grace window ends.',
  inDepth: true,
  prepare: async (stage) => [await graced(stage)],
  act(stage, [order]) {
    stage.let('customer', 'north', 'customer', async (customer) => {
      const { id, graceUntil } = await ask(customer, order);
      await customer.until(Date.parse(graceUntil ?? '') || 0);
      await customer.post(`/v1/cancellations/${id}/withdraw`, 'k2', {});
    });
  },
};

const approval = (onSilence: 'approve' | 'decline') => ({
  approval: { above: { GBP: 0 }, deadlineMinutes: 120, onSilence },
});

const asked = (stage: Stage, onSilence: 'approve' | 'decline'): Promise<PlacedOrder> =>
  stage.place('north', '1001', { lines: [{ quantity: 2 }], policy: approval(onSilence) });

function answered(name: string, sentence: string, verdict: 'approve' | 'decline', minutes: number): Scenario {
  return {
    name,
    sentence,
    inDepth: true,
    prepare: async (stage) => [await asked(stage, 'approve')],
    act(stage, [order]) {
      // The merchant's screen shows the request: he answers by its id, which follows from the customer's key.
      stage.let('customer', 'north', 'customer', async (customer) => {
        const { id } = await ask(customer, order);
        stage.let('merchant', 'north', 'merchant', async (merchant) => {
          await merchant.pause(minutes * MINUTE);
          const body = verdict === 'decline' ? { code: 'made_to_order' } : {};
          await merchant.post(`/v1/cancellations/${id}/${verdict}`, 'm1', body);
        });
      });
    },
  };
}

export const approved = answered('approved', 'The merchant approves within his deadline.', 'approve', 30);
export const declined = answered('declined', 'The merchant declines within his deadline.', 'decline', 30);
export const approvedAtTheDeadline = answered(
  'approved at the deadline',
  'The merchant declines in the same instant in which silence would have approved.',
  'decline',
  120,
);

export const silence: Scenario = {
  name: 'silence',
  sentence: 'Nobody decides, and the policy says that silence approves.',
  inDepth: true,
  prepare: async (stage) => [await asked(stage, 'approve')],
  act: cancels,
};

export const silenceDeclines: Scenario = {
  name: 'silence declines',
  sentence: 'Nobody decides, and the policy says that silence declines.',
  prepare: async (stage) => [await asked(stage, 'decline')],
  act: cancels,
};
