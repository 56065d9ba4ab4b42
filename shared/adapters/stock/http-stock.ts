import { createHash, createHmac } from 'node:crypto';
import { PermanentFault, TransientFault } from '../../domain/faults';
import { derivedId } from '../../domain/ids';
import type { Balance, MovementType } from '../../domain/stock';
import type { Connection } from '../../ports/connections';
import type {
  MoveOutcome,
  StockKeeper,
  StockMovement,
  StockMovementSource,
  StockOpening,
  StockPlace,
  StockRelease,
} from '../../ports/stock-keeper';
import { httpClient, HttpFailure, jsonOf, type HttpAnswer, type HttpClient } from '../http-client';
import { member, text } from '../json-members';
import { partyAddress } from '../party-address';
import { eachOf } from './each-of';
import { givenBackId } from './given-back-id';

const LIMITS = { timeoutMs: 8_000, maxBytes: 64 * 1024 };

/**
 * A stock system of the shop's own, by the contract of docs/stock-api.md. Each movement is one request whose Idempotency-Key is
 * derived from the movement, so that whoever got no answer sends it again as it was. The system keeps the balance and judges
 * what may move; a release of which part has left already moves the rest.
 *
 * @param connectionOf where a tenant's system is, and the secret that signs
 * @param now ms since 1970, for the signature's time
 */
export class HttpStock implements StockKeeper {
  private readonly http: HttpClient;

  constructor(
    private readonly connectionOf: (tenant: string) => Promise<Connection>,
    private readonly now: () => number,
    { timeoutMs = LIMITS.timeoutMs }: { timeoutMs?: number } = {},
  ) {
    this.http = httpClient({ ...LIMITS, timeoutMs });
  }

  async release(source: StockMovementSource, lines: readonly StockRelease[], at: string) {
    return { unmatched: await eachOf(lines, (line) => this.giveBack('release', source, line, at)) };
  }

  async reserveAgain(source: StockMovementSource, lines: readonly StockRelease[], at: string) {
    return { gone: await eachOf(lines, (line) => this.giveBack('reserve', source, line, at)) };
  }

  async open(tenant: string, { spread: _ours, ref, ...opening }: StockOpening, at: string) {
    const { merchantId, sku, location } = opening;
    const key = derivedId('mov', 'opening', merchantId, ref, sku, location);
    const outcome = outcomeOf(await this.post(tenant, '/stock/v1/openings', key, { ...opening, at }));
    if (outcome === 'moved') return 'opened';
    if (outcome === 'known' || outcome === 'short') return outcome;
    throw new PermanentFault(`stock system: an opening was answered ${outcome}`);
  }

  async move(
    tenant: string,
    { id, of, mayWait, ...movement }: StockMovement,
    _on: unknown,
    at: string,
  ): Promise<MoveOutcome> {
    const body = { ...movement, ...of, ...(mayWait === true && { mayWait }), at };
    const outcome = outcomeOf(await this.post(tenant, '/stock/v1/movements', id, body));
    return outcome === 'unprepared' ? 'lost' : outcome;
  }

  async balance(tenant: string, { merchantId, sku, location }: StockPlace): Promise<Balance | undefined> {
    const query = new URLSearchParams({ merchantId, sku, location }).toString();
    const answer = await this.ask(tenant, 'GET', `/stock/v1/balances?${query}`);
    if (answer.status === 404 && text(jsonOf(answer), 'code') === 'unknown_stock') return undefined;
    if (answer.status !== 200) throw unusable(answer);
    const body = jsonOf(answer);
    const units = (name: keyof Balance): number => {
      const value = member(body, name);
      if (typeof value !== 'number' || !Number.isSafeInteger(value))
        throw new TransientFault(`stock system: no ${name}`);
      return value;
    };
    return {
      onHand: units('onHand'),
      reserved: units('reserved'),
      incoming: units('incoming'),
      waiting: units('waiting'),
    };
  }

  /** Kept there, and judged there. */
  ledgerOf(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  /** @returns whether the system does not allow it */
  private async giveBack(way: 'release' | 'reserve', source: StockMovementSource, line: StockRelease, at: string) {
    const { tenant, merchantId, orderId, cancellationId, round } = source;
    const { sku, location, lineId, quantity, noRestock } = line;
    const type: MovementType = noRestock === undefined ? way : way === 'release' ? 'discard' : 'reinstate';
    // What an undo takes must have been given back, and what is given back after it, taken by it.
    const after =
      way === 'reserve'
        ? givenBackId('release', source, line, round - 1)
        : round > 0
          ? givenBackId('reserve', source, line, round)
          : undefined;
    const outcome = outcomeOf(
      await this.post(tenant, '/stock/v1/movements', givenBackId(way, source, line, round), {
        ...{ type, merchantId, sku, location, quantity, orderId, lineId, cancellationId, at },
        ...(noRestock !== undefined && { reason: noRestock }),
        ...(after !== undefined && { after }),
      }),
    );
    return outcome === 'short' || outcome === 'unknown';
  }

  private post(tenant: string, path: string, key: string, body: object): Promise<HttpAnswer> {
    return this.ask(tenant, 'POST', path, { key, text: JSON.stringify(body) });
  }

  private async ask(tenant: string, method: 'GET' | 'POST', path: string, content?: { key: string; text: string }) {
    const { http, connectionOf } = this;
    const connection = await connectionOf(tenant);
    const address = partyAddress(connection, '');
    const timestamp = String(Math.floor(this.now() / 1_000));
    const headers = {
      accept: 'application/json',
      'user-agent': 'order-cancellation',
      'stock-account': connection.settings?.['account'] ?? connection.id,
      'stock-timestamp': timestamp,
      'stock-signature': `v1=${signatureOf(connection.apiKey, { method, path: address.basePath + path, timestamp, body: content?.text ?? '' })}`,
      ...(content !== undefined && { 'content-type': 'application/json', 'idempotency-key': content.key }),
    };
    try {
      return await http.send(address, {
        method,
        path,
        headers,
        ...(content !== undefined && { body: content.text }),
      });
    } catch (error) {
      if (!(error instanceof HttpFailure)) throw error;
      // Sent again under its key it is the same movement, so that a lost answer is no unknown outcome.
      throw new TransientFault(`stock system: ${error.message}`, { cause: error });
    }
  }
}

/** HMAC-SHA256 over method, path with query, time and the digest of the body, a line each; in hex. */
export function signatureOf(
  secret: string,
  { method, path, timestamp, body }: { method: string; path: string; timestamp: string; body: string | Buffer },
): string {
  const digest = createHash('sha256').update(body).digest('hex');
  return createHmac('sha256', secret).update([method, path, timestamp, digest].join('\n')).digest('hex');
}

/** @throws {TransientFault} when it may go better later. @throws {PermanentFault} when it will not by itself */
function outcomeOf(answer: HttpAnswer): 'moved' | 'known' | 'short' | 'unknown' | 'unprepared' {
  const { status } = answer;
  if (status === 429 || status >= 500) throw unusable(answer);
  const body = jsonOrFault(answer);
  const code = text(body, 'code');
  if (status === 201) return 'moved';
  if (status === 200) return 'known';
  if (status === 409 && code === 'not_enough') return 'short';
  if (status === 409 && code === 'not_prepared') return 'unprepared';
  if (status === 404 && code === 'unknown_stock') return 'unknown';
  throw unusable(answer, code);
}

function jsonOrFault(answer: HttpAnswer): unknown {
  try {
    return jsonOf(answer);
  } catch (cause) {
    throw new TransientFault(`stock system: HTTP ${answer.status} that cannot be read`, { cause });
  }
}

function unusable({ status }: HttpAnswer, code = 'unnamed'): Error {
  const says = `stock system: ${code} [${status}]`;
  return status === 409 || status === 429 || status >= 500 ? new TransientFault(says) : new PermanentFault(says);
}
