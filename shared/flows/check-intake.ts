import { isPayoutAccount, needsConnection, recordOf, unitsOf } from '../domain/channel';
import { moneyProblem } from '../domain/freeze';
import { exponentOf } from '../domain/money';
import { refuse, type Refusal } from '../domain/refusal';
import type { ConfiguredConnections } from '../ports/connections';
import type { NewOrder } from '../ports/order-store';
import { capturedOf } from './merge-payments';
import { moneyOfLine, orderMoneyOf, type IntakePayment, type OrderIntake } from './order-intake';

/** @returns why an order cannot be taken in as it was sent; undefined when it can */
export function orderProblem(
  intake: OrderIntake,
  tenant: string,
  connections: ConfiguredConnections,
): Refusal | undefined {
  if (exponentOf(intake.currency) === undefined)
    return refuse('currency_unknown', `We do not know ${intake.currency}.`, { param: '/currency' });
  const twice = firstRepeated(intake.lines.map((line) => line.id));
  if (twice !== undefined) return refuse('invalid_field', `Line ${twice} is named twice.`, { param: '/lines' });
  const paidTwice = firstRepeated((intake.payments ?? []).map((payment) => payment.ref));
  if (paidTwice !== undefined)
    return refuse('invalid_field', `Payment ${paidTwice} is named twice.`, { param: '/payments' });
  const wrong = moneyProblem(intake.lines.map(moneyOfLine), orderMoneyOf(intake));
  if (wrong !== undefined) return refuse('order_totals_wrong', `It does not add up: ${wrong}.`, { param: '/lines' });
  const noCard = intake.lines.findIndex(
    ({ spent, kind, quantity }) => spent !== undefined && (kind !== 'digital' || quantity > 1),
  );
  if (noCard >= 0)
    return refuse('invalid_field', 'Something is spent of a gift card only: a digital line of one unit.', {
      param: `/lines/${noCard}/spent`,
    });
  const short = (intake.payments ?? []).findIndex(
    (payment) => payment.authorized !== undefined && payment.authorized < capturedOf(payment),
  );
  if (short >= 0)
    return refuse('order_totals_wrong', `Payment ${short} captures more than it authorizes.`, {
      param: `/payments/${short}/authorized`,
    });
  for (const [name, parts] of [
    ['payments', intake.payments ?? []],
    ['shipments', intake.shipments ?? []],
  ] as const) {
    const lost = parts.findIndex((part) => !isConnected(connections, tenant, part));
    if (lost >= 0)
      return refuse('connection_unknown', `It is not configured: ${parts[lost]?.connectionId ?? ''}.`, {
        param: `/${name}/${lost}/connectionId`,
      });
  }
  const homeless = (intake.payments ?? []).findIndex(
    (payment) => needsConnection(payment.channel) && payment.connectionId === undefined,
  );
  if (homeless >= 0)
    return refuse('invalid_field', 'A payment of this channel names its connection.', {
      param: `/payments/${homeless}/connectionId`,
    });
  for (const [place, payment] of (intake.payments ?? []).entries()) {
    const at = `/payments/${place}`;
    const wrong = capturesProblem(payment, at) ?? pointsProblem(payment, at) ?? accountProblem(payment, at);
    if (wrong !== undefined) return wrong;
  }
  const foreign = (intake.payments ?? []).findIndex(({ channel }) => unitsOf(channel, intake.currency) === undefined);
  if (foreign >= 0) return currencyNotSupported(`/payments/${foreign}/channel`);
  return undefined;
}

/** A capture is known by its name: two of one name would give back from each other. */
export function capturesProblem({ captures }: Pick<IntakePayment, 'captures'>, at: string): Refusal | undefined {
  const twice = firstRepeated(captures.map(({ ref }) => ref));
  if (twice === undefined) return undefined;
  return refuse('invalid_field', `Capture ${twice} is named twice.`, { param: `${at}/captures` });
}

/** Points are redeemed at once, and an amount of money alone does not say how many. */
export function pointsProblem(
  { channel, points, captures }: Pick<IntakePayment, 'channel' | 'points' | 'captures'>,
  at: string,
): Refusal | undefined {
  const redeemed = recordOf(channel).kind === 'points';
  if (redeemed !== (points !== undefined))
    return refuse('invalid_field', redeemed ? 'It says how many points.' : 'Only points have points.', {
      param: `${at}/points`,
    });
  if (redeemed && captures.length > 1)
    return refuse('invalid_field', 'Points are redeemed in one capture.', { param: `${at}/captures` });
  return undefined;
}

/** Two views of a payment may each have one capture and together two. */
export function mergedPointsProblem({ payments }: Pick<NewOrder, 'payments'>): Refusal | undefined {
  for (const payment of payments) {
    const wrong = pointsProblem(payment, '');
    if (wrong !== undefined) return { ...wrong, param: '/payments' };
  }
  return undefined;
}

/**
 * Where money is paid out, a payment may name the token of the account and nothing else: the number of somebody's bank
 * account must not get into the books. Without one it is taken, and the buyer can be asked.
 */
export function accountProblem(
  { channel, account }: Pick<IntakePayment, 'channel' | 'account'>,
  at: string,
): Refusal | undefined {
  if (recordOf(channel).payoutAccount === undefined || account === undefined) return undefined;
  if (isPayoutAccount(channel, account)) return undefined;
  return refuse('invalid_field', 'It is not the token of an account to pay out to.', { param: `${at}/account` });
}

export const currencyNotSupported = (param: string): Refusal =>
  refuse('currency_not_supported', 'This channel does not move money in the currency of the order.', { param });

/** Whether what names a connection names one of the tenant's. */
export function isConnected(
  connections: ConfiguredConnections,
  tenant: string,
  { connectionId }: { connectionId?: string | undefined },
): boolean {
  return connectionId === undefined || connections.get(connectionId) === tenant;
}

function firstRepeated(values: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return values.find((value) => seen.size === seen.add(value).size);
}
