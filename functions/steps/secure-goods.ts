import { runSchema, stepHandler } from '../../shared/edge/step';
import { secureShipment } from '../../shared/flows/secure-shipment';
import { changeInRun } from '../../shared/flows/change-cancellation';
import { alive } from '../../shared/domain/run';
import { leaveGrace } from '../../shared/flows/leave-grace';
import { cancellationStore, carriers, connections, orderStore } from '../../shared/wiring';

/** Takes back the labels of parcels that are still here. A parcel that has left meanwhile stops the cancellation. */
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
    for (const shipmentId of cancellation.recalls) {
      if ((await secureShipment(ports, input, shipmentId, now)) === 'refused') outcome = 'refused';
    }
    await changeInRun(ports.cancellations, input, (before) => {
      const detail = `${before.recalls.length} parcels`;
      return { after: alive(before, now), entry: { actor: 'system', step: 'secure-goods', outcome, at: now, detail } };
    });
    return { outcome };
  },
});
