import { createHash } from 'node:crypto';

/** The namespace for URLs of RFC 9562; any would do, as long as it stays the same. */
const NAMESPACE = Buffer.from('6ba7b8119dad11d180b400c04fd430c8', 'hex');

/**
 * Klarna wants keys that are UUIDs of version 5, which are derived from a name: the same name gives the same key.
 * https://docs.klarna.com/api/escalation-and-retry-policy/
 */
export function klarnaKey(name: string): string {
  const bytes = createHash('sha1').update(NAMESPACE).update(name, 'utf8').digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
