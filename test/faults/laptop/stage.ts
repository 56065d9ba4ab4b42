/** One seed's story on a laptop host that shows many at once: its order, its people, their requests. */
import type { Laptop } from '../../../infra/local/laptop';
import { ask } from '../../support/api-client';
import { intakeOf, type OrderSketch } from '../../support/order-sketch';
import type { PlacedOrder, Role } from '../scenarios/scenario';
import type { Actor, Theatre } from '../scenarios/theatre';
import type { Told } from '../world/client';
import type { ApiAnswer, ApiRequest, Claims } from '../world/gateway';
import { requestTraps, type Ambush } from './ambush';

/** Requests of all stories at a time: more would only wait for the same cores, and nobody would have his answer at once. */
const AT_A_TIME = 6;
const TRIES = 14;
const TOKEN_SECONDS = 30 * 86_400;
const HOUR = 3_600_000;

/** What the stories of one host share. */
export class House {
  /** People who neither sleep nor are done. */
  awake = 0;
  readonly breaks: { seed: number; what: string }[] = [];
  private readonly wakes = new Set<number>();
  private asking = 0;
  private readonly queue: (() => void)[] = [];

  constructor(
    readonly laptop: Laptop,
    readonly ambush: Ambush,
  ) {}

  /** When the first of those who sleep wakes up. */
  get nextWake(): number {
    return Math.min(...this.wakes);
  }

  sleep(ms: number): Promise<void> {
    const { clock } = this.laptop;
    const time = clock.now() + ms;
    this.awake -= 1;
    this.wakes.add(time);
    return new Promise((resolve) => {
      clock.at(time, () => {
        this.wakes.delete(time);
        this.awake += 1;
        resolve();
      });
    });
  }

  async control(party: string, path: string, body?: unknown): Promise<unknown> {
    const method = body === undefined ? 'GET' : 'POST';
    const reply = await ask<unknown>(this.laptop.baseUrl, { method, path: `/_local/stand-ins/${party}/${path}`, body });
    if (reply.status >= 300) throw new Error(`${party} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
    return reply.body;
  }

  async send(request: ApiRequest, token: string): Promise<ApiAnswer | 'none'> {
    if (this.asking >= AT_A_TIME) await new Promise<void>((resolve) => this.queue.push(resolve));
    this.asking += 1;
    try {
      const { method, path, headers, body } = request;
      const reply = await ask<ApiAnswer['body']>(this.laptop.baseUrl, {
        method,
        path,
        token,
        ...(headers === undefined ? {} : { headers }),
        body,
      });
      return { status: reply.status, body: reply.body === '' ? {} : reply.body };
    } catch {
      return 'none';
    } finally {
      this.asking -= 1;
      this.queue.shift()?.();
    }
  }
}

export class LaptopStage implements Theatre {
  readonly told: Told[] = [];
  readonly placed: PlacedOrder[] = [];
  readonly cloud = { parties: { control: this.control.bind(this) } };

  constructor(
    private readonly house: House,
    readonly seed: number,
  ) {}

  private get name(): string {
    return `seed-${this.seed}`;
  }

  let(role: Role, _tenant: string, name: string, script: (actor: Actor) => Promise<void>): void {
    const { house } = this;
    const claims: Claims = {
      tenant: 'demo',
      role,
      sub: `${this.name}-${role}`,
      ...(role === 'merchant' ? { merchant_id: `${this.name}-shop` } : {}),
    };
    const actor = new LaptopActor(house, claims, this.seed, this.told);
    house.awake += 1;
    script(actor)
      .catch((error: unknown) => house.breaks.push({ seed: this.seed, what: `${name}: ${String(error)}` }))
      .finally(() => {
        house.awake -= 1;
      });
  }

  async place(_tenant: string, _reference: string, sketch: OrderSketch): Promise<PlacedOrder> {
    const { house } = this;
    const merchantId = `${this.name}-shop`;
    const customerId = `${this.name}-customer`;
    const made = intakeOf(sketch, {
      reference: this.name,
      merchantId,
      customerId,
      now: new Date(house.laptop.clock.now()),
      onOwnLedger: false,
    });
    // What was posted is JSON: what is undefined in the sketch is not there.
    const intake = JSON.parse(JSON.stringify(made)) as typeof made;
    if (intake.cards.length > 0) await this.house.control('stripe', 'seed', { seed: intake.cards });
    if (intake.parcels.length > 0) await this.house.control('easypost', 'seed', { seed: intake.parcels });
    const claims = { tenant: 'demo', role: 'system', sub: `${this.name}-system` };
    const token = await house.laptop.token(claims, { expiresInSeconds: TOKEN_SECONDS });
    if (intake.stock.length > 0) {
      const body = { merchantId, items: intake.stock };
      const headers = { 'idempotency-key': this.name };
      await house.send({ method: 'POST', path: '/v1/stock/batch', headers, body }, token);
    }
    const put = await house.send({ method: 'PUT', path: `/v1/orders/${this.name}`, body: intake.body }, token);
    if (put === 'none' || put.status !== 201) throw new Error(`${this.name} was not taken: ${JSON.stringify(put)}`);
    const { id } = put.body as { id: string };
    house.ambush.knows(id, this.seed);
    const { currency } = intake.body;
    const placed = { ...intake.placed, tenant: 'demo', id, customerId, currency, body: intake.body };
    this.placed.push(placed);
    return placed;
  }

  /** What the seed wishes of a party is for its own payments and parcels alone. */
  private control(party: string, path: string, body?: unknown): Promise<unknown> {
    const [order] = this.placed;
    const [payments, [shipment]] = [order?.payments ?? [], order?.parcels ?? []];
    const mine =
      path === 'webhooks' ? { about: payments } : party === 'stripe' ? { payment_intent: payments } : { shipment };
    return this.house.control(party, path, { ...(body as object), ...mine });
  }
}

class LaptopActor implements Actor {
  private token: Promise<string> | undefined;

  constructor(
    private readonly house: House,
    private readonly claims: Claims,
    private readonly seed: number,
    private readonly told: Told[],
  ) {}

  post(path: string, key: string, body: unknown): Promise<ApiAnswer> {
    return this.ask({ method: 'POST', path, headers: { 'idempotency-key': key }, body });
  }

  async pause(ms: number): Promise<void> {
    if (ms > 0) await this.house.sleep(ms);
  }

  private async ask(wish: ApiRequest): Promise<ApiAnswer> {
    const request = { ...wish, claims: this.claims };
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.attempt(request);
      const again = answer === 'none' || answer.status >= 500 || isRunning(answer);
      if (!again || attempt === TRIES) {
        const last = answer === 'none' ? { status: 0, body: {} } : answer;
        const { id } = last.body as { id?: unknown };
        if (typeof id === 'string') this.house.ambush.knows(id, this.seed);
        this.told.push({ request, answer: last, at: this.house.laptop.clock.now() });
        return last;
      }
      if (answer !== 'none' && isRunning(answer)) await this.pause(13_000);
      else if (attempt > 3) await this.pause(1_000 * 2 ** Math.min(attempt - 3, 6));
    }
  }

  private async attempt(request: ApiRequest): Promise<ApiAnswer | 'none'> {
    const { house } = this;
    const claims = { ...this.claims };
    this.token ??= house.laptop.token(claims, { expiresInSeconds: TOKEN_SECONDS });
    const token = await this.token;
    const trap = house.ambush.at(`${request.method} request`, `seed-${this.seed}`, requestTraps);
    const aside = (): void => {
      house.awake += 1;
      void house.send(request, token).finally(() => {
        house.awake -= 1;
      });
    };
    if (trap?.name === 'dropped') return 'none';
    if (trap?.name === 'duplicated') aside();
    if (trap?.name === 'replayed') house.laptop.clock.at(house.laptop.clock.now() + 25 * HOUR, aside);
    const answer = await house.send(request, token);
    return trap?.name === 'timeout_applied' ? 'none' : answer;
  }
}

const isRunning = ({ status, body }: ApiAnswer): boolean =>
  status === 409 && ['request_running', 'conflict_try_again'].includes((body as { code?: string }).code ?? '');
