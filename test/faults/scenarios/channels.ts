/** Refunds that cannot go the way they should: a card that is gone, a shop without money, three tenders at once. */
import { ask, cancels } from './customer';
import type { Scenario } from './scenario';

const HOUR = 3_600_000;

export const cardGone = { status: 'failed', failureReason: 'lost_or_stolen_card', next: 100 };
const asksBuyer = { lines: [{ quantity: 2 }], policy: { askBuyerHours: 24 } };

export const buyerChooses: Scenario = {
  name: 'buyer chooses',
  sentence: 'The card is gone; the buyer is asked, and takes store credit instead.',
  inDepth: 'campaign',
  async prepare(stage) {
    const order = await stage.place('north', '1001', asksBuyer);
    await stage.cloud.parties.control('stripe', 'behaviours', cardGone);
    return [order];
  },
  act(stage, [order]) {
    stage.let('customer', 'north', 'customer', async (customer) => {
      const { id } = await ask(customer, order);
      await customer.pause(HOUR);
      await customer.post(`/v1/cancellations/${id}/destination`, 'd1', { destination: 'store_credit' });
    });
  },
  expect: ({ cancellations, struck }) =>
    cancellations
      .filter(({ status }) => struck === 0 && status !== 'closed')
      .map(({ id, status }) => `${id} is ${status}`),
};

export const buyerSilent: Scenario = {
  name: 'buyer says nothing',
  sentence:
    'The card is gone; the buyer is asked and says nothing until the deadline: no money moved, so the order stands.',
  async prepare(stage) {
    const order = await stage.place('north', '1001', asksBuyer);
    await stage.cloud.parties.control('stripe', 'behaviours', cardGone);
    return [order];
  },
  act: cancels,
  expect: ({ cancellations }) =>
    cancellations.filter(({ status }) => status === 'closed').map(({ id }) => `${id} closed without its money`),
};

export const buyerAtTheDeadline: Scenario = {
  name: 'buyer at the deadline',
  sentence: 'The card is gone; the buyer answers in the same instant in which his time is over.',
  async prepare(stage) {
    const order = await stage.place('north', '1001', asksBuyer);
    await stage.cloud.parties.control('stripe', 'behaviours', cardGone);
    return [order];
  },
  act(stage, [order]) {
    stage.let('customer', 'north', 'customer', async (customer) => {
      const { id } = await ask(customer, order);
      await customer.pause(HOUR);
      const { body } = await customer.get(`/v1/cancellations/${id}`);
      const { choice } = body as { choice?: { deadlineAt: string } };
      if (choice === undefined) return;
      await customer.until(Date.parse(choice.deadlineAt));
      await customer.post(`/v1/cancellations/${id}/destination`, 'd1', { destination: 'store_credit' });
    });
  },
};

export const shopWithoutMoney: Scenario = {
  name: 'shop without money',
  sentence: "The shop's account at the provider has too little money for the refund, and has it an hour later.",
  inDepth: 'campaign',
  async prepare(stage) {
    const order = await stage.place('north', '1001', { lines: [{ quantity: 2 }] });
    await stage.cloud.parties.control('stripe', 'behaviours', {
      status: 'pending',
      then: 'failed',
      failureReason: 'insufficient_funds',
      afterMs: HOUR / 6,
      next: 1,
    });
    return [order];
  },
  act: cancels,
  expect: ({ cancellations, struck }) =>
    cancellations
      .filter(({ status }) => struck === 0 && status !== 'closed')
      .map(({ id, status }) => `${id} is ${status}`),
};

export const threeTenders: Scenario = {
  name: 'three tenders',
  sentence: 'Store credit and two cards, of which one is disputed: two go back, the third waits for a person.',
  prepare: async (stage) => [
    await stage.place('north', '1001', {
      lines: [{ quantity: 3 }],
      tenders: [{ storeCredit: 500 }, { card: 1_500 }, { card: 1_000, disputed: true }],
    }),
  ],
  act: cancels,
  expect: ({ cancellations }) =>
    cancellations.filter(({ status }) => status !== 'in_case').map(({ id, status }) => `${id} is ${status}`),
};

/** Two hours later, when every refund has come to its end, he takes store credit for what has failed. */
const choosesCredit: Scenario['act'] = (stage, [order]) =>
  stage.let('customer', 'north', 'customer', async (customer) => {
    const { id } = await ask(customer, order);
    await customer.pause(2 * HOUR);
    await customer.post(`/v1/cancellations/${id}/destination`, 'd1', { destination: 'store_credit' });
  });

const closes: NonNullable<Scenario['expect']> = ({ cancellations, struck }) =>
  cancellations
    .filter(({ status }) => struck === 0 && status !== 'closed')
    .map(({ id, status }) => `${id} is ${status}, without any fault`);

export const threeKinds: Scenario = {
  name: 'three kinds of tenders',
  sentence:
    'A gift card, Adyen and a card of Stripe that is gone: two go back, and the buyer takes store credit for the third.',
  providers: ['adyen'],
  async prepare(stage) {
    const order = await stage.place('north', '1001', {
      lines: [{ quantity: 3 }],
      tenders: [
        { channel: 'gift_card', amount: 500, account: 'gift-1' },
        { channel: 'adyen', amount: 1_500 },
        { card: 1_000 },
      ],
      policy: { askBuyerHours: 24 },
    });
    await stage.cloud.parties.control('stripe', 'behaviours', cardGone);
    return [order];
  },
  act: choosesCredit,
  expect: closes,
};

export const threeKindsInYuan: Scenario = {
  name: 'three kinds in yuan',
  sentence:
    'Store credit, WeChat Pay and Adyen, which refuses afterwards: two go back, and the buyer takes store credit for the third.',
  providers: ['adyen', 'wechat_pay'],
  async prepare(stage) {
    const order = await stage.place('north', '1001', {
      currency: 'CNY',
      lines: [{ quantity: 3 }],
      tenders: [{ storeCredit: 500 }, { channel: 'wechat_pay', amount: 1_500 }, { channel: 'adyen', amount: 1_000 }],
      policy: { askBuyerHours: 24 },
    });
    const refused = { status: 'received', then: 'refused', reason: 'Refund refused', afterMs: HOUR / 6 };
    await stage.cloud.parties.control('adyen', 'behaviours', refused);
    return [order];
  },
  act: choosesCredit,
  expect: closes,
};

export const ownKinds: Scenario = {
  name: 'gift card and points',
  sentence: 'A gift card and loyalty points, both on our own ledger: each comes back as what it was.',
  prepare: async (stage) => [
    await stage.place('north', '1001', {
      lines: [{ quantity: 3 }],
      tenders: [
        { channel: 'gift_card', amount: 2_000, account: 'gift-1' },
        { channel: 'loyalty_points', amount: 1_000, account: 'member-1', points: 10_000 },
      ],
    }),
  ],
  act: cancels,
  expect: closes,
};
