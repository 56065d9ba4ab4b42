import { generateKeyPairSync } from 'node:crypto';

/**
 * RSA keys in PEM for parties that sign with them, made anew at every start. They protect nothing, so they are short: one
 * of 2,048 bits takes a quarter of a second.
 */
export function rsaPair(): { publicKey: string; privateKey: string } {
  return generateKeyPairSync('rsa', {
    modulusLength: 1_024,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}
