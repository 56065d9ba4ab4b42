/**
 * A shop's own stock system, played by the laptop host by the contract of docs/stock-api.md: it keeps balances and the keys
 * that it has seen, refuses what is not signed, and can be told to fail like every party (`faults`).
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { integer, record, text, type Json } from '../json';
import type { StandIn, StandInHost, StandInReply, StandInRequest } from '../stand-in';
import { PartySettings, troubleReply, type AccountSource } from './party-settings';

/** How far a signature's time may be off, in seconds. */
const TOLERANCE = 300;

interface Balance {
  onHand: number;
  reserved: number;
  incoming: number;
  waiting: number;
}

/** What one unit changes; the contract's own table. */
const EFFECTS: Readonly<Record<string, Partial<Balance>>> = {
  announce: { incoming: 1 },
  arrive: { incoming: -1, onHand: 1 },
  reserve: { reserved: 1 },
  release: { reserved: -1 },
  discard: { reserved: -1, onHand: -1 },
  reinstate: { reserved: 1, onHand: 1 },
  ship: { reserved: -1, onHand: -1 },
  restock: { onHand: 1 },
  no_restock: {},
  write_off: { onHand: -1 },
};

export function stockSystemStandIn(options: { accounts?: AccountSource } = {}): StandIn {
  let running: Running | undefined;
  const started = (): Running => {
    if (!running) throw new Error('The stock system has not been started.');
    return running;
  };
  return {
    name: 'stock_system',
    matches: (_method, path) => path.startsWith('/stock/v1/'),
    handle: (request) => started().handle(request),
    control: (path, body) => started().control(path, body),
    start: async (host) => {
      running = new Running(host, await PartySettings.load(host, options.accounts));
      await running.load();
    },
  };
}

class Running {
  private readonly balances = new Map<string, Balance>();
  /** Idempotency-Key -> digest of the body that came with it. */
  private readonly keys = new Map<string, string>();
  private readonly lines = new Map<string, LineBook>();

  constructor(
    private readonly host: StandInHost,
    private readonly settings: PartySettings,
  ) {}

  async load(): Promise<void> {
    for (const { key, value } of await this.host.store.all<Balance>('balance ')) this.balances.set(key.slice(8), value);
    for (const { key, value } of await this.host.store.all<string>('key ')) this.keys.set(key.slice(4), value);
    for (const { key, value } of await this.host.store.all<LineBook>('line ')) this.lines.set(key.slice(5), value);
  }

  async handle(request: StandInRequest): Promise<StandInReply> {
    const unsigned = await this.signatureProblem(request);
    if (unsigned !== undefined) return reply(401, { code: 'bad_signature', message: unsigned });
    const trouble = this.settings.takeTrouble(request.method, request.path);
    if (trouble && trouble.delayMs > 0) await pause(trouble.delayMs);
    const broken = troubleReply(trouble);
    if (broken && !trouble?.applied) return broken;
    const answer = await this.route(request);
    return broken ?? answer;
  }

  async control(path: string, body: unknown): Promise<unknown> {
    if (path === 'ledger') return { balances: Object.fromEntries(this.balances), keys: [...this.keys.keys()] };
    const common = await this.settings.control(path, body);
    if (common === undefined) throw new Error(`The stock system has no control call ${path}.`);
    return common;
  }

  private async signatureProblem({
    method,
    path,
    query,
    headers,
    rawBody,
  }: StandInRequest): Promise<string | undefined> {
    const account = await this.settings.accountById(String(headers['stock-account'] ?? ''));
    if (!account) return 'the account is not known';
    const timestamp = String(headers['stock-timestamp'] ?? '');
    if (!/^\d+$/.test(timestamp) || Math.abs(Number(timestamp) - this.host.clock.now() / 1_000) > TOLERANCE)
      return 'the time is too far off';
    const asked = query.size === 0 ? path : `${path}?${query.toString()}`;
    const digest = createHash('sha256').update(rawBody).digest('hex');
    const expected = createHmac('sha256', account.apiKey)
      .update(`${method}\n${asked}\n${timestamp}\n${digest}`)
      .digest();
    const [, hex = ''] = /^v1=([0-9a-f]{64})$/.exec(String(headers['stock-signature'] ?? '')) ?? [];
    const given = Buffer.from(hex, 'hex');
    return given.length === expected.length && timingSafeEqual(given, expected) ? undefined : 'it does not verify';
  }

  private async route({ method, path, query, headers, rawBody }: StandInRequest): Promise<StandInReply> {
    if (method === 'GET' && path === '/stock/v1/balances') {
      const balance = this.balances.get(nameOf(Object.fromEntries(query)));
      return balance ? reply(200, { ...balance, available: balance.onHand - balance.reserved }) : unknownStock;
    }
    const key = text(headers['idempotency-key']);
    if (method !== 'POST' || key === undefined) return reply(400, { code: 'invalid_request', message: 'no key' });
    const body = record(JSON.parse(rawBody.toString('utf8')));
    // When it was reported is no part of what is reported.
    const { at: _at, ...content } = body;
    const digest = createHash('sha256').update(path).update(JSON.stringify(content)).digest('hex');
    const known = this.keys.get(key);
    if (known !== undefined)
      return known === digest ? reply(200, { outcome: 'known' }) : reply(422, { code: 'key_reused', message: key });
    const change = path === '/stock/v1/openings' ? openingOf(body) : this.movementOf(body);
    if ('status' in change) return change;
    const name = nameOf(body);
    const before = this.balances.get(name);
    const after = added(before ?? { onHand: 0, reserved: 0, incoming: 0, waiting: 0 }, change);
    const lineName = nameOf(body, 'orderId', 'lineId');
    const book = this.lines.get(lineName) ?? { held: 0, givenBack: {} };
    const short = Object.values(after).some((units) => units < 0) || after.reserved > after.onHand;
    const line = lineAfter(book, key, body, !short);
    if (line !== undefined) {
      this.lines.set(lineName, line);
      await this.host.store.put(`line ${lineName}`, line);
    }
    if (short || line === undefined) return reply(409, { code: 'not_enough', message: 'fewer units are there' });
    this.balances.set(name, after);
    this.keys.set(key, digest);
    await this.host.store.put(`balance ${name}`, after);
    await this.host.store.put(`key ${key}`, digest);
    return reply(201, { outcome: 'moved' });
  }

  private movementOf(body: Json): Partial<Balance> | Reply {
    const effect = EFFECTS[text(body['type']) ?? ''];
    const quantity = integer(body['quantity']) ?? 0;
    if (!effect || quantity < 1) return reply(400, { code: 'invalid_request', message: 'type or quantity' });
    if (!this.balances.has(nameOf(body))) return unknownStock;
    const after = text(body['after']);
    if (after !== undefined && !this.keys.has(after))
      return reply(409, { code: 'not_prepared', message: `${after} is not known` });
    return Object.fromEntries(Object.entries(effect).map(([counter, sign]) => [counter, sign * quantity]));
  }
}

type Reply = Exclude<StandInReply, 'hang-up'>;

const nameOf = (of: Json, ...more: string[]): string =>
  ['merchantId', 'location', 'sku', ...more].map((part) => encodeURIComponent(text(of[part]) ?? '')).join(' ');

/** What is known of a line: units that are held for it, and those that releases have named, by their keys. */
interface LineBook {
  readonly held: number;
  readonly givenBack: Readonly<Record<string, number>>;
}

/** @param moves whether the balance lets it. @returns undefined where the line has not so many units left to reserve */
function lineAfter(book: LineBook, key: string, body: Json, moves: boolean): LineBook | undefined {
  const type = text(body['type']) ?? '';
  const quantity = integer(body['quantity']) ?? 0;
  const moved = moves ? quantity : 0;
  if (type === 'release' || type === 'discard')
    return { held: book.held - moved, givenBack: { ...book.givenBack, [key]: quantity } };
  if (type !== 'reserve' && type !== 'reinstate') return book;
  const { [text(body['after']) ?? '']: turnedBack, ...givenBack } = book.givenBack;
  const lineUnits = integer(body['lineUnits']);
  const gone = Object.values(givenBack).reduce((sum, units) => sum + units, 0);
  if (lineUnits !== undefined && book.held + quantity > lineUnits - gone) return undefined;
  return moves
    ? { held: book.held + quantity, givenBack: turnedBack === undefined ? book.givenBack : givenBack }
    : book;
}

const openingOf = (body: Json): Partial<Balance> => ({
  onHand: integer(body['onHand']) ?? 0,
  reserved: integer(body['reserved']) ?? 0,
});

const added = (balance: Balance, change: Partial<Balance>): Balance => ({
  onHand: balance.onHand + (change.onHand ?? 0),
  reserved: balance.reserved + (change.reserved ?? 0),
  incoming: balance.incoming + (change.incoming ?? 0),
  waiting: balance.waiting + (change.waiting ?? 0),
});

const reply = (status: number, body: Json): Reply => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

const unknownStock = reply(404, { code: 'unknown_stock', message: 'there was never stock of it' });
