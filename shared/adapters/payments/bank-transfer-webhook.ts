import { SignatureInvalid } from '../../domain/faults';
import type { PaymentWebhook } from '../../ports/payment-channel';
import { isSigned, signatureOf } from './adyen-hmac';
import { noticeOfEvent } from './bank-transfer-notice';
import { signedJson } from './signed-json';

/**
 * Adyen's transfer webhooks: header `HmacSignature`, an HMAC-SHA256 over the raw body. The `Protocol` header that comes with
 * it chooses nothing. https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures
 *
 * `connection.webhookSecrets` are the HMAC keys as the Customer Area shows them, in hexadecimal;
 * `settings.balanceAccountId` says whose transfers are heard, since one webhook is told of the whole balance platform. Adyen
 * sends a message again for 30 days as it was, so its time limits nothing and an old one can be sent again: what it names is
 * re-read. Any 2xx is an acknowledgement.
 */
export const bankTransferWebhook: PaymentWebhook = {
  read(connection, rawBody, headers) {
    const signature = signatureOf(headers['hmacsignature']);
    if (signature === undefined) throw new SignatureInvalid('bank_transfer: no signature header');
    if (!isSigned(rawBody, signature, connection.webhookSecrets)) {
      throw new SignatureInvalid('bank_transfer: no live key signs this message');
    }
    return noticeOfEvent(connection, signedJson('bank_transfer', rawBody));
  },
};
