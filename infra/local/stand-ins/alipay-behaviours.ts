/** How the next requests at the Alipay stand-in will turn out, kept on disk. */
import { integer, record, text } from '../json';
import type { StandInHost } from '../stand-in';
import type { AlipayRequest } from './alipay-methods';
import { REFUND_STATES, type Trade, type Turn } from './alipay-trades';

const KEY = 'behaviours';

interface Behaviour {
  left: number;
  readonly outTradeNo?: string;
  readonly turn?: Turn;
  readonly error?: AlipayError;
  /** Of errors only. */
  readonly method?: string;
}

export interface AlipayError {
  readonly code: string;
  readonly subCode: string;
  /** Whether the request takes effect all the same. */
  readonly applied: boolean;
}

export class AlipayBehaviours {
  private constructor(
    private readonly host: StandInHost,
    private waiting: Behaviour[],
  ) {}

  static async load(host: StandInHost): Promise<AlipayBehaviours> {
    return new AlipayBehaviours(host, (await host.store.get<Behaviour[]>(KEY)) ?? []);
  }

  all(): readonly Behaviour[] {
    return this.waiting;
  }

  takeTurn({ outTradeNo }: Trade): Turn {
    return this.take((one) => one.turn !== undefined && isAbout(one, outTradeNo))?.turn ?? { state: 'succeeded' };
  }

  takeError({ method, content }: AlipayRequest): AlipayError | undefined {
    const about = text(content['out_trade_no']);
    return this.take((one) => one.error !== undefined && (one.method ?? method) === method && isAbout(one, about))
      ?.error;
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

function isAbout({ outTradeNo }: Behaviour, about: string | undefined): boolean {
  return outTradeNo === undefined || outTradeNo === about;
}

function behaviourOf(wish: unknown): Behaviour {
  const body = record(wish);
  const outTradeNo = text(body['out_trade_no']);
  const method = text(body['method']);
  const common = {
    left: integer(body['next']) ?? 1,
    ...(outTradeNo !== undefined && { outTradeNo }),
    ...(method !== undefined && { method }),
  };
  const code = text(body['code']);
  const subCode = text(body['sub_code']);
  if (code !== undefined && subCode !== undefined) {
    return { ...common, error: { code, subCode, applied: body['applied'] === true } };
  }
  const state = REFUND_STATES.find((known) => known === body['state']);
  if (!state) throw new Error(`A behaviour has code and sub_code, or a state: ${REFUND_STATES.join(', ')}`);
  const then = REFUND_STATES.find((known) => known === body['then']);
  const afterMs = integer(body['afterMs']);
  return {
    ...common,
    turn: { state, ...(then !== undefined && { then }), ...(afterMs !== undefined && { afterMs }) },
  };
}
