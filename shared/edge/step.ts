import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { AnswerSaved, PermanentFault, RunSuperseded, TransientFault, UnknownOutcome } from '../domain/faults';
import type { Instant } from '../domain/time';
import type { Run } from '../ports/workflow';
import { now } from '../wiring';
import { log } from './log';

/** What every step gets from its state machine, beside its own arguments. */
export const runSchema = z.object({
  tenant: z.string(),
  orderId: z.string(),
  cancellationId: z.string(),
  generation: z.number(),
});

export interface Step<Input extends Run, Output, Ports> {
  input: z.ZodMiniType<Input>;
  ports: () => Ports;
  handle(input: Input, ports: Ports, now: Instant): Promise<Output>;
}

/** The stack of every step: faults leave under their own names, which the state machine matches. */
export function stepHandler<Input extends Run, Output, Ports>(step: Step<Input, Output, Ports>) {
  return middy<unknown, Output, Error, Context>()
    .use(nameFaults)
    .handler((input: unknown) => step.handle(z.parse(step.input, input), step.ports(), now()));
}

const named: readonly (abstract new (message?: string) => Error)[] = [
  TransientFault,
  PermanentFault,
  UnknownOutcome,
  AnswerSaved,
  RunSuperseded,
];

/** Trouble between us and AWS is worth a retry; trouble in our own code is not. */
const transientAwsErrors =
  /Throttl|TooManyRequests|ProvisionedThroughput|RequestLimit|InternalServer|ServiceUnavailable|TransactionConflict|TransactionInProgress|Timeout|ECONN|EPIPE|NetworkingError/;

const nameFaults: middy.MiddlewareObj<unknown, unknown, Error, Context> = {
  onError: (request) => {
    const error = request.error ?? new Error('unknown');
    const input = request.event as Partial<Run>;
    log('warn', { event: 'step_failed', cancellation: input.cancellationId, generation: input.generation, error });
    if (named.some((type) => error instanceof type)) return;
    const code = 'code' in error ? String(error.code) : '';
    if (
      transientAwsErrors.test(error.name) ||
      transientAwsErrors.test(code) ||
      /TransactionConflict/.test(error.message)
    ) {
      request.error = new TransientFault(error.message, { cause: error });
    }
  },
};
