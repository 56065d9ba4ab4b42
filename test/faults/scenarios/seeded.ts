/** Stories made up by chance: several tenders, lines and quantities, and people who get in each other's way. */
import { chanceOf, oneOf, upTo, type Chance } from '../chance';
import type { Tender } from '../../support/order-sketch';
import type { Scenario } from './scenario';
import { furtherProviders } from '../world/settings';
import type { Actor, Story, Theatre } from './theatre';

const MINUTE = 60_000;

/** As many shapes of orders; which one a seed takes follows from the seed. */
export const SHAPES = 400;
/** Behind them so many that were paid in yuan, also through further providers and on our own ledger. */
const FURTHER = 100;

/** Every fifth seed is one with further providers. The laptop host plays only the others. */
export function shapeOf(seed: number): number {
  return seed % 5 === 4 ? SHAPES + (Math.floor(seed / 5) % FURTHER) : seed % SHAPES;
}

/** The shape of the orders: placed once, used by many seeds. */
export function seededScenario(shape: number): Omit<Scenario, 'prepare'> & Story {
  const further = shape >= SHAPES;
  const currency = further ? 'CNY' : 'GBP';
  const chance = chanceOf(shape * 7_919 + 13);
  const lines = Array.from({ length: 1 + upTo(chance, 3) }, (_, at) => ({
    id: `l${at}`,
    quantity: 1 + upTo(chance, 4),
    net: 101 + upTo(chance, 5_000),
    tax: upTo(chance, 400),
    kind: oneOf(chance, ['goods', 'goods', 'goods', 'digital'] as const),
  }));
  const shipping = chance() < 0.5 ? { amount: upTo(chance, 800), tax: upTo(chance, 99) } : undefined;
  const total =
    lines.reduce((sum, { net, tax }) => sum + net + tax, 0) + (shipping?.amount ?? 0) + (shipping?.tax ?? 0);
  const tenders = splitOver(chance, total, further);
  const graceMinutes = chance() < 0.3 ? 30 : 0;
  const approval =
    chance() < 0.35
      ? { above: { [currency]: 0 }, deadlineMinutes: 60, onSilence: oneOf(chance, ['approve', 'decline'] as const) }
      : null;
  const goods = lines.filter(({ kind }) => kind === 'goods');
  const labelled = chance() < 0.35 && goods.length > 0;
  const first = goods[0];
  const behaviour = oneOf(chance, ['plain', 'plain', 'pending', 'pending', 'failing', 'bouncing', 'action'] as const);
  const webhooks = oneOf(chance, ['after-reply', 'after-reply', 'before-reply', 'never'] as const);
  const carrier = oneOf(chance, ['accepts', 'accepts', 'refuses'] as const);
  return {
    name: `seeded ${shape}`,
    sentence: 'Made up by chance.',
    ...(further ? { providers: furtherProviders } : {}),
    async prepare(stage) {
      const order = await stage.place('north', '1001', {
        currency,
        lines,
        tenders,
        policy: { graceMinutes, approval },
        ...(shipping === undefined ? {} : { shipping }),
        ...(labelled && first !== undefined
          ? { parcels: [{ ref: 'p1', carried: true, lines: [{ lineId: first.id, quantity: first.quantity }] }] }
          : {}),
      });
      const { parties } = stage.cloud;
      await parties.control('stripe', 'webhooks', { send: webhooks, copies: chance() < 0.3 ? 2 : 1 });
      if (behaviour !== 'plain') await parties.control('stripe', 'behaviours', behaviours[behaviour]);
      if (labelled && carrier === 'refuses') {
        await parties.control('easypost', 'behaviours', { outcome: 'error', next: 100 });
      }
      if (further) await behaveByChance(parties, chance);
      return [order];
    },
    act(stage, orders) {
      this.actBy(stage, orders, chanceOf(shape));
    },
    actBy(stage, [order], luck) {
      const people = 1 + upTo(luck, 3);
      for (let person = 0; person < people; person += 1) {
        const role = person === 0 || luck() < 0.6 ? 'customer' : 'support';
        const choices = wishesOf(luck, lines);
        const wait = luck() < 0.5 ? 0 : upTo(luck, 3 * MINUTE);
        const thinksAgain = luck() < 0.2;
        const thinksAfter = oneOf(luck, [0, MINUTE, 30 * MINUTE, 60 * MINUTE]);
        const answers = approval !== null && luck() < 0.7;
        const answersAfter = oneOf(luck, [0, 10, 59, 60, 61]) * MINUTE;
        const verdict = oneOf(luck, ['approve', 'decline'] as const);
        stage.let(role, 'north', `${role} ${person}`, async (client) => {
          await client.pause(wait);
          const { status, body } = await client.post('/v1/cancellations', `k${person}`, {
            orderId: order?.id,
            ...(choices === undefined ? {} : { lines: choices }),
            reason: { core: role === 'customer' ? 'changed_mind' : 'customer_asked' },
          });
          if (status >= 300 || status === 0) return;
          const { id } = body as { id: string };
          if (answers) stage.let('merchant', 'north', `merchant ${person}`, answering(id, verdict, answersAfter));
          if (!thinksAgain) return;
          await client.pause(thinksAfter);
          await client.post(`/v1/cancellations/${id}/withdraw`, `w${person}`, {});
        });
      }
      if (luck() < 0.35 && first !== undefined && !labelled) {
        const quantity = 1 + upTo(luck, first.quantity);
        const wait = luck() < 0.6 ? 0 : upTo(luck, 2 * MINUTE);
        stage.let('system', 'north', 'warehouse', async (warehouse) => {
          await warehouse.pause(wait);
          await warehouse.post(`/v1/orders/${order?.id ?? ''}/shipments`, 'w', {
            ref: 'p9',
            lines: [{ lineId: first.id, quantity }],
          });
        });
      }
    },
  };
}

const behaviours = {
  pending: { status: 'pending', then: 'succeeded', afterMs: 20 * MINUTE, next: 2 },
  failing: { status: 'failed', failureReason: 'lost_or_stolen_card', next: 3 },
  bouncing: {
    status: 'succeeded',
    then: 'failed',
    failureReason: 'expired_or_canceled_card',
    afterMs: 30 * 60 * MINUTE,
  },
  action: { status: 'requires_action', then: 'succeeded', afterMs: 90 * MINUTE },
} as const;

/** What is never told by Adyen is never known; WeChat Pay can be asked. */
async function behaveByChance(parties: Parties, chance: Chance): Promise<void> {
  const adyen = oneOf(chance, ['plain', 'plain', 'later', 'refused', 'bouncing'] as const);
  const send = oneOf(chance, ['after-reply', 'after-reply', 'before-reply'] as const);
  await parties.control('adyen', 'webhooks', { send, copies: chance() < 0.3 ? 2 : 1 });
  if (adyen !== 'plain') await parties.control('adyen', 'behaviours', ofAdyen[adyen]);
  const wechatPay = oneOf(chance, ['plain', 'plain', 'later', 'closed', 'poor'] as const);
  const told = oneOf(chance, ['after-reply', 'after-reply', 'before-reply', 'never'] as const);
  await parties.control('wechat_pay', 'webhooks', { send: told });
  if (wechatPay !== 'plain') await parties.control('wechat_pay', 'behaviours', ofWechatPay[wechatPay]);
}

type Parties = Theatre['cloud']['parties'];

const ofAdyen = {
  later: { status: 'received', then: 'succeeded', afterMs: 20 * MINUTE, next: 2 },
  refused: { status: 'received', then: 'refused', reason: 'Refund refused', afterMs: 5 * MINUTE, next: 2 },
  bouncing: { status: 'succeeded', then: 'failed', reason: 'Refund rejected', afterMs: 30 * 60 * MINUTE },
} as const;

const ofWechatPay = {
  later: { state: 'PROCESSING', then: 'SUCCESS', afterMs: 20 * MINUTE, next: 2 },
  closed: { state: 'PROCESSING', then: 'CLOSED', afterMs: 40 * MINUTE },
  poor: { method: 'POST', path: '/v3/refund', code: 'NOT_ENOUGH', status: 403, next: 2 },
} as const;

const answering = (id: string, verdict: string, after: number) => async (merchant: Actor) => {
  await merchant.pause(after);
  await merchant.post(`/v1/cancellations/${id}/${verdict}`, `m${id}`, verdict === 'decline' ? { code: 'packed' } : {});
};

/** One to three tenders that come to the total; the last of them may be uncaptured. */
function splitOver(chance: Chance, total: number, further: boolean): Tender[] {
  const count = Math.min(1 + upTo(chance, 3), total);
  const tenders: Tender[] = [];
  let left = total;
  for (let at = 0; at < count; at += 1) {
    const amount = at === count - 1 ? left : 1 + upTo(chance, Math.max(1, left - (count - at - 1)));
    left -= amount;
    if (further && chance() < 0.7) tenders.push(furtherTender(chance, amount));
    else if (chance() < 0.25) tenders.push({ storeCredit: amount });
    else tenders.push(chance() < 0.2 && at === count - 1 ? { card: amount, captured: 0 } : { card: amount });
    if (left === 0) break;
  }
  return tenders;
}

function furtherTender(chance: Chance, amount: number): Tender {
  const channel = oneOf(chance, ['adyen', 'adyen', 'wechat_pay', 'wechat_pay', 'gift_card', 'loyalty_points'] as const);
  if (channel === 'gift_card') return { channel, amount, account: 'gift-1' };
  if (channel === 'loyalty_points') return { channel, amount, account: 'member-1', points: 10 * amount };
  return { channel, amount };
}

/** Some of the units of some lines; undefined: everything. */
function wishesOf(chance: Chance, lines: readonly { id: string; quantity: number }[]) {
  if (chance() < 0.5) return undefined;
  const some = lines.filter(() => chance() < 0.6);
  return (some.length === 0 ? lines.slice(0, 1) : some).map(({ id, quantity }) => ({
    lineId: id,
    quantity: 1 + upTo(chance, quantity),
  }));
}
