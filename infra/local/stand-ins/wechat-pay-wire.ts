/**
 * How WeChat Pay's API v3 reads and writes: requests signed by the merchant, answers and notices signed by the platform.
 * https://pay.weixin.qq.com/wiki/doc/api_external/en/wechatpay/wechatpay4_0.shtml
 */
import { createCipheriv, createPublicKey, randomBytes, sign, verify } from 'node:crypto';
import type { StandInReply, StandInRequest } from '../stand-in';
import type { PartyAccount } from './party-settings';

const SCHEME = 'WECHATPAY2-SHA256-RSA2048 ';

/** WeChat Pay refuses requests from another time; how far off is not stated. */
const TOLERANCE_SECONDS = 300;

export type Answer = Exclude<StandInReply, 'hang-up'>;

export interface PlatformKey {
  readonly serial: string;
  /** RSA in PEM. */
  readonly privateKey: string;
}

/** What a merchant says of himself in the `Authorization`. */
export function readAuthorization(header: string | undefined): ReadonlyMap<string, string> {
  if (!header?.startsWith(SCHEME)) return new Map();
  const parts = [...header.slice(SCHEME.length).matchAll(/(\w+)="([^"]*)"/g)];
  return new Map(parts.map(([, name = '', value = '']) => [name, value]));
}

export function isFrom(
  account: PartyAccount,
  request: StandInRequest,
  authorization: ReadonlyMap<string, string>,
  nowMs: number,
): boolean {
  const [time = '', nonce = '', serial = ''] = ['timestamp', 'nonce_str', 'serial_no'].map((name) =>
    authorization.get(name),
  );
  const { privateKey = '', serial: known = '' } = account.settings ?? {};
  if (serial !== known || Math.abs(nowMs / 1000 - Number(time)) > TOLERANCE_SECONDS) return false;
  const query = request.query.toString();
  const path = query === '' ? request.path : `${request.path}?${query}`;
  const lines = [request.method, path, time, nonce, request.rawBody.toString('utf8'), ''].join('\n');
  const signature = Buffer.from(authorization.get('signature') ?? '', 'base64');
  return verify('sha256', Buffer.from(lines), createPublicKey(privateKey), signature);
}

/** @param probe signs wrongly on purpose, as WeChat Pay does now and then */
export function signedHeaders(body: string, key: PlatformKey, nowMs: number, probe = false): Record<string, string> {
  const time = String(Math.floor(nowMs / 1000));
  const nonce = randomBytes(16).toString('hex');
  const signature = sign('sha256', Buffer.from(`${time}\n${nonce}\n${body}\n`), key.privateKey).toString('base64');
  return {
    'wechatpay-timestamp': time,
    'wechatpay-nonce': nonce,
    'wechatpay-serial': key.serial,
    'wechatpay-signature': probe ? `WECHATPAY/SIGNTEST/${signature.slice(19)}` : signature,
  };
}

/** The resource of a notice, sealed under the merchant's APIv3 key. */
export function sealed(content: object, apiV3Key: string): Record<string, string> {
  const nonce = randomBytes(6).toString('hex');
  const data = 'refund';
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(apiV3Key), Buffer.from(nonce));
  cipher.setAAD(Buffer.from(data));
  const bytes = [cipher.update(JSON.stringify(content)), cipher.final()];
  return {
    algorithm: 'AEAD_AES_256_GCM',
    original_type: 'refund',
    ciphertext: Buffer.concat([...bytes, cipher.getAuthTag()]).toString('base64'),
    associated_data: data,
    nonce,
  };
}

/** As WeChat Pay writes times. */
export function rfc3339(ms: number): string {
  return `${new Date(ms + 8 * 60 * 60 * 1000).toISOString().slice(0, 19)}+08:00`;
}
