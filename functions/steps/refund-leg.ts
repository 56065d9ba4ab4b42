import * as z from 'zod/mini';
import { metric } from '../../shared/edge/metric';
import { runSchema, stepHandler } from '../../shared/edge/step';
import { carryOutLeg } from '../../shared/flows/carry-out-leg';
import { cancellationStore, connections, disputes, paymentChannels } from '../../shared/wiring';

/** Gives one leg back through its channel. A refusal for good is an outcome; trouble is a fault and is entered again. */
export const handler = stepHandler({
  input: z.extend(runSchema, { leg: z.string() }),
  ports: () => ({
    cancellations: cancellationStore(),
    connections: connections(),
    channels: paymentChannels(),
    disputes: disputes(),
  }),
  async handle(input, ports, now) {
    const leg = await carryOutLeg(ports, input, input.leg, now);
    if (leg.status === 'awaiting_funds') metric('RefundsAwaitingFunds', 1, now);
    return { leg: leg.id, status: leg.status };
  },
});
