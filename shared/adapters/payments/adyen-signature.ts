import { SignatureInvalid } from '../../domain/faults';
import { member, text } from '../json-members';
import { isSigned, signatureOf } from './adyen-hmac';

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
  const signature = signatureOf(text(member(item, 'additionalData'), 'hmacSignature'));
  if (signature === undefined) throw new SignatureInvalid('adyen: no signature in the item');
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
  if (!isSigned(data, signature, secrets)) throw new SignatureInvalid('adyen: no live secret signs this item');
  return signed;
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
