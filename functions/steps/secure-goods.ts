import { runSchema, stepHandler } from '../../shared/edge/step';
import { secureShipment } from '../../shared/flows/secure-shipment';
import { changeInRun } from '../../shared/flows/change-cancellation';
import { alive } from '../../shared/domain/run';
import { leaveGrace } from '../../shared/flows/leave-grace';
import { cancellationStore, carriers, connections, orderStore } from '../../shared/wiring';

/**
 * Takes back the labels of parcels that are still here: `secured`, `refused` by a parcel that has left meanwhile, which
 * stops the cancellation, or `hold` for `holdSeconds` while a carrier may still hear of an earlier wish.
 */
export const handler = stepHandler({
  input: runSchema,
  ports: () => ({
    cancellations: cancellationStore(),
    orders: orderStore(),
    connections: connections(),
    carriers: carriers(),
  }),
  async handle(input, ports, now) {
    const cancellation = await changeInRun(ports.cancellations, input, (before) =>
      leaveGrace(before, 'secure-goods', now),
    );
    if (cancellation.status !== 'executing') return { outcome: 'nothing' };
    let outcome = 'secured';
    let holdSeconds = 0;
    for (const shipmentId of cancellation.recalls) {
      const parcel = await secureShipment(ports, input, shipmentId, now);
      if (parcel.outcome === 'hold') holdSeconds = Math.max(holdSeconds, parcel.seconds);
      if (parcel.outcome === 'refused') outcome = 'refused';
    }
    if (holdSeconds > 0) return { outcome: 'hold', holdSeconds };
    await changeInRun(ports.cancellations, input, (before) => {
      const detail = `${before.recalls.length} parcels`;
      return { after: alive(before, now), entry: { actor: 'system', step: 'secure-goods', outcome, at: now, detail } };
    });
    return { outcome };
  },
});
