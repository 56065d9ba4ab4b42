import { isWaiting } from '../../shared/domain/cancellation';
import { RunSuperseded } from '../../shared/domain/faults';
import { alive } from '../../shared/domain/run';
import { runSchema, stepHandler } from '../../shared/edge/step';
import { pollLeg } from '../../shared/flows/carry-out-leg';
import { changeInRun } from '../../shared/flows/change-cancellation';
import { cancellationStore, connections, paymentChannels } from '../../shared/wiring';

/**
 * Asks the providers for legs that wait: a webhook that never came is found here, not waited for. A leg in trouble stops no
 * other: the first trouble is thrown when all were asked.
 */
export const handler = stepHandler({
  input: runSchema,
  ports: () => ({ cancellations: cancellationStore(), connections: connections(), channels: paymentChannels() }),
  async handle(input, ports, now) {
    const cancellation = await changeInRun(ports.cancellations, input, (before) =>
      before.status === 'refund_pending'
        ? { after: alive(before, now), entry: { actor: 'system', step: 'poll-refunds', outcome: 'asked', at: now } }
        : undefined,
    );
    const asked = cancellation.legs.filter(isWaiting);
    const troubles: unknown[] = [];
    for (const leg of asked) {
      try {
        await pollLeg(ports, input, cancellation, leg.id, now);
      } catch (error) {
        if (error instanceof RunSuperseded) throw error;
        troubles.push(error);
      }
    }
    if (troubles.length > 0) throw troubles[0];
    return { asked: asked.length };
  },
});
