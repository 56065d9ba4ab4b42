import { log } from '../../shared/edge/log';
import { metric } from '../../shared/edge/metric';
import { scheduleHandler } from '../../shared/edge/schedule';
import { reconcileRefunds } from '../../shared/flows/reconcile-refunds';
import {
  cancellationStore,
  configuredConnections,
  connections,
  disputes,
  now as clock,
  paymentChannels,
  receipts,
  strayRefunds,
  watermarks,
  workflow,
} from '../../shared/wiring';

/** Hears what providers know and our books do not: nothing depends on a webhook ever arriving. */
export const handler = scheduleHandler({
  ports: () => ({
    cancellations: cancellationStore(),
    channels: paymentChannels(),
    configured: configuredConnections(),
    connections: connections(),
    disputes: disputes(),
    receipts: receipts(),
    strays: strayRefunds(),
    watermarks: watermarks(),
    workflow: workflow(),
    clock,
  }),
  async handle(ports, now) {
    const { behind, ...round } = await reconcileRefunds(
      { ...ports, tell: (finding) => log('error', { ...finding }) },
      now,
    );
    metric('RefundsRepaired', round.repaired, now);
    metric('RefundsUnmatched', round.unmatched, now);
    metric('ConnectionsBehind', behind, now);
    return round;
  },
});
