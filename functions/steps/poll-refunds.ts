import { isWaiting } from '../../shared/domain/cancellation';
import { RunSuperseded } from '../../shared/domain/faults';
import { alive } from '../../shared/domain/run';
import { runSchema, stepHandler } from '../../shared/edge/step';
import { pollLeg } from '../../shared/flows/carry-out-leg';
import { changeInRun } from '../../shared/flows/change-cancellation';
import { cancellationStore, connections, paymentChannels } from '../../shared/wiring';

/**
 * Asks the providers for legs that wait, side by side: a webhook that never came is found here, not waited for. A leg in
 * trouble stops no other, and one whose provider hangs takes nobody's time: the first trouble is thrown when all were asked.
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
    const polled = await Promise.allSettled(asked.map(({ id }) => pollLeg(ports, input, cancellation, id, now)));
    const troubles = polled.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
    const over = troubles.find((error) => error instanceof RunSuperseded);
    if (troubles.length > 0) throw over ?? troubles[0];
    return { asked: asked.length };
  },
});
