/** UPS's objects and errors as they go over the wire; https://github.com/UPS-API/api-documentation. */
import type { StandInReply } from '../stand-in';
import { newNumber, type Parcel, type Scan } from './carrier-parcels';

type Reply = Exclude<StandInReply, 'hang-up'>;

/** The status code of tracking, which Track Alert calls description code; those of the published examples. */
const DETAIL_OF: Readonly<Record<string, string>> = { 'I OT': '021', 'D FS': '011' };

/** A scan's word is a type, or a type and a code: `I`, `I OT`. */
function statusOf({ word, remark }: Pick<Scan, 'word' | 'remark'>): Record<string, string> {
  const [type = '', code] = word.split(' ');
  const detail = DETAIL_OF[word];
  return {
    type,
    description: remark === '' ? word : remark,
    ...(code !== undefined && { code }),
    ...(detail !== undefined && { statusCode: detail }),
  };
}

/** Delivered, as far as tracking is concerned; a parcel that is on the vehicle has the type as well. */
export const isDelivered = ({ word }: Pick<Scan, 'word'>): boolean => word === 'D FS';

export function trackingObject(parcel: Parcel): Record<string, unknown> {
  const manifest: Scan = { word: 'M', remark: 'Shipper created a label', at: parcel.createdAt };
  const voided: Scan[] =
    parcel.voidedAt === undefined ? [] : [{ word: 'MV', remark: 'Shipment voided', at: parcel.voidedAt }];
  const activities = [manifest, ...voided, ...parcel.scans].sort((one, other) => one.at - other.at);
  const last = activities.at(-1) ?? manifest;
  const delivered = activities.find(isDelivered);
  return {
    trackResponse: {
      shipment: [
        {
          inquiryNumber: parcel.id,
          package: [
            {
              trackingNumber: parcel.trackingNumber,
              currentStatus: statusOf(last),
              activity: activities.reverse().map((scan) => ({ ...moment(scan.at), status: statusOf(scan) })),
              deliveryDate: delivered ? [{ type: 'DEL', date: moment(delivered.at).date }] : [],
              packageCount: 1,
            },
          ],
        },
      ],
    },
  };
}

/** Track Alert's message about one event. */
export function trackingEvent(parcel: Parcel, scan: Scan): Record<string, unknown> {
  const { date, time } = moment(scan.at);
  const { statusCode, ...status } = statusOf(scan);
  return {
    trackingNumber: parcel.trackingNumber,
    localActivityDate: date,
    localActivityTime: time,
    activityLocation: { city: 'CHARLOTTE', stateProvince: 'NC', country: 'US' },
    activityStatus: { ...status, ...(statusCode !== undefined && { descriptionCode: statusCode }) },
    gmtActivityDate: date,
    gmtActivityTime: time,
    ...(isDelivered(scan) && { actualDeliveryDate: date, actualDeliveryTime: time }),
  };
}

export function voidObject(parcel: Parcel, voided: boolean, says: string): Record<string, unknown> {
  const status = { Code: voided ? '1' : '0', Description: says.slice(0, 35) };
  return {
    VoidShipmentResponse: {
      Response: { ResponseStatus: { Code: '1', Description: 'Success' } },
      SummaryResult: { Status: { Code: voided ? '1' : '0', Description: voided ? 'Voided' : 'Not Voided' } },
      PackageLevelResults: [{ TrackingNumber: parcel.trackingNumber, Status: status }],
    },
  };
}

/** Whether each of UPS's interceptions can be asked for, and taken back. */
export function eligibilityObject(eligible: boolean, askedFor: boolean): Record<string, unknown> {
  const word = (yes: boolean): string => (yes ? 'ELIGIBLE' : 'NOT_ELIGIBLE');
  const entry = (interceptFeature: string): Record<string, unknown> => ({
    interceptFeature,
    eligibilityValue: {
      createEligibility: word(eligible && !askedFor),
      modifyEligibility: 'NOT_ELIGIBLE',
      cancelEligibility: word(eligible && askedFor),
    },
  });
  return { response: { ...success(), commonEligibilityMap: ['FD', 'WC', 'RTS'].map(entry) } };
}

export function chargesObject(parcel: Parcel): Record<string, unknown> {
  const charge = { accessorialCharge: '21.00', interceptCharge: '21.00', transportationCharge: '0.00' };
  const detail = (interceptOption: string, totalCharge: string): Record<string, unknown> => ({
    ...charge,
    totalCharge,
    interceptOption,
    successful: true,
    currencyCode: 'USD',
  });
  const chargeInfo = {
    trackingNumber: parcel.trackingNumber,
    ...charge,
    totalCharge: '21.00',
    chargeCurrency: 'USD',
    estDeliveryDate: moment(parcel.createdAt + 3 * 24 * 3_600_000).date,
    serviceCode: '012',
    serviceDesc: 'UPS 3 Day Select',
    packageWeight: '5',
    packageWeightUOM: 'LBS',
    packagingType: '03',
    shipperName: 'ACME Inc.',
    preTaxTotalCharge: '21.00',
    taxDisclaimerIndicator: 'NTA',
    interceptChargeDetail: [detail('AA', '40.00'), detail('RS', '21.00')],
  };
  return { response: { ...success(), chargeInfo: [chargeInfo] } };
}

export function success(): Record<string, unknown> {
  return { transactionId: newNumber(12), statusCode: '000', statusMsg: 'Success', success: true, errors: null };
}

/** A refusal inside a 200, as the description has it. */
export function refusal(errorCode: string): Record<string, unknown> {
  return {
    transactionId: newNumber(12),
    statusCode: '000',
    statusMsg: 'Success',
    success: false,
    errors: [{ errorCode, errorMessage: `It says ${errorCode}.` }],
    subStatusCode: '',
  };
}

export function errorReply(status: number, code: string, more: Record<string, unknown> = {}): Reply {
  return jsonReply(status, { response: { ...more, errors: [{ code, message: `It says ${code}.` }] } });
}

/** Delivery Intercept's errors name the transaction as well. */
export function interceptError(status: number, code: string): Reply {
  return errorReply(status, code, { transactionId: newNumber(12), statusCode: String(status) });
}

export function jsonReply(status: number, body: unknown): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

function moment(ms: number): { date: string; time: string } {
  const digits = new Date(ms).toISOString().replace(/\D/g, '');
  return { date: digits.slice(0, 8), time: digits.slice(8, 14) };
}
