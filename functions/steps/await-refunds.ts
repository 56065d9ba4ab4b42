import * as z from 'zod/mini';
import { isWaiting } from '../../shared/domain/cancellation';
import { alive, secondsToPoll } from '../../shared/domain/run';
import { later } from '../../shared/domain/time';
import { runSchema, stepHandler } from '../../shared/edge/step';
import { changeInRun } from '../../shared/flows/change-cancellation';
import { cancellationStore, workflow } from '../../shared/wiring';

/** Keeps the token under which the story waits for providers. If all have answered meanwhile, it wakes the story itself. */
export const handler = stepHandler({
  input: z.extend(runSchema, { token: z.string() }),
  ports: () => ({ cancellations: cancellationStore(), workflow: workflow() }),
  async handle(input, { cancellations, workflow }, now) {
    await cancellations.keepToken(input.tenant, input.cancellationId, 'refunds', input.token);
    const cancellation = await changeInRun(cancellations, input, (before) => {
      // The poll renews the lease as well, so that only the first wait has to.
      const held = before.run.leaseUntil > later(now, { length: secondsToPoll(before, now), unit: 'seconds' });
      if (held || before.status !== 'refund_pending' || !before.legs.some(isWaiting)) return undefined;
      const entry = { actor: 'system', step: 'await-refunds', outcome: 'waiting', at: now };
      return { after: alive(before, now), entry };
    });
    if (!cancellation.legs.some(isWaiting)) await workflow.wake(input.token);
    return { waiting: cancellation.legs.filter(isWaiting).length };
  },
});
