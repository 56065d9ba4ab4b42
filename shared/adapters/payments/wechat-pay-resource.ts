import { createDecipheriv } from 'node:crypto';
import { PermanentFault } from '../../domain/faults';
import type { Connection } from '../../ports/connections';
import { text } from '../json-members';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * The text inside a notice: AES-256-GCM under the merchant's APIv3 key, the tag behind the ciphertext.
 * https://pay.weixin.qq.com/doc/v3/merchant/4012082053
 *
 * @returns undefined when no live key opens it: it was not closed for this merchant, or was altered
 * @throws {PermanentFault} when a key has not 32 bytes
 */
export function openResource(resource: unknown, { id, webhookSecrets }: Connection): string | undefined {
  const sealed = Buffer.from(text(resource, 'ciphertext') ?? '', 'base64');
  const nonce = Buffer.from(text(resource, 'nonce') ?? '');
  const data = Buffer.from(text(resource, 'associated_data') ?? '');
  if (text(resource, 'algorithm') !== 'AEAD_AES_256_GCM') return undefined;
  if (nonce.length !== NONCE_BYTES || sealed.length <= TAG_BYTES) return undefined;
  for (const secret of webhookSecrets) {
    const key = Buffer.from(secret);
    if (key.length !== KEY_BYTES) throw new PermanentFault(`connection ${id}: an APIv3 key has 32 characters`);
    const opened = open(key, nonce, data, sealed);
    if (opened !== undefined) return opened;
  }
  return undefined;
}

function open(key: Buffer, nonce: Buffer, data: Buffer, sealed: Buffer): string | undefined {
  try {
    const cipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(data).setAuthTag(sealed.subarray(-TAG_BYTES));
    return Buffer.concat([cipher.update(sealed.subarray(0, -TAG_BYTES)), cipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}
