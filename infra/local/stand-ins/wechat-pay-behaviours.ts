/** How the next requests at the WeChat Pay stand-in will turn out, kept on disk. */
import { integer, record, text } from '../json';
import type { StandInHost } from '../stand-in';
import { REFUND_STATES, type Order, type Turn } from './wechat-pay-orders';
import type { WechatPayRequest } from './wechat-pay-routes';

const KEY = 'behaviours';

/** Most refunds are done soon after they were taken. */
const ORDINARY: Turn = { state: 'PROCESSING', then: 'SUCCESS', afterMs: 2_000 };

interface Behaviour {
  left: number;
  readonly outTradeNo?: string;
  readonly turn?: Turn;
  readonly instead?: Instead;
  /** Of those below only: method and beginning of the path. */
  readonly method?: string;
  readonly path?: string;
}

/** What is answered instead of the truth. */
export interface Instead {
  readonly status?: number;
  readonly code?: string;
  /** Signs wrongly on purpose. */
  readonly probe: boolean;
  /** Whether the request takes effect all the same. */
  readonly applied: boolean;
}

export class WechatPayBehaviours {
  private constructor(
    private readonly host: StandInHost,
    private waiting: Behaviour[],
  ) {}

  static async load(host: StandInHost): Promise<WechatPayBehaviours> {
    return new WechatPayBehaviours(host, (await host.store.get<Behaviour[]>(KEY)) ?? []);
  }

  all(): readonly Behaviour[] {
    return this.waiting;
  }

  takeTurn({ outTradeNo }: Order): Turn {
    const fits = (one: Behaviour) => one.turn !== undefined && (one.outTradeNo ?? outTradeNo) === outTradeNo;
    return this.take(fits)?.turn ?? ORDINARY;
  }

  takeInstead({ method, path }: WechatPayRequest): Instead | undefined {
    return this.take(
      (one) => one.instead !== undefined && (one.method ?? method) === method && path.startsWith(one.path ?? ''),
    )?.instead;
  }

  async add(wish: unknown): Promise<void> {
    this.waiting = [...this.waiting, behaviourOf(wish)];
    await this.save();
  }

  async forget(): Promise<void> {
    this.waiting = [];
    await this.save();
  }

  /** The first that fits; it is used up by it. */
  private take(fits: (one: Behaviour) => boolean): Behaviour | undefined {
    const found = this.waiting.find(fits);
    if (!found) return undefined;
    found.left -= 1;
    this.waiting = this.waiting.filter((one) => one.left > 0);
    // Not awaited: a count lost in a crash makes one more turn out this way, which a test of crashes can bear.
    this.save().catch((error: unknown) => this.host.log(`behaviours not saved: ${String(error)}`));
    return found;
  }

  private save(): Promise<void> {
    return this.host.store.put(KEY, this.waiting);
  }
}

function behaviourOf(wish: unknown): Behaviour {
  const body = record(wish);
  const outTradeNo = text(body['out_trade_no']);
  const method = text(body['method']);
  const path = text(body['path']);
  const common = {
    left: integer(body['next']) ?? 1,
    ...(outTradeNo !== undefined && { outTradeNo }),
    ...(method !== undefined && { method }),
    ...(path !== undefined && { path }),
  };
  const code = text(body['code']);
  const probe = body['probe'] === true;
  if (code !== undefined || probe) {
    const error = code === undefined ? {} : { code, status: integer(body['status']) ?? 400 };
    return { ...common, instead: { ...error, probe, applied: body['applied'] === true } };
  }
  const state = REFUND_STATES.find((known) => known === body['state']);
  if (!state) throw new Error(`A behaviour has a code, probe, or a state: ${REFUND_STATES.join(', ')}`);
  const then = REFUND_STATES.find((known) => known === body['then']);
  const afterMs = integer(body['afterMs']);
  return {
    ...common,
    turn: { state, ...(then !== undefined && { then }), ...(afterMs !== undefined && { afterMs }) },
  };
}
