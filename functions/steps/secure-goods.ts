import type { Cancellation } from '../../shared/domain/cancellation';
import { RunSuperseded } from '../../shared/domain/faults';
import type { Span } from '../../shared/domain/policy';
import { alive } from '../../shared/domain/run';
import { later, secondsUntil, type Instant } from '../../shared/domain/time';
import { log } from '../../shared/edge/log';
import { runSchema, stepHandler } from '../../shared/edge/step';
import { askWarehouse } from '../../shared/flows/ask-warehouse';
import type { Secured } from '../../shared/flows/carrier-of';
import { changeInRun, type Change } from '../../shared/flows/change-cancellation';
import { divideCancellation } from '../../shared/flows/divide-cancellation';
import { goOnWithout } from '../../shared/flows/go-on-without';
import { leaveGrace } from '../../shared/flows/leave-grace';
import { secureShipment } from '../../shared/flows/secure-shipment';
import { waitForReturn } from '../../shared/flows/wait-for-return';
import { cancellationStore, carriers, connections, orderStore, returns, workflow } from '../../shared/wiring';

/** Carriers that have told nothing are asked this often after parcels that were called back. */
const asksEvery: Span = { length: 6, unit: 'hours' };
/** What could not be divided waits as one, and is tried again so soon. */
const triesAgain: Span = { length: 1, unit: 'hours' };

/**
 * Stops the goods of a cancellation. `secured`: it can go on, without what could not be stopped; `refused`: nothing is left of
 * it; `hold` for `holdSeconds` while a carrier may still hear of an earlier wish; `wait` at most `waitSeconds` for parcels that
 * were called back, for the warehouse, or for what the buyer sends back; `overdue`: something of it should have been here. What need
 * not wait for these goes on by itself.
 */
export const handler = stepHandler({
  input: runSchema,
  ports: () => ({
    cancellations: cancellationStore(),
    orders: orderStore(),
    connections: connections(),
    carriers: carriers(),
    returns: returns(),
    workflow: workflow(),
  }),
  async handle(input, ports, now) {
    const left = await changeInRun(ports.cancellations, input, (before) => leaveGrace(before, 'secure-goods', now));
    if (left.status !== 'executing') return { outcome: 'nothing' };
    const cancellation = await askWarehouse(ports, input, left, now);
    const parcels: { id: string; secured: Secured }[] = [];
    for (const id of cancellation.recalls) parcels.push({ id, secured: await secureShipment(ports, input, id, now) });
    const secured = parcels.map((parcel) => parcel.secured);
    const holdSeconds = Math.max(0, ...secured.map((one) => (one.outcome === 'hold' ? one.seconds : 0)));
    if (holdSeconds > 0) return { outcome: 'hold', holdSeconds };
    const those = (outcome: Secured['outcome']) =>
      parcels.filter((one) => one.secured.outcome === outcome).map(({ id }) => id);
    const refused = those('refused');
    const waits = [
      ...secured.flatMap((one) => (one.outcome === 'wait' ? [one.until] : [])),
      ...spokenUntil(cancellation),
    ];
    // All of what could not be stopped is sent back in one return, so that it is opened when nothing else is open any more.
    const returned =
      waits.length > 0 ? { state: 'none' as const } : await waitForReturn(ports, cancellation, refused, now);
    const overdue = returned.state === 'overdue' || those('overdue').length > 0;
    const [next] = [...waits, ...(returned.state === 'wait' ? [returned.until] : [])].sort();
    let again = asksEvery;
    if (overdue || next !== undefined) {
      const stopped = those('accepted');
      const asOne = (error: unknown): void => {
        if (error instanceof RunSuperseded) throw error;
        // Its order must not stand because of that.
        log('error', { event: 'not_divided', cancellation: cancellation.id, error });
        again = triesAgain;
      };
      if (mayDivide(cancellation, stopped)) await divideCancellation(ports, input, stopped, now).catch(asOne);
    }
    if (overdue) return { outcome: 'overdue' };
    if (next !== undefined) {
      const asked = later(now, again);
      const until = next < asked || returned.state === 'wait' ? next : asked;
      await changeInRun(ports.cancellations, input, (before) => waiting(before, until, now));
      return { outcome: 'wait', waitSeconds: Math.max(1, secondsUntil(until, now)) };
    }
    const end = { refused, ...(returned.state === 'known' ? { returned: returned.outcome } : {}) };
    let outcome = 'secured';
    await changeInRun(ports.cancellations, input, async (before) => {
      const change = await goOnWithout(ports.orders, before, end, now);
      outcome = change.entry.outcome === 'refused' ? 'refused' : 'secured';
      return change;
    });
    return { outcome };
  },
});

/** Until when the warehouse may say whether it has stopped. */
function spokenUntil({ warehouse }: Cancellation): Instant[] {
  return warehouse?.deadline === undefined || warehouse.answer !== undefined ? [] : [warehouse.deadline];
}

/** The order is read for it only where something has become ready since it was divided last. */
function mayDivide({ parts, warehouse }: Cancellation, stopped: readonly string[]): boolean {
  const spoken = warehouse?.answer !== undefined && warehouse.heldBy === undefined;
  return parts === undefined || stopped.length > 0 || spoken;
}

function waiting(before: Cancellation, goodsUntil: Instant, now: Instant): Change {
  const after = alive({ ...before, goodsUntil }, now);
  return { after, entry: { actor: 'system', step: 'secure-goods', outcome: 'waiting', at: now, detail: goodsUntil } };
}
