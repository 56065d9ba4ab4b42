import { isPayoutAccount, needsConnection, recordOf, unitsOf } from '../domain/channel';
import { moneyProblem } from '../domain/freeze';
import { exponentOf } from '../domain/money';
import type { OrderLine } from '../domain/order';
import { refuse, type Refusal } from '../domain/refusal';
import type { ConfiguredConnections } from '../ports/connections';
import type { NewOrder } from '../ports/order-store';
import { capturedOf } from './merge-payments';
import {
  moneyOfLine,
  orderMoneyOf,
  type IntakeLine,
  type IntakePayment,
  type IntakeShipment,
  type OrderIntake,
} from './order-intake';

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
  for (const [place, line] of intake.lines.entries()) {
    const wrong = stockProblem(line, `/lines/${place}`);
    if (wrong !== undefined) return wrong;
  }
  const short = (intake.payments ?? []).findIndex(
    (payment) => payment.authorized !== undefined && payment.authorized < capturedOf(payment),
  );
  if (short >= 0)
    return refuse('order_totals_wrong', `Payment ${short} captures more than it authorizes.`, {
      param: `/payments/${short}/authorized`,
    });
  const { payments = [], shipments = [] } = intake;
  const named = [
    ...payments.map(({ connectionId, channel }, place) => ({
      at: `/payments/${place}`,
      connectionId,
      provider: channel,
    })),
    ...shipments.map(({ connectionId, carrier }, place) => ({
      at: `/shipments/${place}`,
      connectionId,
      provider: carrier,
    })),
  ];
  for (const { at, ...connected } of named) {
    const lost = connectionProblem(connections, tenant, connected, at);
    if (lost !== undefined) return lost;
  }
  const parcel = parcelsProblem(intake.shipments ?? []);
  if (parcel !== undefined) return parcel;
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

/** The stock of a bundle lies where its components do, and each of them is named once. */
function stockProblem(line: IntakeLine, at: string): Refusal | undefined {
  const { location, components = [] } = line;
  const wrong = (field: string, why: string) => refuse('invalid_field', why, { param: `${at}/${field}` });
  for (const field of ['reservedBy', 'noRestock'] as const)
    if (line[field] !== undefined && location === undefined && components.length === 0)
      return wrong(field, 'The line says nowhere where its stock is.');
  if (location !== undefined && components.length > 0)
    return wrong('location', 'The stock of a bundle is where its components are.');
  const twice = firstRepeated(components.map((component) => `${component.location} ${component.sku}`));
  return twice === undefined ? undefined : wrong('components', `${twice} is named twice.`);
}

/** A parcel leaves from where its lines are held; what our stock does not hold may leave from anywhere. */
export function locationProblem(
  { id, location, components }: Pick<OrderLine, 'id' | 'location' | 'components'>,
  parcel: Pick<IntakeShipment, 'location'>,
  param: string,
): Refusal | undefined {
  const held = components?.map((component) => component.location) ?? (location === undefined ? [] : [location]);
  if (parcel.location === undefined || held.length === 0 || held.includes(parcel.location)) return undefined;
  return refuse('location_unknown', `Line ${id} is not held at ${parcel.location}.`, { param });
}

/** Each parcel has a name and, where its carrier is asked, a label of its own. */
function parcelsProblem(parcels: readonly IntakeShipment[]): Refusal | undefined {
  const twice = firstRepeated(parcels.map(({ ref }) => ref));
  if (twice !== undefined) return refuse('invalid_field', `Shipment ${twice} is named twice.`, { param: '/shipments' });
  const labels = parcels.flatMap(({ connectionId = '', providerShipmentRef }) =>
    providerShipmentRef === undefined ? [] : [`${connectionId} ${providerShipmentRef}`],
  );
  if (firstRepeated(labels) !== undefined)
    return refuse('label_taken', 'Two shipments of the order name the same label.', { param: '/shipments' });
  for (const [place, parcel] of parcels.entries()) {
    const wrong = labelProblem(parcel, `/shipments/${place}`);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

/** Who names a label names where it was bought: it could be neither asked after nor taken back otherwise. */
export function labelProblem(
  {
    carrier,
    connectionId,
    providerShipmentRef,
  }: Pick<IntakeShipment, 'carrier' | 'connectionId' | 'providerShipmentRef'>,
  at: string,
): Refusal | undefined {
  if (providerShipmentRef === undefined || (carrier !== undefined && connectionId !== undefined)) return undefined;
  const field = carrier === undefined ? 'carrier' : 'connectionId';
  return refuse('invalid_field', 'A label is named with its carrier and the connection.', { param: `${at}/${field}` });
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

/**
 * What names a connection names one of the tenant's, and one that leads to its channel or carrier: any other would be found
 * out only when money or a parcel has to come back.
 * @param provider the channel or carrier; absent: nobody is asked through it
 */
export function connectionProblem(
  connections: ConfiguredConnections,
  tenant: string,
  { connectionId, provider }: { connectionId?: string | undefined; provider?: string | undefined },
  at: string,
): Refusal | undefined {
  if (connectionId === undefined) return undefined;
  const known = connections.get(connectionId);
  const param = `${at}/connectionId`;
  // Whether another tenant has one of that name is not said.
  if (known?.tenant !== tenant)
    return refuse('connection_unknown', `It is not configured: ${connectionId}.`, { param });
  if (provider === undefined || known.provider === provider) return undefined;
  return refuse('connection_unknown', `${connectionId} leads to ${known.provider}, not to ${provider}.`, { param });
}

function firstRepeated(values: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return values.find((value) => seen.size === seen.add(value).size);
}
