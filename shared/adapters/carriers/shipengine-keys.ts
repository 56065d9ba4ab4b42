import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { PermanentFault, SignatureInvalid, TransientFault } from '../../domain/faults';
import type { Connection } from '../../ports/connections';
import { httpClient, HttpFailure, jsonOf } from '../http-client';
import { member, text } from '../json-members';
import { partyAddress } from '../party-address';
import { PUBLIC_ADDRESS } from './shipengine-call';

/** API Gateway has the caller wait for 29 s at most, and a sender gives up sooner. */
const http = httpClient({ timeoutMs: 4_000, maxBytes: 64 * 1024 });

/** A message names its key before anybody has believed it: names that are made up cost one look in this time, no more. */
const LOOKS_APART_MS = 60_000;

interface Kept {
  /** When they were asked for, milliseconds since epoch. */
  at: number;
  looking: Promise<void>;
  keys: ReadonlyMap<string, KeyObject>;
}

/** By connection object, which lives for minutes: what was fetched is fetched again now and then. */
const kept = new WeakMap<Connection, Kept>();

/**
 * Fetches ShipEngine's public keys (JWKS) when the one that a message names is not known. The address is the connection's,
 * never the message's. https://docs.shipstation.com/apis/docs/guides/webhooks-validation
 *
 * @param now milliseconds since epoch
 * @throws {TransientFault} when there is no answer
 */
export async function fetchKey(connection: Connection, keyId: string, now: number): Promise<void> {
  let known = kept.get(connection);
  // Whoever waited for one look may find that somebody else has begun the next.
  while (known !== undefined) {
    await known.looking;
    const latest = kept.get(connection);
    if (latest === known) break;
    known = latest;
  }
  if (known !== undefined && (known.keys.has(keyId) || now - known.at < LOOKS_APART_MS)) return;
  await look(connection, now).looking;
}

/** @throws {SignatureInvalid} when there is no such key, or only one of another kind than RSA of 2048 bits or more */
export function keyOf(connection: Connection, keyId: string): KeyObject {
  const known = kept.get(connection);
  if (known === undefined) throw new PermanentFault('shipengine: the keys were not fetched before reading');
  const key = known.keys.get(keyId);
  if (key === undefined) throw new SignatureInvalid('shipengine: there is no such key');
  return key;
}

function look(connection: Connection, at: number): Kept {
  const entry: Kept = { at, keys: kept.get(connection)?.keys ?? new Map(), looking: Promise.resolve() };
  entry.looking = fetched(connection).then(
    (keys) => void (entry.keys = keys),
    (error: unknown) => {
      // A failure is told to those who wait for it, and not remembered.
      kept.delete(connection);
      throw error;
    },
  );
  kept.set(connection, entry);
  return entry;
}

async function fetched(connection: Connection): Promise<ReadonlyMap<string, KeyObject>> {
  const address = partyAddress(connection, PUBLIC_ADDRESS);
  const headers = { accept: 'application/json', 'user-agent': 'order-cancellation' };
  try {
    const answer = await http.send(address, { method: 'GET', path: '/jwks', headers });
    if (answer.status !== 200) throw new TransientFault(`shipengine: HTTP ${answer.status} for its keys`);
    return keysIn(jsonOf(answer));
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error;
    throw new TransientFault(`shipengine: ${error.message}`, { cause: error });
  }
}

/** Keys of another kind are left out: a message does not choose the algorithm. */
function keysIn(body: unknown): ReadonlyMap<string, KeyObject> {
  const listed = member(body, 'keys');
  const keys = new Map<string, KeyObject>();
  for (const jwk of Array.isArray(listed) ? (listed as unknown[]) : []) {
    const id = text(jwk, 'kid');
    const algorithm = text(jwk, 'alg') ?? 'RS256';
    if (id === undefined || text(jwk, 'kty') !== 'RSA' || algorithm !== 'RS256') continue;
    const key = readable(jwk as JsonWebKey);
    if ((key?.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048 && key !== undefined) keys.set(id, key);
  }
  return keys;
}

function readable(jwk: JsonWebKey): KeyObject | undefined {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    return undefined;
  }
}
