import type { Label, ParcelPosition } from '../../ports/carrier';
import { member, text } from '../json-members';
import { lost } from '../payments/provider-call';
import { call, refusalOf, type UpsLine } from './ups-call';
import { positionOf } from './ups-words';

export interface Tracked {
  position: ParcelPosition;
  /** The label was void at some time; the parcel may have left all the same. */
  voided: boolean;
}

/**
 * https://github.com/UPS-API/api-documentation/blob/main/Tracking.yaml
 *
 * @returns undefined when UPS says that it knows no such number: by 404, or by a warning inside a 200
 */
export async function track(line: UpsLine, { connection, providerShipmentRef }: Label): Promise<Tracked | undefined> {
  const path = `/track/v1/details/${encodeURIComponent(providerShipmentRef)}`;
  const headers = { transactionsrc: 'order-cancellation' };
  let body: unknown;
  try {
    body = await call(line, connection, { kind: 'read', method: 'GET', path, headers });
  } catch (error) {
    if (refusalOf(error)?.status === 404) return undefined;
    throw error;
  }
  const shipments = listOf(member(member(body, 'trackResponse'), 'shipment'));
  const parcel = shipments
    .flatMap((shipment) => listOf(member(shipment, 'package')))
    .find((one) => text(one, 'trackingNumber') === providerShipmentRef);
  if (parcel !== undefined) return read(parcel);
  if (shipments.some((shipment) => listOf(member(shipment, 'warnings')).length > 0)) return undefined;
  throw lost(`ups: answer not believed: not parcel ${providerShipmentRef}`, 'read');
}

function read(parcel: unknown): Tracked {
  const status = member(parcel, 'currentStatus');
  const types = listOf(member(parcel, 'activity')).map((one) => text(member(one, 'status'), 'type'));
  const delivered = listOf(member(parcel, 'deliveryDate')).some((one) => text(one, 'type') === 'DEL');
  // Without a readable word a person should look, rather than a rule.
  const position = positionOf(status, text(status, 'statusCode'), delivered) ?? 'exception';
  // UPS has no word for the hand-over: it is the first activity of a parcel on its way.
  const isFirstScan = position === 'in_transit' && types.filter((type) => type === 'I').length === 1;
  return { position: isFirstScan ? 'handed_over' : position, voided: position === 'voided' || types.includes('MV') };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}
