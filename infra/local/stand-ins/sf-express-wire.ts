/** SF's envelope: forms in, JSON inside JSON out, and the digest that signs both ways. https://open.sf-express.com */
import { createHash } from 'node:crypto';
import type { StandInReply } from '../stand-in';
import { newNumber } from './carrier-parcels';

/** A call to the gateway, or one of its pushes. */
export interface SfForm {
  readonly partnerId: string;
  readonly requestId: string;
  readonly service: string;
  readonly timestamp: string;
  readonly digest: string;
  /** As sent, because it is signed. */
  readonly msgData: string;
}

export function readForm(body: Buffer): SfForm {
  const form = new URLSearchParams(body.toString());
  const field = (name: string): string => form.get(name) ?? '';
  return {
    partnerId: field('partnerID'),
    requestId: field('requestID'),
    service: field('serviceCode'),
    timestamp: field('timestamp'),
    digest: field('msgDigest'),
    msgData: field('msgData'),
  };
}

export function writeForm({ partnerId, requestId, service, timestamp, digest, msgData }: SfForm): string {
  const fields = {
    partnerID: partnerId,
    requestID: requestId,
    serviceCode: service,
    timestamp,
    msgDigest: digest,
    msgData,
  };
  return new URLSearchParams(fields).toString();
}

/** As SF's own tools make it: MD5 over what Java's URLEncoder makes of the three. */
export function digest(msgData: string, timestamp: string, checkword: string): string {
  const encoded = encodeURIComponent(msgData + timestamp + checkword)
    .replace(/[!'()~]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/%20/g, '+');
  return createHash('md5').update(encoded).digest('base64');
}

/** The platform's own refusal: nothing inside. */
export function platform(apiResultCode: string): StandInReply {
  return envelope({ apiErrorMsg: `It says ${apiResultCode}.`, apiResultCode, apiResultData: null });
}

export function done(msgData: unknown): StandInReply {
  return result({ success: true, errorCode: 'S0000', errorMsg: null, msgData });
}

export function failed(errorCode: string): StandInReply {
  return result({ success: false, errorCode, errorMsg: `It says ${errorCode}.`, msgData: null });
}

function result(value: unknown): StandInReply {
  return envelope({ apiErrorMsg: '', apiResultCode: 'A1000', apiResultData: JSON.stringify(value) });
}

function envelope(members: Record<string, unknown>): StandInReply {
  const headers = { 'content-type': 'application/json;charset=UTF-8' };
  return { status: 200, headers, body: JSON.stringify({ ...members, apiResponseID: newNumber(32) }) };
}
