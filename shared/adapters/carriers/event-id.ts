import { createHash } from 'node:crypto';

/** An id for events of a carrier that gives them none: of the same content, the same. */
export function eventIdOf(...content: readonly (string | Uint8Array | undefined)[]): string {
  const hash = createHash('sha256');
  for (const part of content) hash.update(part ?? '').update('\n');
  return hash.digest('hex').slice(0, 40);
}
