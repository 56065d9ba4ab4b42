/** The host's own routes under /_local: clock, tokens, faults, counts, and whether anything is still going on. */
import { ApiError } from './api-error';
import type { HostClock } from './clock';
import type { Faults } from './faults';
import { jsonAnswer, jsonBody } from './http/front-door';
import type { HttpAnswer, HttpRequest } from './http/payload';
import { integer, record, text } from './json';
import type { Log } from './log';
import type { StandIn } from './stand-in';

export interface ControlHost {
  readonly clock: HostClock;
  readonly faults: Faults;
  readonly log: Log;
  readonly standIns: readonly StandIn[];
  readonly jwks: unknown;
  token(claims: Readonly<Record<string, unknown>>, expiresInSeconds?: number): Promise<string>;
  trace(): unknown;
  resetTrace(): void;
  idle(timeoutMs: number): Promise<{ idle: boolean; waiting: string[] }>;
  health(): unknown;
  sweepExpired(): Promise<void>;
  fireSchedule(name: string): Promise<boolean>;
  queue(name: string): unknown;
  redrive(name: string): Promise<number>;
}

/** How long a caller waits for silence unless it says otherwise. */
const IDLE_TIMEOUT_MS = 30_000;

/** Answers one control request. */
export async function control(host: ControlHost, request: HttpRequest): Promise<HttpAnswer> {
  const path = request.path.slice('/_local/'.length);
  const query = new URLSearchParams(request.rawQuery);
  const key = `${request.method} ${path}`;
  switch (key) {
    case 'GET health':
      return jsonAnswer(host.health());
    case 'GET clock':
      return jsonAnswer(timeOf(host.clock));
    case 'POST clock':
      moveClock(host.clock, jsonBody(request));
      return jsonAnswer(timeOf(host.clock));
    case 'POST token': {
      const { expiresInSeconds, ...claims } = record(jsonBody(request));
      return jsonAnswer({ token: await host.token(claims, integer(expiresInSeconds)) });
    }
    case 'GET jwks':
      return jsonAnswer(host.jwks);
    case 'GET faults':
      return jsonAnswer({ faults: host.faults.list() });
    case 'POST faults': {
      const wish = jsonBody(request);
      const faults = (Array.isArray(wish) ? (wish as unknown[]) : [wish]).map((one) => host.faults.add(one));
      return jsonAnswer({ faults }, 201);
    }
    case 'DELETE faults':
      host.faults.clear();
      return jsonAnswer({ faults: [] });
    case 'GET trace':
      return jsonAnswer(host.trace());
    case 'POST trace/reset':
      host.resetTrace();
      return jsonAnswer({});
    case 'GET idle': {
      const answer = await host.idle(integer(query.get('timeoutMs')) ?? IDLE_TIMEOUT_MS);
      return jsonAnswer(answer, answer.idle ? 200 : 504);
    }
    case 'GET logs':
      return jsonAnswer({ lines: host.log.last(integer(query.get('limit')) ?? 200, query.get('source') ?? undefined) });
    case 'POST ttl-sweep':
      await host.sweepExpired();
      return jsonAnswer({});
    default:
  }
  const [area, name = '', ...rest] = path.split('/').map(decodeURIComponent);
  if (area === 'queues' && request.method === 'GET') return jsonAnswer(host.queue(name));
  if (area === 'queues' && rest[0] === 'redrive') return jsonAnswer({ moved: await host.redrive(name) });
  if (area === 'schedules' && request.method === 'POST') {
    if (!(await host.fireSchedule(name))) throw new ApiError('ResourceNotFoundException', `No schedule ${name}.`, 404);
    return jsonAnswer({});
  }
  if (area === 'stand-ins') {
    const standIn = host.standIns.find((one) => one.name === name);
    if (standIn?.control) return jsonAnswer(await standIn.control(rest.join('/'), jsonBody(request)));
  }
  throw new ApiError('UnknownOperation', `There is no control route ${key}.`, 404);
}

function timeOf(clock: HostClock): unknown {
  return { now: new Date(clock.now()).toISOString(), offsetSeconds: clock.offset / 1_000 };
}

function moveClock(clock: HostClock, body: unknown): void {
  const { now, advanceSeconds } = record(body);
  const seconds = integer(advanceSeconds);
  const time = seconds === undefined ? Date.parse(text(now) ?? '') : clock.now() + seconds * 1_000;
  if (Number.isNaN(time))
    throw new ApiError('ValidationException', 'Give {"now": ISO time} or {"advanceSeconds": number}.');
  try {
    clock.moveTo(time);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ApiError('ValidationException', error.message);
  }
}
