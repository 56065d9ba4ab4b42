/** A provider that knows a number for ever, does what it took in later, and wants a minute between two refunds. */
import { cancels, customersReason, retriedAfter } from './customer';
import type { PlacedOrder, Scenario, Stage } from './scenario';

const MINUTE = 60_000;

const yuan = { currency: 'CNY', lines: [{ id: 'a', quantity: 3 }] } as const;

/** Three units that were paid through WeChat Pay. */
const onWechatPay = (stage: Stage): Promise<PlacedOrder> =>
  stage.place('north', '1001', { ...yuan, tenders: [{ channel: 'wechat_pay', amount: 3_000 }] });

/** What becomes of the next refund. */
const turnsOut = (stage: Stage, behaviour: object): Promise<unknown> =>
  stage.cloud.parties.control('wechat_pay', 'behaviours', behaviour);

const closes: NonNullable<Scenario['expect']> = ({ cancellations, struck }) =>
  cancellations
    .filter(({ status }) => struck === 0 && status !== 'closed')
    .map(({ id, status }) => `${id} is ${status}, without any fault`);

export const wechatPaysBack: Scenario = {
  name: 'wechat pays back',
  sentence: 'WeChat Pay takes the refund in, does it ten minutes later, and tells by a sealed webhook.',
  inDepth: 'campaign',
  providers: ['wechat_pay'],
  async prepare(stage) {
    const order = await onWechatPay(stage);
    await turnsOut(stage, { state: 'PROCESSING', then: 'SUCCESS', afterMs: 10 * MINUTE });
    return [order];
  },
  act: cancels,
  expect: closes,
};

export const wechatSaysNothing: Scenario = {
  name: 'wechat says nothing',
  sentence: 'WeChat Pay does the refund and sends no webhook: it is found by asking.',
  providers: ['wechat_pay'],
  async prepare(stage) {
    const order = await onWechatPay(stage);
    await stage.cloud.parties.control('wechat_pay', 'webhooks', { send: 'never' });
    return [order];
  },
  act: cancels,
  expect: closes,
};

export const wechatTwice: Scenario = {
  name: 'wechat twice in a minute',
  sentence: 'Two parts of one payment are cancelled within seconds: the second refund waits for its minute.',
  providers: ['wechat_pay'],
  prepare: async (stage) => [await onWechatPay(stage)],
  act(stage, [order]) {
    stage.let('customer', 'north', 'customer', async (customer) => {
      for (const [index, quantity] of [1, 2].entries()) {
        await customer.post('/v1/cancellations', `k${index + 1}`, {
          orderId: order?.id,
          lines: [{ lineId: 'a', quantity }],
          reason: customersReason,
        });
        await customer.pause(10_000);
      }
    });
  },
  expect: closes,
};

export const wechatClosesOrder: Scenario = {
  name: 'wechat order unpaid',
  sentence: 'Nobody has paid the order at WeChat Pay yet: it is closed there, and nothing is refunded.',
  providers: ['wechat_pay'],
  prepare: async (stage) => [
    await stage.place('north', '1001', {
      ...yuan,
      tenders: [{ channel: 'wechat_pay', amount: 3_000, captured: [] }],
    }),
  ],
  act: cancels,
  expect: closes,
};

export const wechatWithoutMoney: Scenario = {
  name: 'wechat without money',
  sentence: 'The shop has too little money at WeChat Pay: the same refund is asked for again, under the same number.',
  providers: ['wechat_pay'],
  async prepare(stage) {
    const order = await onWechatPay(stage);
    await turnsOut(stage, { method: 'POST', path: '/v3/refund', code: 'NOT_ENOUGH', status: 403 });
    return [order];
  },
  act: cancels,
  expect: closes,
};

export const wechatGivesUp: Scenario = {
  name: 'wechat gives up',
  sentence: 'WeChat Pay closes the refund that it took in; support tries it anew, under another number.',
  providers: ['wechat_pay'],
  async prepare(stage) {
    const order = await onWechatPay(stage);
    await turnsOut(stage, { state: 'PROCESSING', then: 'CLOSED', afterMs: 30 * MINUTE });
    return [order];
  },
  act: retriedAfter(90),
  expect: closes,
};
