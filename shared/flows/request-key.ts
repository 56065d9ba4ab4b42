import type { Caller } from '../domain/access';
import { answersLive, requestLease } from '../domain/idempotency';
import { cancellationId } from '../domain/ids';
import type { Span } from '../domain/policy';
import { refuse, type Refusal } from '../domain/refusal';
import { isPast, later, type Instant } from '../domain/time';
import type { CancellationPointer, CancellationStore } from '../ports/cancellation-store';

/**
 * Nobody waits longer for the gateway than thirty seconds, so this is how long after a refusal a copy of what was refused
 * can still be on its way. Without it the copy would be judged by how things stand then, and be carried out although its
 * sender was told no.
 */
const refusalsRepeated = { length: 30, unit: 'seconds' } as const;

/**
 * An Idempotency-Key and one request under it: the cancellation id that it stands for, and who has that id. It is taken
 * once, by the request that will be carried out or by the refusal of it; so of several copies one is judged, and the
 * others are told the same.
 */
export class RequestKey {
  /** What was said under this key by whoever has it. */
  private readonly said: Refusal | undefined;
  /** What may be replaced: what was given up, or what this request has taken itself. */
  private over: CancellationPointer | undefined;

  private constructor(
    private readonly store: CancellationStore,
    private readonly taking: Omit<CancellationPointer, 'orderId' | 'refusal'>,
    /** What has the id as far as this request knows. */
    readonly held: CancellationPointer | undefined,
  ) {
    this.said = held && wordOf(held, taking);
    this.over = this.said === undefined ? held : undefined;
  }

  /** @param request fingerprint of what was sent */
  static async read(
    store: CancellationStore,
    caller: Caller,
    idempotencyKey: string,
    request: string,
    now: Instant,
  ): Promise<RequestKey> {
    const { tenant } = caller;
    let key = idempotencyKey;
    for (;;) {
      const id = cancellationId(tenant, `${caller.role}:${caller.subject}`, key);
      const held = await store.locate(tenant, id);
      if (held === undefined || !isPast(later(held.at, answersLive), now)) {
        return new RequestKey(store, { tenant, cancellationId: id, request, at: now }, held);
      }
      key = `${key}@${held.at}`;
    }
  }

  get cancellationId(): string {
    return this.taking.cancellationId;
  }

  /** What was said under this key and holds for whatever is asked. Nothing for a request that may still be running. */
  earlierWord(): Refusal | undefined {
    return this.said?.code === 'request_running' ? undefined : this.said;
  }

  /** Takes the id for the request, before it is recorded. @returns why it is somebody else's */
  async take(orderId: string): Promise<Refusal | undefined> {
    return this.hold({ ...this.taking, orderId });
  }

  /** Takes the id for the refusal. @returns what is to be answered: the refusal, or what another copy was told first */
  async refuse(refusal: Refusal, orderId = ''): Promise<Refusal> {
    return (await this.hold({ ...this.taking, orderId, refusal })) ?? refusal;
  }

  private async hold(pointer: CancellationPointer): Promise<Refusal | undefined> {
    const other = await this.store.takeId(pointer, this.over);
    if (other !== undefined) return wordOf(other, this.taking) ?? running();
    this.over = pointer;
    return undefined;
  }
}

/** What is to be said to a request because of what has its id; nothing when that was given up. */
function wordOf(
  { request, at, refusal }: CancellationPointer,
  asking: { request: string; at: Instant },
): Refusal | undefined {
  const isOver = (span: Span) => isPast(later(at, span), asking.at);
  // Who corrects what was refused may do so at once.
  if (refusal !== undefined) return request === asking.request && !isOver(refusalsRepeated) ? refusal : undefined;
  if (request !== asking.request) return refuse('idempotency_key_reused', 'It was used for another cancellation.');
  return isOver(requestLease) ? undefined : running();
}

const running = () => refuse('request_running', 'The first one has not been answered yet.');
