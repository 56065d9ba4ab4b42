import { waitsForToken, type TaskState } from './definition';
import { StateFailure, Stopped } from './errors';
import type { TaskRequest } from './integrations';
import { WHOLE } from './history';
import type { Answer } from './journal';
import { refuseOversized } from './limits';
import { withRetryAndCatch } from './protected-states';
import type { Exit, Visit } from './visit';
import { childOf, goOn } from './waiting';

export function runTask(visit: Visit<TaskState>): Promise<Exit> {
  return withRetryAndCatch(visit, () => attempt(visit));
}

async function attempt(visit: Visit<TaskState>): Promise<Exit> {
  const { state, mark, path } = visit;
  const events = eventsFor(visit);
  if (waitsForToken(state.Resource)) visit.token = visit.run.execution.tokenFor(path, mark.attempt);

  const input = 'Arguments' in state ? await visit.fill(state.Arguments, 'Arguments') : visit.input;
  const timeout = await visit.number(state.TimeoutSeconds, 'TimeoutSeconds', 1);
  const heartbeat = await visit.number(state.HeartbeatSeconds, 'HeartbeatSeconds', 1);
  refuseOversized(JSON.stringify(input), visit.name);
  if (!mark.delivered && !mark.answer) events.started(input, timeout, heartbeat);

  let result: unknown;
  try {
    result = await perform(visit, input, timeout, heartbeat, events);
    const json = JSON.stringify(result ?? null);
    refuseOversized(json, visit.name);
    events.succeeded(json);
  } catch (error) {
    if (error instanceof StateFailure) events.failed(error);
    throw error;
  }
  return visit.leave(state, result ?? null, { result: result ?? null });
}

/** Resolves with the task's result, or the answer to its token; rejects with StateFailure or Stopped. */
async function perform(
  visit: Visit<TaskState>,
  input: unknown,
  timeout: number | undefined,
  heartbeat: number | undefined,
  events: TaskEvents,
): Promise<unknown> {
  const { mark, frame, path, token } = visit;
  const { clock, execution, integrations } = visit.run;
  goOn(frame.signal);
  const { controller, release } = childOf(frame.signal);
  let cancelDeadline: () => void = () => undefined;
  let giveUpToken: () => void = () => undefined;

  try {
    return await new Promise<unknown>((resolve, reject) => {
      controller.signal.addEventListener('abort', () => reject(new Stopped()), { once: true });

      let over = false;
      const look = (): void => {
        cancelDeadline();
        if (token !== undefined && execution.isAnswering(token)) return;
        if (mark.answer) return settle(mark.answer, resolve, reject);
        const deadline = Math.min(
          timeout === undefined ? Infinity : mark.attemptAt + timeout * 1000,
          heartbeat === undefined || token === undefined
            ? Infinity
            : (mark.heartbeatAt ?? mark.attemptAt) + heartbeat * 1000,
        );
        // A missed heartbeat has the same name as a missed deadline: that is what AWS records.
        over = deadline <= clock.now();
        if (over) reject(new StateFailure('States.Timeout', ''));
        else if (deadline < Infinity) cancelDeadline = clock.at(deadline, look);
      };
      if (token !== undefined) giveUpToken = execution.expect(token, path, look);
      look();
      if (over || mark.delivered || mark.answer) return;

      const request: TaskRequest = {
        resource: visit.state.Resource,
        arguments: input,
        ...(token === undefined ? {} : { token }),
        execution: { arn: execution.arn, name: execution.name, stateMachineArn: execution.machine.arn },
        stateName: visit.name,
        signal: controller.signal,
        attempt: mark.attempt,
      };
      run(visit, request, events).then((result) => {
        if (token === undefined) resolve(result);
      }, reject);
    });
  } finally {
    release();
    cancelDeadline();
    giveUpToken();
    visit.token = undefined;
    // Nobody waits for what may still be going on, e.g. a function past its deadline.
    controller.abort();
  }

  async function run(visiting: Visit<TaskState>, request: TaskRequest, report: TaskEvents): Promise<unknown> {
    const attemptOfRun = mark.attempt;
    let result: unknown;
    try {
      result = await integrations.run(request);
    } catch (error) {
      throw error instanceof StateFailure ? error : new StateFailure('States.TaskFailed', String(error));
    }
    const stillWaiting = !request.signal.aborted && mark.attempt === attemptOfRun && !mark.answer;
    if (request.token !== undefined && stillWaiting) {
      mark.delivered = true;
      report.submitted(result);
      await visiting.run.execution.checkpoint();
    }
    return result;
  }
}

function settle(answer: Answer, resolve: (output: unknown) => void, reject: (error: StateFailure) => void): void {
  if ('output' in answer) resolve(answer.output);
  else reject(new StateFailure(answer.error, answer.cause));
}

interface TaskEvents {
  started(input: unknown, timeout: number | undefined, heartbeat: number | undefined): void;
  submitted(result: unknown): void;
  succeeded(outputJson: string): void;
  failed(failure: StateFailure): void;
}

/** A task that names a function's ARN has events of its own kind. */
function eventsFor(visit: Visit<TaskState>): TaskEvents {
  const { Resource: arn } = visit.state;
  const reason = (failure: StateFailure): Record<string, string> => ({
    ...(failure.error === undefined ? {} : { error: failure.error }),
    ...(failure.cause === undefined ? {} : { cause: failure.cause }),
  });
  const end = (failure: StateFailure): string => (failure.error === 'States.Timeout' ? 'TimedOut' : 'Failed');

  if (arn.startsWith('arn:aws:lambda:')) {
    return {
      started: (input, timeout) => {
        visit.event('LambdaFunctionScheduled', {
          lambdaFunctionScheduledEventDetails: {
            resource: arn,
            input: JSON.stringify(input),
            inputDetails: WHOLE,
            ...(timeout === undefined ? {} : { timeoutInSeconds: timeout }),
          },
        });
        visit.event('LambdaFunctionStarted');
      },
      submitted: () => undefined,
      succeeded: (output) => {
        visit.event('LambdaFunctionSucceeded', {
          lambdaFunctionSucceededEventDetails: { output, outputDetails: WHOLE },
        });
      },
      failed: (failure) => {
        const type = `LambdaFunction${end(failure)}`;
        visit.event(type, { [`l${type.slice(1)}EventDetails`]: reason(failure) });
      },
    };
  }

  // arn:aws:states:::<service>:<action>, where the service may itself have a colon: aws-sdk:sfn
  const parts = arn.split(':').slice(5);
  const target = { resourceType: parts.slice(0, -1).join(':'), resource: parts.at(-1) ?? '' };
  return {
    started: (input, timeout, heartbeat) => {
      visit.event('TaskScheduled', {
        taskScheduledEventDetails: {
          ...target,
          region: visit.run.execution.machine.arn.split(':')[3] ?? '',
          parameters: JSON.stringify(input),
          ...(timeout === undefined ? {} : { timeoutInSeconds: timeout }),
          ...(heartbeat === undefined ? {} : { heartbeatInSeconds: heartbeat }),
        },
      });
      visit.event('TaskStarted', { taskStartedEventDetails: target });
    },
    submitted: (result) => {
      visit.event('TaskSubmitted', {
        taskSubmittedEventDetails: { ...target, output: JSON.stringify(result ?? null), outputDetails: WHOLE },
      });
    },
    succeeded: (output) => {
      visit.event('TaskSucceeded', { taskSucceededEventDetails: { ...target, output, outputDetails: WHOLE } });
    },
    failed: (failure) => {
      const type = `Task${end(failure)}`;
      visit.event(type, { [`t${type.slice(1)}EventDetails`]: { ...target, ...reason(failure) } });
    },
  };
}
