import { PermanentFault } from '../../domain/faults';
import type {
  DeliveryAddress,
  Interception,
  InterceptionAnswer,
  InterceptionFee,
  InterceptionQuote,
  InterceptionWish,
  Label,
} from '../../ports/carrier';
import type { Connection } from '../../ports/connections';
import { member, text } from '../json-members';
import { lost, type CallKind } from '../payments/provider-call';
import { minorUnits } from './decimal-amount';
import { call, transactionId, type UpsLine } from './ups-call';

/** Return to sender, as eligibility and as requests call it. */
const RETURN = { feature: 'RTS', request: 'RS' } as const;
const ADDRESS = 'AA';

/** RECEIVER REFUSED, CANCELLED ORDER */
const REASON = 'AM';

/** Eligibility of one of our wishes. */
interface Eligibility {
  /** `ELIGIBLE`, `NOT_ELIGIBLE`, `UNKNOWN`, or the code of an error. */
  create: string;
  /** There is a wish that can be taken back. */
  isAskedFor: boolean;
}

/**
 * Delivery Intercept v2: https://github.com/UPS-API/api-documentation/blob/main/DeliveryIntercept.yaml
 *
 * A refusal is HTTP 200 with `success: false`. UPS knows no keys of ours: whether a wish that it refuses was made before is
 * seen in that it can be taken back. Its settings name who asks (`contactName`, `contactPhone`).
 */
export function upsInterception(line: UpsLine): Interception {
  return {
    quote: (label) => quote(line, label),
    request: (wish) =>
      ask(line, wish, 'return', { requestType: RETURN.request, reasonForReturn: REASON }, () => isAskedFor(line, wish)),
    redirect: (wish) =>
      ask(line, wish, 'redirect/address', { requestType: ADDRESS, newDeliveryAddress: addressOf(wish.to) }),
    cancel: (wish) => ask(line, wish, 'cancel', { requestType: RETURN.request }),
  };
}

/** Whether UPS has a wish to return this parcel. */
export async function isAskedFor(line: UpsLine, label: Label): Promise<boolean> {
  return (await eligibility(line, label)).isAskedFor;
}

async function quote(line: UpsLine, label: Label): Promise<InterceptionQuote> {
  const { create } = await eligibility(line, label);
  if (create === 'NOT_ELIGIBLE') return { eligible: 'no', word: create };
  if (create !== 'ELIGIBLE') return { eligible: 'unknown', word: create };
  const fee = await feeOf(line, label);
  return { eligible: 'yes', word: create, ...(fee === undefined ? {} : { fee }) };
}

async function eligibility(line: UpsLine, label: Label): Promise<Eligibility> {
  const body = await talk(line, label, { kind: 'read', method: 'GET', operation: 'eligibility/intercept' });
  const response = member(body, 'response');
  if (member(response, 'success') === false) return { create: errorOf(response), isAskedFor: false };
  const map = member(response, 'commonEligibilityMap');
  const entries: unknown[] = Array.isArray(map) ? map : [map];
  const found = entries.find((one) => text(one, 'interceptFeature') === RETURN.feature);
  const value = member(found, 'eligibilityValue');
  return {
    create: text(value, 'createEligibility') ?? 'UNKNOWN',
    isAskedFor: text(value, 'cancelEligibility') === 'ELIGIBLE',
  };
}

/** @returns undefined where UPS names none */
async function feeOf(line: UpsLine, label: Label): Promise<InterceptionFee | undefined> {
  // An address is wanted for the charges of a redirection only.
  const body = await talk(line, label, {
    kind: 'read',
    method: 'POST',
    operation: 'charges',
    body: { ratingRequest: [] },
  });
  const charges = member(member(body, 'response'), 'chargeInfo');
  const details = Array.isArray(charges) ? member(charges[0], 'interceptChargeDetail') : undefined;
  const detail = (Array.isArray(details) ? (details as unknown[]) : []).find(
    (one) => text(one, 'interceptOption') === RETURN.request,
  );
  const currency = text(detail, 'currencyCode');
  const amount = minorUnits(text(detail, 'totalCharge'), currency);
  return amount === undefined || currency === undefined ? undefined : { amount, currency };
}

async function ask(
  line: UpsLine,
  wish: InterceptionWish,
  operation: string,
  members: Readonly<Record<string, unknown>>,
  isDone?: () => Promise<boolean>,
): Promise<InterceptionAnswer> {
  const body = { requesterContactInfo: contactOf(wish.connection), specialInstructions: null, ...members };
  const answer = await talk(line, wish, { kind: 'write', method: 'POST', operation, body, key: wish.key });
  switch (member(answer, 'success')) {
    case true:
      return { outcome: 'accepted', word: text(answer, 'statusMsg') ?? 'success' };
    case false: {
      const word = errorOf(answer);
      return { outcome: (await isDone?.()) === true ? 'accepted' : 'refused', word };
    }
    default:
      throw lost('ups: answer not believed: neither success nor refusal', 'write');
  }
}

interface Talk {
  kind: CallKind;
  method: 'GET' | 'POST';
  operation: string;
  key?: string;
  body?: unknown;
}

function talk(line: UpsLine, label: Label, { kind, method, operation, key, body }: Talk): Promise<unknown> {
  return call(line, label.connection, {
    kind,
    method,
    path: `/deliveryintercept/v2/${operation}/${encodeURIComponent(label.providerShipmentRef)}`,
    headers: {
      'content-type': 'application/json',
      inquirytype: 'U',
      platformtype: 'XOLT',
      transid: transactionId(key),
    },
    ...(body === undefined ? {} : { body }),
  });
}

function errorOf(response: unknown): string {
  const errors = member(response, 'errors');
  return (Array.isArray(errors) ? text(errors[0], 'errorCode') : undefined) ?? 'unnamed';
}

function contactOf({ id, settings }: Connection): { name: string; telephone: string } {
  const { contactName, contactPhone } = settings ?? {};
  if (!contactName || !contactPhone) {
    throw new PermanentFault(`ups: connection ${id} has no contactName and contactPhone in its settings`);
  }
  return { name: contactName, telephone: contactPhone };
}

function addressOf({ name, company, phone, street, city, region, postalCode, country }: DeliveryAddress): unknown {
  return {
    addressNickName: 'redirected',
    addressInfo: { addressLine1: street, city, state: region, postalCode, countryCode: country },
    nameOrCompanyName: company ?? name,
    contactName: name,
    phoneNumber: phone,
  };
}
