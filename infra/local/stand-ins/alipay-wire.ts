/**
 * How Alipay's gateway reads and writes: forms signed by the app, answers and notices signed by Alipay.
 * https://opendocs.alipay.com/common/02kf5q
 */
import { createPublicKey, sign, verify } from 'node:crypto';
import type { StandInReply, StandInRequest } from '../stand-in';
import type { PartyAccount } from './party-settings';

export type Form = Readonly<Record<string, string>>;

/** The gateway takes parameters from the address and from the body; the vendor's own package uses both. */
export function readForm({ query, rawBody }: Pick<StandInRequest, 'query' | 'rawBody'>): Form {
  return Object.fromEntries([...query, ...new URLSearchParams(rawBody.toString('utf8'))]);
}

/** Why the gateway hands a request to nobody; undefined when it does. */
export function gatewayRefusal(form: Form, { settings }: PartyAccount): { code: string; subCode: string } | undefined {
  const { sign: signature = '', ...signed } = form;
  if (form['sign_type'] !== 'RSA2') return { code: '40002', subCode: 'isv.invalid-signature-type' };
  if (form['version'] !== '1.0') return { code: '40002', subCode: 'isv.invalid-version' };
  if (!/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(form['timestamp'] ?? '')) {
    return { code: '40002', subCode: 'isv.invalid-timestamp' };
  }
  // The app's public key, as it was handed to the platform.
  const key = createPublicKey(settings?.['privateKey'] ?? '');
  const genuine = verify('sha256', Buffer.from(contentOf(signed)), key, Buffer.from(signature, 'base64'));
  return genuine ? undefined : { code: '40002', subCode: 'isv.invalid-signature' };
}

/** An answer to a method, signed over its very bytes; without a key it is not signed. */
export function answer(method: string, body: Record<string, unknown>, key: string | undefined): Answer {
  // Alipay escapes slashes.
  const said = JSON.stringify(body).replaceAll('/', '\\/');
  const name = `${method.replaceAll('.', '_')}_response`;
  const signature = key === undefined ? '' : `,"sign":"${signatureOf(said, key)}"`;
  return {
    status: 200,
    headers: { 'content-type': 'text/html;charset=utf-8' },
    body: `{"${name}":${said}${signature}}`,
  };
}

export type Answer = Exclude<StandInReply, 'hang-up'>;

/** A notice: everything but `sign` and `sign_type` is signed. */
export function signedNotice(form: Form, key: string): string {
  return new URLSearchParams({ ...form, sign_type: 'RSA2', sign: signatureOf(contentOf(form), key) }).toString();
}

function contentOf(form: Form): string {
  return Object.keys(form)
    .sort()
    .map((name) => `${name}=${form[name] ?? ''}`)
    .join('&');
}

function signatureOf(content: string, key: string): string {
  return sign('sha256', Buffer.from(content), key).toString('base64');
}
