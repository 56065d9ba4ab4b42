import type { Cancellation } from '../domain/cancellation';
import type { EventType, TimelineEntry } from '../domain/events';
import { RunSuperseded, TransientFault } from '../domain/faults';
import { isRefusal, type Refusal } from '../domain/refusal';
import type { CancellationStore, OrderChange } from '../ports/cancellation-store';
import type { Run } from '../ports/workflow';

/** What a change wants written. Without `events`, `closesUnits` and `decidedAt` the order is not touched. */
export interface Change {
  after: Cancellation;
  entry: TimelineEntry;
  events?: readonly EventType[];
  closesUnits?: number;
  /** The order's version on which it was decided: another one is decided on anew. */
  decidedAt?: number;
  /** A cancellation that takes over some of its units. */
  begins?: OrderChange['begins'];
  /**
   * Gives back money that came in since the cancellation was asked for, before it closes: so that a crash in between
   * leaves it open, and its next run comes here again. @returns the order's version at which nothing is left
   */
  giveBackLate?: () => Promise<number>;
}

/** How often a change is decided anew after losing against another write of the same cancellation. */
const attempts = 10;

/**
 * Reads a cancellation, asks what to change, and writes it if it is still what was read; else reads again. `decide`
 * returns undefined when nothing is to be written, or a refusal. It may be asked several times.
 * @returns the cancellation as it now is, or the refusal
 * @throws TransientFault after losing too often
 */
export async function changeCancellation(
  store: CancellationStore,
  at: { tenant: string; orderId: string; cancellationId: string },
  decide: (before: Cancellation) => Promise<Change | Refusal | undefined> | Change | Refusal | undefined,
): Promise<Cancellation | Refusal> {
  let seen: { lateMoneySeenAt?: number } = {};
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const before = await store.find(at.tenant, at.orderId, at.cancellationId);
    if (before === undefined) throw new TransientFault(`${at.cancellationId} is not there (yet)`);
    const change = await decide(before);
    if (change === undefined) return before;
    if (isRefusal(change)) return change;
    const { after, entry, events = [], closesUnits = 0, decidedAt, begins } = change;
    const withOrder = events.length > 0 || closesUnits > 0 || decidedAt !== undefined;
    const outcome = withOrder
      ? await store.saveWithOrder(
          before,
          after,
          {
            ...{ events, closesUnits, ...seen },
            ...(decidedAt === undefined ? {} : { decidedAt }),
            ...(begins === undefined ? {} : { begins }),
          },
          entry,
        )
      : await store.save(before, after, entry);
    if (outcome === 'saved') return { ...after, revision: before.revision + 1 };
    if (outcome === 'late_money') seen = await lookForLateMoney(change);
    else await pause(attempt);
  }
  throw new TransientFault(`${at.cancellationId} is being written by others`);
}

async function lookForLateMoney({ after, giveBackLate }: Change): Promise<{ lateMoneySeenAt: number }> {
  if (giveBackLate === undefined) throw new Error(`${after.id} is closed by one who does not give back late money`);
  return { lateMoneySeenAt: await giveBackLate() };
}

/** The same for a step: only the run that it belongs to may write. */
export async function changeInRun(
  store: CancellationStore,
  run: Run,
  decide: (before: Cancellation) => Promise<Change | undefined> | Change | undefined,
): Promise<Cancellation> {
  const result = await changeCancellation(store, run, (before) => {
    checkRun(before, run);
    return decide(before);
  });
  return result as Cancellation;
}

/** @throws RunSuperseded when a younger run has taken over */
export function checkRun(cancellation: Cancellation, run: Run): void {
  if (cancellation.run.generation !== run.generation) {
    throw new RunSuperseded(
      `run ${run.generation} of ${run.cancellationId} was replaced by ${cancellation.run.generation}`,
    );
  }
}

/** Full jitter, so that writers that met once do not meet again. */
function pause(attempt: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(500, 5 * 2 ** attempt)));
}
