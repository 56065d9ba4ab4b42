import type { PathName } from '../budgets';
import { policyOf, type Reply, type Shop, type Sold } from '../shop';
import type { Policy } from '../../shared/domain/policy';

/** A way from a request to the closed cancellation. */
export interface Path {
  name: PathName;
  title: string;
  policy: Policy;
  /** What of the policy sends a cancellation along this path. */
  terms: string;
  /** Absent: one card, and nothing has left. */
  sold?: Sold;
  /** Walks it for one order. @returns the answers that the callers got */
  walk(shop: Shop, orderId: string): Promise<{ cancellationId: string; replies: Reply[] }>;
}

const graceMinutes = 30;
const approval = { above: { GBP: 0 }, deadlineMinutes: 48 * 60, onSilence: 'approve' } as const;

export const paths: readonly Path[] = [
  {
    name: 'instant',
    title: 'instant',
    policy: policyOf('bench-instant', { graceMinutes: 0, approval: null }),
    terms: 'no grace, no approval',
    walk: async (shop, orderId) => {
      const reply = await ask(shop, orderId);
      return { cancellationId: idOf(reply), replies: [reply] };
    },
  },
  {
    name: 'threeTenders',
    title: 'three tenders',
    policy: policyOf('bench-three-tenders', { graceMinutes: 0, approval: null }),
    terms: 'no grace, no approval; two cards and a gift card',
    sold: { tenders: 'two cards and a gift card' },
    walk: async (shop, orderId) => {
      const reply = await ask(shop, orderId);
      return { cancellationId: idOf(reply), replies: [reply] };
    },
  },
  {
    name: 'grace',
    title: 'grace, then automatic',
    policy: policyOf('bench-grace', { graceMinutes, approval: null }),
    terms: `${graceMinutes} minutes of grace, no approval`,
    walk: async (shop, orderId) => {
      const reply = await ask(shop, orderId);
      await shop.laptop.idle();
      shop.laptop.clock.moveTo(shop.laptop.clock.now() + graceMinutes * 60_000 + 1_000);
      return { cancellationId: idOf(reply), replies: [reply] };
    },
  },
  {
    name: 'approval',
    title: 'approval',
    policy: policyOf('bench-approval', { graceMinutes: 0, approval }),
    terms: 'no grace, every refund above 0 needs the merchant, who approves',
    walk: async (shop, orderId) => {
      const reply = await ask(shop, orderId);
      await shop.laptop.idle();
      const approved = await shop.approve(idOf(reply));
      if (approved.status !== 200) throw new Error(`The approval was answered ${describe(approved)}`);
      return { cancellationId: idOf(reply), replies: [reply, approved] };
    },
  },
  {
    name: 'interception',
    title: 'interception',
    policy: policyOf('bench-interception', {
      ...{ graceMinutes: 0, approval: null },
      parcels: { callBack: 'freely', refundOn: 'receipt', answerHours: 24, returnDays: 21 },
    }),
    terms: 'no grace, no approval; a parcel on its way is called back, its money waits until it is received',
    sold: { sent: true },
    walk: async (shop, orderId) => {
      const reply = await ask(shop, orderId);
      await shop.laptop.idle();
      const received = await shop.receiveParcel(orderId);
      return { cancellationId: idOf(reply), replies: [reply, received] };
    },
  },
];

async function ask(shop: Shop, orderId: string): Promise<Reply> {
  const reply = await shop.requestCancellation(orderId);
  if (reply.status !== 201 && reply.status !== 202) throw new Error(`The request was answered ${describe(reply)}`);
  return reply;
}

const idOf = ({ body }: Reply): string => String(body['id']);
const describe = ({ status, body }: Reply): string => `${status} ${JSON.stringify(body).slice(0, 300)}`;
