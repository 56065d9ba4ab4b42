/** A provider that answers no questions: it takes a call in, and its signed webhooks are all that is ever heard of it. */
import { cancels } from './customer';
import type { PlacedOrder, Scenario, Stage } from './scenario';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Two units that were paid through Adyen. */
const onAdyen = (stage: Stage): Promise<PlacedOrder> =>
  stage.place('north', '1001', { lines: [{ quantity: 2 }], tenders: [{ channel: 'adyen', amount: 2_000 }] });

/** What becomes of the next refund. */
const turnsOut = (stage: Stage, behaviour: object): Promise<unknown> =>
  stage.cloud.parties.control('adyen', 'behaviours', behaviour);

const ending =
  (wanted: string): NonNullable<Scenario['expect']> =>
  ({ cancellations, struck }) =>
    cancellations
      .filter(({ status }) => struck === 0 && status !== wanted)
      .map(({ id, status }) => `${id} is ${status}, without any fault`);

export const adyenTells: Scenario = {
  name: 'adyen tells',
  sentence: 'Adyen takes the refund in, and tells by webhook a quarter of an hour later that it is done.',
  inDepth: 'campaign',
  providers: ['adyen'],
  async prepare(stage) {
    const order = await onAdyen(stage);
    await turnsOut(stage, { status: 'received', then: 'succeeded', afterMs: 15 * MINUTE });
    return [order];
  },
  act: cancels,
  expect: ending('closed'),
};

export const adyenSilent: Scenario = {
  name: 'adyen does not answer',
  sentence: 'Adyen takes the refund in and its answer is lost: the same is asked for again, under the same key.',
  providers: ['adyen'],
  async prepare(stage) {
    const order = await onAdyen(stage);
    await turnsOut(stage, { status: 'received', then: 'succeeded', afterMs: 15 * MINUTE });
    const lost = { method: 'POST', answer: 'hang-up', applied: true, next: 1 };
    await stage.cloud.parties.control('adyen', 'faults', lost);
    return [order];
  },
  act: cancels,
  expect: ending('closed'),
};

export const adyenRefuses: Scenario = {
  name: 'adyen refuses afterwards',
  sentence: 'Adyen takes the refund in and tells later that it was refused: a person has to look.',
  providers: ['adyen'],
  async prepare(stage) {
    const order = await onAdyen(stage);
    const reason = 'Insufficient balance on payment';
    await turnsOut(stage, { status: 'received', then: 'refused', reason, afterMs: 15 * MINUTE });
    return [order];
  },
  act: cancels,
  expect: ending('in_case'),
};

export const adyenBounces: Scenario = {
  name: 'adyen bounces',
  sentence: 'Adyen tells that the refund is done, the order closes, and two days later the money has come back.',
  providers: ['adyen'],
  async prepare(stage) {
    const order = await onAdyen(stage);
    const reason = 'Refund rejected by the bank';
    await turnsOut(stage, { status: 'succeeded', then: 'failed', reason, afterMs: 48 * HOUR });
    return [order];
  },
  act: cancels,
  expect: ending('in_case'),
};

export const adyenReleases: Scenario = {
  name: 'adyen releases',
  sentence: 'The payment through Adyen was only authorized: it is reversed, and nothing is refunded.',
  providers: ['adyen'],
  prepare: async (stage) => [
    await stage.place('north', '1001', {
      lines: [{ quantity: 2 }],
      tenders: [{ channel: 'adyen', amount: 2_000, captured: [] }],
    }),
  ],
  act: cancels,
  expect: ending('closed'),
};
