import { PermanentFault } from '../../domain/faults';
import type { Carrier, CarrierView, Label, ParcelPosition, VoidAnswer } from '../../ports/carrier';
import { httpClient } from '../http-client';
import { member, text } from '../json-members';
import { limits, lost } from '../payments/provider-call';
import { call, refusalOf, type UpsLine } from './ups-call';
import { isAskedFor, upsInterception } from './ups-interception';
import { UpsTokens } from './ups-token';
import { track } from './ups-tracking';

/** Where a parcel can have a wish to return it. */
const ON_ITS_WAY: ReadonlySet<ParcelPosition> = new Set([
  'handed_over',
  'in_transit',
  'out_for_delivery',
  'awaiting_pickup',
  'exception',
]);

/**
 * UPS: Shipping (void), Tracking, and Delivery Intercept of https://github.com/UPS-API/api-documentation
 *
 * A connection holds the client secret as its key and the app's `clientId` in its settings. A shipment is named by its 1Z
 * number, which is that of its parcel. UPS has no word for a parcel that goes back: after an interception that was accepted it
 * is on its way, or an exception, until the warehouse has it.
 */
export function upsCarrier({
  timeoutMs = limits.timeoutMs,
  clock = () => Date.now(),
}: { timeoutMs?: number; clock?: () => number } = {}): Carrier {
  const http = httpClient({ ...limits, timeoutMs });
  const line = { http, tokens: new UpsTokens(http, clock) };
  return {
    voidLabel: (label) => voidLabel(line, label),
    query: (label) => query(line, label),
    interception: upsInterception(line),
  };
}

async function voidLabel(line: UpsLine, label: Label): Promise<VoidAnswer> {
  const { connection, providerShipmentRef } = label;
  const path = `/shipments/v2409/void/cancel/${encodeURIComponent(providerShipmentRef)}`;
  try {
    return voidAnswer(await call(line, connection, { kind: 'write', method: 'DELETE', path }), providerShipmentRef);
  } catch (error) {
    const refusal = error instanceof PermanentFault ? refusalOf(error) : undefined;
    if (refusal === undefined) throw error;
    // It may also be refused because an earlier request has voided it: its tracking knows.
    const found = await track(line, label);
    if (found === undefined) throw error;
    return { outcome: found.voided ? 'accepted' : 'refused', word: refusal.code };
  }
}

/** Per package: 1 voided or already voided, 0 not voided. */
function voidAnswer(body: unknown, trackingNumber: string): VoidAnswer {
  const response = member(body, 'VoidShipmentResponse');
  const listed = member(response, 'PackageLevelResults');
  const packages: unknown[] = Array.isArray(listed) ? listed : listed === undefined ? [] : [listed];
  const own = packages.find((one) => text(one, 'TrackingNumber') === trackingNumber);
  const status = member(own ?? member(response, 'SummaryResult'), 'Status');
  const code = text(status, 'Code');
  if (code !== '0' && code !== '1') throw lost('ups: answer not believed: neither voided nor refused', 'write');
  return { outcome: code === '1' ? 'accepted' : 'refused', word: text(status, 'Description') ?? code };
}

async function query(line: UpsLine, label: Label): Promise<CarrierView | undefined> {
  const found = await track(line, label);
  if (found === undefined) return undefined;
  const { position, voided } = found;
  const view: CarrierView = {
    position,
    void: voided ? 'accepted' : 'none',
    trackingCode: label.providerShipmentRef,
  };
  if (!ON_ITS_WAY.has(position)) return view;
  const interception = await interceptionOf(line, label);
  return interception === undefined ? view : { ...view, interception };
}

/** @returns undefined where UPS does not tell this account: tracking is open to everybody, interception to the sender */
async function interceptionOf(line: UpsLine, label: Label): Promise<CarrierView['interception']> {
  try {
    return (await isAskedFor(line, label)) ? 'accepted' : 'none';
  } catch (error) {
    if (refusalOf(error) === undefined) throw error;
    return undefined;
  }
}
