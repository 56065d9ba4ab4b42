/** The laptop's outside parties, with an eye on what they are asked and a hand on their line. */
import { setTimeout as pause } from 'node:timers/promises';
import { outsideParties } from '../../../infra/local/parties';
import type { StandIn, StandInHost, StandInReply, StandInRequest } from '../../../infra/local/stand-in';
import { legOfAttempt } from '../world/ledgers';
import { partyTraps, webhookTraps, type Ambush } from './ambush';

const HOUR = 3_600_000;

interface Watch {
  readonly ambush: Ambush;
  end(invocation: string, how: 'dies' | 'times out'): void;
}

export class WatchedParties {
  /** The most that each leg had under way at once, by our reference. */
  readonly most = new Map<string, number>();
  readonly labelsTaken = new Map<string, number>();
  private watch: Watch | undefined;

  readonly options = (() => {
    const { standIns = [], ...rest } = outsideParties();
    return { ...rest, standIns: standIns.map((standIn) => this.watched(standIn)) };
  })();

  begin(watch: Watch): void {
    this.watch = watch;
  }

  private watched(standIn: StandIn): StandIn {
    return {
      ...standIn,
      handle: (request) => this.handle(standIn, request),
      start: (host) => standIn.start?.({ ...host, send: (request) => this.send(host, request) }),
    };
  }

  private async handle(standIn: StandIn, request: StandInRequest): Promise<StandInReply> {
    const { method, path, query, rawBody, headers } = request;
    const invocation = headers['x-laptop-invocation']?.toString();
    const text = `${path} ${query.toString()} ${decodeURIComponent(rawBody.toString())}`;
    const trap = this.watch?.ambush.at(`${method} ${standIn.name}`, text, partyTraps);
    if (trap?.ends !== undefined && invocation !== undefined) this.watch?.end(invocation, trap.ends);
    switch (trap?.name) {
      case 'crash_before':
      case 'hung':
      case 'timeout_lost':
        return 'hang-up';
      case 'timeout_applied':
        await this.carried(standIn, request);
        return 'hang-up';
      case 'throttled':
        return tooMany(standIn.name);
      case 'server_error':
        // Not remembered under the key: which request a saved one strikes could not be told among many.
        return answer(500, { error: { type: 'api_error', message: 'An error occurred.' } });
      case 'slow':
        await pause(trap.strike?.delayMs ?? 0);
        return this.carried(standIn, request);
      default:
        return this.carried(standIn, request);
    }
  }

  private async carried(standIn: StandIn, request: StandInRequest): Promise<StandInReply> {
    const reply = await standIn.handle(request);
    if (reply === 'hang-up' || request.method !== 'POST') return reply;
    if (request.path.endsWith('/refund') && reply.status === 200) {
      this.labelsTaken.set(request.path, (this.labelsTaken.get(request.path) ?? 0) + 1);
    }
    if (standIn.name === 'stripe') await this.look(standIn, request);
    return reply;
  }

  /** Remembers the most that each leg has had at once: a refund too many is wrong even when it is taken back later. */
  private async look(standIn: StandIn, request: StandInRequest): Promise<void> {
    const payment = new URLSearchParams(request.rawBody.toString()).get('payment_intent');
    if (payment === null) return;
    const { authorization } = request.headers;
    const reply = await standIn.handle({
      method: 'GET',
      path: '/v1/refunds',
      query: new URLSearchParams({ payment_intent: payment, limit: '100' }),
      headers: authorization === undefined ? {} : { authorization },
      rawBody: Buffer.alloc(0),
    });
    if (reply === 'hang-up' || reply.status !== 200) return;
    const { data } = JSON.parse(reply.body.toString()) as {
      data: { amount: number; status: string; metadata: Record<string, string> }[];
    };
    const now = new Map<string, number>();
    for (const { metadata, amount, status } of data) {
      if (status === 'failed' || status === 'canceled') continue;
      const leg = legOfAttempt(metadata['leg_id'] ?? '');
      now.set(leg, (now.get(leg) ?? 0) + amount);
    }
    for (const [leg, amount] of now) this.most.set(leg, Math.max(amount, this.most.get(leg) ?? 0));
  }

  private async send(host: StandInHost, request: Parameters<StandInHost['send']>[0]): ReturnType<StandInHost['send']> {
    const trap = this.watch?.ambush.at('webhook', request.body.toString(), webhookTraps);
    const again = (): void => {
      const done = host.busy();
      void host
        .send(request)
        .catch(() => undefined)
        .finally(done);
    };
    switch (trap?.name) {
      case 'dropped':
        // Lost on the way although the sender was answered: nobody will send it again.
        return { status: 200, headers: {}, body: '' };
      case 'duplicated':
        again();
        return host.send(request);
      case 'delayed':
        host.clock.at(host.clock.now() + 5_000, again);
        return { status: 200, headers: {}, body: '' };
      case 'replayed':
        host.clock.at(host.clock.now() + 25 * HOUR, again);
        return host.send(request);
      default:
        return host.send(request);
    }
  }
}

function tooMany(party: string): StandInReply {
  return party === 'stripe'
    ? answer(429, { error: { type: 'invalid_request_error', code: 'rate_limit', message: 'Too many requests.' } })
    : answer(429, { error: { code: 'RATE_LIMITED', message: 'Too many requests.', errors: [] } });
}

const answer = (status: number, body: unknown): StandInReply => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
