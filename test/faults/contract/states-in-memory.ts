import { loadProduction } from '../world/production';
import { Cloud } from '../world/cloud';
import { running } from '../world/globals';
import type { HostParts } from '../world/machines';
import { sdkModules } from '../world/sdk';
import { hashText } from '../world/hash';
import { Trace } from '../world/trace';
import { Environment } from '../world/world';
import { entered, machines, type Breaking, type StatesSubject } from './states.contract';

const arnOf = (name: string): string => `arn:aws:states:eu-central-1:000000000000:stateMachine:${name}`;

type Send = { send(command: object): Promise<never> };

/** The world in memory with machines and functions of the contract in the places of the service's own. */
export async function statesInMemory(): Promise<StatesSubject> {
  const { parts } = await loadProduction();
  const { loadMachine } = parts as unknown as HostParts;
  const tokens: string[] = [];
  let throttles = 0;
  const functions = {
    'list-orders': (event: unknown) => Promise.resolve(event),
    'get-order': breaks,
    'get-policy': ({ token }: { token: string }) => Promise.resolve(void tokens.push(token)),
  };
  const names: Readonly<Record<string, string>> = { Echo: 'list-orders', Breaks: 'get-order', Keeps: 'get-policy' };
  const clock = { now: () => running().world.now, at: (time: number, go: () => void) => running().world.at(time, go) };
  const loaded = Object.entries(machines).map(([name, { type, definition }]) => {
    const text = JSON.stringify(definition).replace(/\$\{(\w+)\}/g, (_all, each: string) => names[each] ?? '');
    return loadMachine({ arn: arnOf(name), name, type, definition: text }, clock, () => true);
  });
  const cloud = new Cloud({ production: { parts: { ...parts, ...functions } as never, machines: loaded }, plan: [] });
  const { world } = cloud;
  const invoke = cloud.invoker.invoke.bind(cloud.invoker);
  cloud.invoker.invoke = (name, event) => {
    if (throttles === 0) return invoke(name, event);
    throttles -= 1;
    return Promise.resolve({ error: { errorType: 'TooManyRequestsException', errorMessage: 'Rate Exceeded.' } });
  };
  await cloud.start();
  const { SFNClient } = sdkModules(running)['@aws-sdk/client-sfn'] as { SFNClient: new () => Send };
  const client = new SFNClient();

  /** As a function asks: by the SDK, in its turn. */
  function ask<Answer>(command: string, input: object): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const process = {
        id: 'contract',
        name: 'contract',
        tenant: undefined,
        alive: true,
        skew: 0,
        trace: new Trace(hashText(command)),
        environment: new Environment(),
        startedAt: world.now,
        limitMs: Infinity,
        died: () => undefined,
      };
      world.spawn(process);
      world.resume(process, 0, () => {
        client
          .send({ constructor: { name: command }, input })
          .then(resolve, reject)
          .finally(() => world.end(process));
      });
      void settle();
    });
  }

  let resting = Promise.resolve();
  /** One after the other: a world has one that lets it go on. */
  function pass(ms: number): Promise<void> {
    resting = resting.then(() => {
      const until = world.now + ms;
      world.alarm = () => until;
      return world.rest();
    });
    return resting;
  }
  const settle = (): Promise<void> => pass(0);

  return {
    start: (machine, name, input) =>
      ask('StartExecutionCommand', { stateMachineArn: arnOf(machine), name, input: JSON.stringify(input) }),
    startSync: async (machine, input) => {
      const work = ask<{ status: string; output?: string; error?: string }>('StartSyncExecutionCommand', {
        stateMachineArn: arnOf(machine),
        input: JSON.stringify(input),
      });
      await settle();
      await pass(60_000);
      return brief(await work);
    },
    succeed: (taskToken, output) => ask('SendTaskSuccessCommand', { taskToken, output: JSON.stringify(output) }),
    settle,
    pass: (seconds) => pass(seconds * 1_000),
    now: () => world.now,
    seen: (executionArn) => {
      const { engine } = cloud.machines;
      const { events } = engine.getExecutionHistory({ executionArn, maxResults: 1_000 });
      return Promise.resolve({ ...brief(engine.describeExecution({ executionArn })), states: entered(events) });
    },
    tokens: () => Promise.resolve(tokens),
    throttle: (times) => {
      throttles = times;
    },
    stop: () => Promise.resolve(),
  };
}

function breaks(event: { how: Breaking; times: number; retries: number }): Promise<unknown> {
  const { world } = running();
  if (event.retries >= event.times) return Promise.resolve(event);
  switch (event.how) {
    case 'named':
      return Promise.reject(Object.assign(new Error('wobbled'), { name: 'Wobbly' }));
    case 'unnamed':
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- that is what is tried
      return Promise.reject('no error');
    case 'nothing':
      return Promise.resolve();
    case 'dies':
    case 'hangs': {
      const process = world.current;
      const [after, error] =
        event.how === 'dies' ? [0, 'Runtime.ExitError'] : [process?.limitMs ?? 0, 'Sandbox.Timedout'];
      world.at(world.now + after, () => process && world.kill(process, error));
      return new Promise(() => undefined);
    }
  }
}

export function brief({ status, output, error }: { status: string; output?: string; error?: string }) {
  return {
    status,
    ...(output === undefined ? {} : { output: JSON.parse(output) as unknown }),
    ...(error === undefined ? {} : { error }),
  };
}
