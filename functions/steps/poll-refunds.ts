import { isWaiting } from '../../shared/domain/cancellation';
import { alive } from '../../shared/domain/run';
import { runSchema, stepHandler } from '../../shared/edge/step';
import { pollLeg } from '../../shared/flows/carry-out-leg';
import { changeInRun } from '../../shared/flows/change-cancellation';
import { cancellationStore, connections, paymentChannels } from '../../shared/wiring';

/** Asks the providers for legs that wait: a webhook that never came is found here, not waited for. */
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
    for (const leg of asked) await pollLeg(ports, input, cancellation, leg.id, now);
    return { asked: asked.length };
  },
});
