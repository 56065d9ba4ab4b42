import { createHmac, timingSafeEqual } from 'node:crypto';
import { SignatureInvalid } from '../../domain/faults';
import { member, text } from '../json-members';

/** What of a notification is signed, and nothing else of it may be believed. */
export interface SignedItem {
  pspReference: string;
  originalReference: string;
  merchantAccountCode: string;
  merchantReference: string;
  /** Adyen's units. */
  value: number;
  currency: string;
  eventCode: string;
  success: boolean;
}

/** Keys are generated with 32 bytes; a short one, or none, could be guessed. */
const KEY = /^(?:[0-9a-f]{2}){16,}$/i;
const SIGNATURE = /^[A-Za-z0-9+/]{43}=$/;

/** Without the colon that separates them: else the same signature would fit a text that is cut at other places. */
const WORD = /^[^:]*$/;

/**
 * Verifies one item of a standard webhook: `additionalData.hmacSignature` is the base64 of an HMAC-SHA256, under the
 * hex-decoded key, over the eight signed fields with colons between them.
 * https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures
 *
 * @throws {SignatureInvalid} when no live secret signs the item, or its fields are not of the form that is signed
 */
export function signedItem(item: unknown, secrets: readonly string[]): SignedItem {
  const signed = fieldsOf(item);
  const signature = text(member(item, 'additionalData'), 'hmacSignature') ?? '';
  if (!SIGNATURE.test(signature)) throw new SignatureInvalid('adyen: no signature in the item');
  const given = Buffer.from(signature, 'base64');
  const data = [
    signed.pspReference,
    signed.originalReference,
    signed.merchantAccountCode,
    signed.merchantReference,
    String(signed.value),
    signed.currency,
    signed.eventCode,
    String(signed.success),
  ].join(':');
  if (!secrets.some((secret) => KEY.test(secret) && timingSafeEqual(hmacOf(data, secret), given))) {
    throw new SignatureInvalid('adyen: no live secret signs this item');
  }
  return signed;
}

function hmacOf(data: string, hexKey: string): Buffer {
  return createHmac('sha256', Buffer.from(hexKey, 'hex')).update(data, 'utf8').digest();
}

function fieldsOf(item: unknown): SignedItem {
  const amount = member(item, 'amount');
  const value = member(amount, 'value');
  const success = text(item, 'success');
  if (!Number.isSafeInteger(value) || (success !== 'true' && success !== 'false')) {
    throw new SignatureInvalid('adyen: an item without the fields that are signed');
  }
  return {
    pspReference: word(item, 'pspReference'),
    originalReference: word(item, 'originalReference'),
    merchantAccountCode: word(item, 'merchantAccountCode'),
    // Its own colons can be told from those between the fields, because no other field has any.
    merchantReference: text(item, 'merchantReference') ?? '',
    value: value as number,
    currency: word(amount, 'currency'),
    eventCode: word(item, 'eventCode'),
    success: success === 'true',
  };
}

/** Empty where there is none, as it is signed. */
function word(from: unknown, name: string): string {
  const found = text(from, name) ?? '';
  if (!WORD.test(found)) throw new SignatureInvalid(`adyen: a colon in ${name}`);
  return found;
}
