import { randomBytes, sign, verify, type KeyObject } from 'node:crypto';
import type { Connection } from '../../ports/connections';
import { privateKeyOf, publicKeyOf } from './rsa-key';

/** RSA-SHA256 (PKCS#1 v1.5); the only scheme here, whatever a message says of itself. */
const SHA256 = 'sha256';

/** What the vendor's own package allows, both ways: wechatpay-go, core/auth/validators. */
const TOLERANCE_SECONDS = 300;

/** WeChat Pay sends wrong signatures on purpose, to see whether anybody looks: https://pay.weixin.qq.com/doc/v3/merchant/4016241880 */
const PROBE = 'WECHATPAY/SIGNTEST/';

/** In the settings of a connection: `platformKey.<serial>`, a platform certificate or a public key `PUB_KEY_ID_...`. */
const PLATFORM_KEY = 'platformKey.';

export type PlatformKeys = ReadonlyMap<string, KeyObject>;

/** Keys of WeChat Pay by their serial. @throws {PermanentFault} when one of them is no RSA key */
export function platformKeys({ id, settings = {} }: Connection): PlatformKeys {
  const keys = new Map<string, KeyObject>();
  for (const [name, key] of Object.entries(settings)) {
    if (!name.startsWith(PLATFORM_KEY)) continue;
    keys.set(name.slice(PLATFORM_KEY.length), publicKeyOf(key, `connection ${id}: settings.${name}`));
  }
  return keys;
}

export interface SignedRequest {
  method: string;
  /** From the host on, with the query. */
  path: string;
  /** Empty for a GET. */
  body: string;
}

/**
 * The `Authorization` of a request: https://pay.weixin.qq.com/wiki/doc/api_external/en/wechatpay/wechatpay4_0.shtml
 *
 * @param now seconds since epoch
 * @throws {PermanentFault} when the merchant's key is missing or no RSA key
 */
export function authorization({ id, apiKey, settings }: Connection, request: SignedRequest, now: number): string {
  const nonce = randomBytes(16).toString('hex');
  const lines = [request.method, request.path, String(now), nonce, request.body, ''].join('\n');
  const key = privateKeyOf(settings?.['privateKey'], `connection ${id}: settings.privateKey`);
  const signature = sign(SHA256, Buffer.from(lines), key).toString('base64');
  const parts = {
    mchid: apiKey,
    nonce_str: nonce,
    timestamp: String(now),
    serial_no: settings?.['serial'] ?? '',
    signature,
  };
  const list = Object.entries(parts).map(([name, value]) => `${name}="${value}"`);
  return `WECHATPAY2-SHA256-RSA2048 ${list.join(',')}`;
}

/**
 * What speaks against an answer or a notice being WeChat Pay's own and of now:
 * https://pay.weixin.qq.com/wiki/doc/api_external/en/wechatpay/wechatpay4_1.shtml
 *
 * @param now seconds since epoch
 * @returns undefined when nothing does
 */
export function objection(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  body: Uint8Array,
  keys: PlatformKeys,
  now: number,
): string | undefined {
  const [time, nonce, serial, signature] = ['timestamp', 'nonce', 'serial', 'signature'].map(
    (name) => headers[`wechatpay-${name}`],
  );
  if (typeof time !== 'string' || typeof nonce !== 'string' || typeof serial !== 'string') return 'not signed';
  if (typeof signature !== 'string' || signature === '') return 'not signed';
  if (signature.startsWith(PROBE)) return 'a probe with a wrong signature';
  if (!/^\d{1,12}$/.test(time) || Math.abs(now - Number(time)) > TOLERANCE_SECONDS) return 'not signed now';
  const key = keys.get(serial);
  if (key === undefined)
    return `signed under a serial that is not configured: ${/^\w{1,64}$/.exec(serial)?.[0] ?? '?'}`;
  const signed = Buffer.concat([Buffer.from(`${time}\n${nonce}\n`), body, Buffer.from('\n')]);
  return verify(SHA256, signed, key, Buffer.from(signature, 'base64')) ? undefined : 'not signed by this key';
}
