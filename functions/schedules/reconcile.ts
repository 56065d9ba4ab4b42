import { log } from '../../shared/edge/log';
import { metric } from '../../shared/edge/metric';
import { scheduleHandler } from '../../shared/edge/schedule';
import { askAfterPostage } from '../../shared/flows/ask-after-postage';
import { reconcileRefunds } from '../../shared/flows/reconcile-refunds';
import {
  cancellationStore,
  carriers,
  configuredConnections,
  connections,
  disputes,
  now as clock,
  openPostage,
  orderStore,
  paymentChannels,
  receipts,
  returns,
  shipmentFinder,
  strayRefunds,
  watermarks,
  workflow,
} from '../../shared/wiring';

/** Hears what providers and carriers know and our books do not: nothing depends on a webhook ever arriving. */
export const handler = scheduleHandler({
  ports: () => ({
    cancellations: cancellationStore(),
    carriers: carriers(),
    channels: paymentChannels(),
    configured: configuredConnections(),
    connections: connections(),
    disputes: disputes(),
    orders: orderStore(),
    postage: openPostage(),
    receipts: receipts(),
    returns: returns(),
    shipments: shipmentFinder(),
    strays: strayRefunds(),
    watermarks: watermarks(),
    workflow: workflow(),
    clock,
  }),
  async handle(ports, now) {
    const tell = (finding: object): void => log('error', { ...finding });
    // Side by side, so that a provider that takes its time leaves the carriers theirs.
    const [{ behind, ...round }, postage] = await Promise.all([
      reconcileRefunds({ ...ports, tell }, now),
      askAfterPostage({ ...ports, tell }, now),
    ]);
    metric('RefundsRepaired', round.repaired, now);
    metric('RefundsUnmatched', round.unmatched, now);
    metric('ConnectionsBehind', behind, now);
    return { ...round, ...postage };
  },
});
