/**
 * Those of our own functions that listen to the bus: a rule and a queue each, one message at a time. What fails is handed
 * out again when its time is up, and after five times lies with the dead letters.
 */
import { functions } from '../../../infra/functions';
import { orderPartition } from '../../../shared/adapters/dynamodb/keys';
import type { FaultKind } from '../plan';
import { hashText } from './hash';
import type { Outcome } from './invoker';
import type { World } from './world';

/** As in infra/constructs/event-listeners.ts; a test compares them with the template. */
export const bounds = { mostReceived: 5, hiddenFor: 6 } as const;

interface Listener {
  readonly name: string;
  readonly types: readonly string[];
  readonly hiddenMs: number;
}

const listeners = functions.flatMap(({ name, trigger, timeoutSeconds }): Listener[] =>
  trigger.kind === 'event' ? [{ name, types: trigger.types, hiddenMs: 1_000 * bounds.hiddenFor * timeoutSeconds }] : [],
);

const kinds: readonly FaultKind[] = ['duplicated', 'delayed', 'reordered', 'replayed', 'overtaken'];

export class Listeners {
  /** Messages that nobody took, by the partition of their order. */
  readonly deadLetters: { listener: string; detail: string; partition: string }[] = [];
  /** Messages that were handed out and not yet taken, each with what is still to come of it; two may say the same. */
  private readonly inHand = new Set<{ readonly print: string; left: string }>();

  constructor(
    private readonly world: World,
    private readonly invoke: (name: string, event: unknown) => Promise<Outcome>,
  ) {}

  heard(type: string, detail: string): void {
    for (const listener of listeners) if (listener.types.includes(type)) this.offer(listener, detail, 1);
  }

  digest(): string {
    const dead = this.deadLetters.map(({ listener, detail }) => hashText(listener + detail));
    const inHand = [...this.inHand].map(({ print, left }) => `${print} ${left}`);
    return `${inHand.sort().join()} ${dead.sort().join()}`;
  }

  private offer(listener: Listener, detail: string, time: number): void {
    const label = `message to ${listener.name}`;
    this.world.enter(undefined, { label, effect: true, kinds }, hashText(`${time} ${detail}`), (kind) => {
      void this.deliver(listener, detail, time, kind);
    });
  }

  private async deliver(listener: Listener, detail: string, time: number, kind: FaultKind | undefined): Promise<void> {
    const { world } = this;
    const print = `${listener.name} ${hashText(detail)}`;
    const one = { print, left: `${time} ${kind ?? ''}` };
    this.inHand.add(one);
    const taken = await this.hand(listener, detail);
    if (taken && kind === 'duplicated') {
      one.left = 'again';
      await this.hand(listener, detail);
    }
    this.inHand.delete(one);
    if (taken && kind === 'replayed')
      world.at(world.now + 25 * 3_600_000, () => void this.hand(listener, detail), hashText(print));
    if (taken) return;
    if (time >= bounds.mostReceived)
      this.deadLetters.push({ listener: listener.name, detail, partition: partitionOf(detail) });
    else
      world.at(
        world.now + listener.hiddenMs,
        () => this.offer(listener, detail, time + 1),
        hashText(`${time} ${print}`),
      );
  }

  private async hand({ name }: Listener, detail: string): Promise<boolean> {
    const messageId = String(hashText(detail));
    const body = JSON.stringify({ source: 'order-cancellation', detail: JSON.parse(detail) as unknown });
    const { error, payload } = await this.invoke(name, { Records: [{ messageId, body }] });
    return error === undefined && (payload as { batchItemFailures: unknown[] }).batchItemFailures.length === 0;
  }
}

function partitionOf(detail: string): string {
  const { tenant, orderId } = JSON.parse(detail) as { tenant: string; orderId: string };
  return orderPartition(tenant, orderId);
}
