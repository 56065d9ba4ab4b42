/**
 * What functions and machines may count on, whoever runs them: the engine is the same code in memory and on the laptop
 * host; what lies around it (functions, their ends, time, the SDK) is not.
 */

/** What a run of one of the machines below looked like from outside. */
export interface Seen {
  readonly status: string;
  readonly states: readonly string[];
  readonly output?: unknown;
  readonly error?: string;
}

export interface StatesSubject {
  /** As the SDK's client: answers, or throws an error with the service's name. */
  start(machine: string, name: string, input: unknown): Promise<{ executionArn: string }>;
  startSync(machine: string, input: unknown): Promise<{ status: string; output?: unknown; error?: string }>;
  succeed(taskToken: string, output: unknown): Promise<void>;
  /** Lets everything run that can, without moving time on. */
  settle(): Promise<void>;
  /** Lets time pass, and everything run that this brings about. */
  pass(seconds: number): Promise<void>;
  now(): number;
  seen(executionArn: string): Promise<Seen>;
  /** Tokens that the machines handed out, in order. */
  tokens(): Promise<readonly string[]>;
  /** Lambda refuses the next invocations. */
  throttle(times: number): void;
  stop(): Promise<void>;
}

const LAMBDA = 'arn:aws:states:::lambda:invoke';

const task = (FunctionName: string, more: object) => ({
  Type: 'Task',
  Resource: LAMBDA,
  Arguments: { FunctionName, Payload: '{% $merge([$states.input, {"retries": $states.context.State.RetryCount}]) %}' },
  Output: '{% $states.result.Payload %}',
  ...more,
});

const named = { ErrorEquals: ['States.ALL'], Next: 'Caught', Output: '{% {"error": $states.errorOutput.Error} %}' };
const done = { Done: { Type: 'Succeed' } };
const ends = { ...done, Caught: { Type: 'Pass', End: true } };

const machine = (StartAt: string, States: object) => ({ QueryLanguage: 'JSONata', StartAt, States });

/** Names of functions are put in as `${Echo}`, `${Breaks}` and `${Keeps}`. */
export const machines: Readonly<Record<string, { type: 'STANDARD' | 'EXPRESS'; definition: object }>> = {
  plain: {
    type: 'STANDARD',
    definition: machine('First', {
      First: { Type: 'Pass', Next: 'Ask' },
      Ask: task('${Echo}', { Next: 'Done' }),
      ...done,
    }),
  },
  breaking: {
    type: 'STANDARD',
    definition: machine('Ask', { Ask: task('${Breaks}', { Next: 'Done', Catch: [named] }), ...ends }),
  },
  retrying: {
    type: 'STANDARD',
    definition: machine('Ask', {
      Ask: task('${Breaks}', {
        Next: 'Done',
        Retry: [
          {
            ErrorEquals: ['Wobbly', 'Lambda.TooManyRequestsException', 'Runtime.ExitError', 'Sandbox.Timedout'],
            IntervalSeconds: 60,
            MaxAttempts: 3,
            BackoffRate: 2,
          },
        ],
        Catch: [named],
      }),
      ...ends,
    }),
  },
  waiting: {
    type: 'STANDARD',
    definition: machine('Until', {
      Until: { Type: 'Wait', Timestamp: '{% $states.input.until %}', Next: 'Done' },
      ...done,
    }),
  },
  asking: {
    type: 'STANDARD',
    definition: machine('Ask', {
      Ask: {
        Type: 'Task',
        Resource: `${LAMBDA}.waitForTaskToken`,
        Arguments: { FunctionName: '${Keeps}', Payload: { token: '{% $states.context.Task.Token %}' } },
        TimeoutSeconds: 600,
        Catch: [named],
        Next: 'Done',
      },
      ...ends,
    }),
  },
  quick: {
    type: 'EXPRESS',
    definition: machine('Ask', {
      Ask: task('${Breaks}', {
        Next: 'Done',
        Retry: [{ ErrorEquals: ['Wobbly'], IntervalSeconds: 1, MaxAttempts: 2 }],
      }),
      ...done,
    }),
  },
};

/** What `Breaks` does, by its input: `{ how, times }`; after so many times it answers as `Echo` does. */
export type Breaking = 'named' | 'unnamed' | 'dies' | 'hangs' | 'nothing';

export function statesContract(begin: () => Promise<StatesSubject>): void {
  let stage: StatesSubject;
  beforeAll(async () => {
    stage = await begin();
  }, 120_000);
  afterAll(() => stage.stop());

  let runs = 0;
  const name = (): string => `run-${(runs += 1)}`;

  async function played(which: string, input: unknown, seconds = 0): Promise<Seen> {
    const { executionArn } = await stage.start(which, name(), input);
    await stage.settle();
    if (seconds > 0) await stage.pass(seconds);
    return stage.seen(executionArn);
  }

  const refusal = async (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'done',
      (error: unknown) => (error as Error).name,
    );

  it('goes from state to state and ends with the output of the last', async () => {
    expect(await played('plain', { a: 1, b: [true, null] })).toEqual({
      status: 'SUCCEEDED',
      states: ['First', 'Ask', 'Done'],
      output: { a: 1, b: [true, null], retries: 0 },
    });
  });

  it.each<[string, unknown, string]>([
    ['an error of its own', { how: 'named', times: 9 }, 'Wobbly'],
    ['something that is no error', { how: 'unnamed', times: 9 }, 'string'],
    ['the end of its process', { how: 'dies', times: 9 }, 'Runtime.ExitError'],
    ['the end of its time', { how: 'hangs', times: 9 }, 'Sandbox.Timedout'],
  ])('calls %s by its name', async (_what, input, error) => {
    expect(await played('breaking', input, 15)).toEqual({
      status: 'SUCCEEDED',
      states: ['Ask', 'Caught'],
      output: { error },
    });
  });

  it('calls a throttle by its name', async () => {
    stage.throttle(1);
    expect(await played('breaking', { how: 'nothing', times: 0 })).toMatchObject({
      output: { error: 'Lambda.TooManyRequestsException' },
    });
  });

  it('takes an answer of nothing as null', async () => {
    expect(await played('breaking', { how: 'nothing', times: 9 })).toEqual({
      status: 'SUCCEEDED',
      states: ['Ask', 'Done'],
      output: null,
    });
  });

  it.each<[string, unknown]>([
    ['named', { how: 'named', times: 2 }],
    ['dies', { how: 'dies', times: 2 }],
  ])('retries what is named, pause by pause (%s)', async (_what, input) => {
    const { executionArn } = await stage.start('retrying', name(), input);
    await stage.settle();
    expect((await stage.seen(executionArn)).status).toBe('RUNNING');
    await stage.pass(61);
    expect((await stage.seen(executionArn)).status).toBe('RUNNING');
    await stage.pass(121);
    expect(await stage.seen(executionArn)).toEqual({
      status: 'SUCCEEDED',
      states: ['Ask', 'Done'],
      output: { ...(input as object), retries: 2 },
    });
  });

  it('gives up after the attempts that it has', async () => {
    expect(await played('retrying', { how: 'named', times: 9 }, 600)).toMatchObject({ output: { error: 'Wobbly' } });
  });

  it('does not retry what is not named', async () => {
    expect(await played('retrying', { how: 'unnamed', times: 9 })).toMatchObject({ output: { error: 'string' } });
  });

  it('waits until a time, and not longer', async () => {
    const until = new Date(stage.now() + 3_600_000).toISOString();
    const { executionArn } = await stage.start('waiting', name(), { until });
    await stage.settle();
    await stage.pass(3_500);
    expect(await stage.seen(executionArn)).toMatchObject({ status: 'RUNNING', states: ['Until'] });
    await stage.pass(200);
    expect(await stage.seen(executionArn)).toMatchObject({ status: 'SUCCEEDED', states: ['Until', 'Done'] });
  });

  it('does not wait for what has been', async () => {
    const until = new Date(stage.now() - 1_000).toISOString();
    expect(await played('waiting', { until })).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('starts nothing twice under one name: the same start while it runs is the same run, anything else is refused', async () => {
    const until = new Date(stage.now() + 60_000).toISOString();
    const taken = name();
    const { executionArn } = await stage.start('waiting', taken, { until });
    await stage.settle();
    expect((await stage.start('waiting', taken, { until })).executionArn).toBe(executionArn);
    expect(await refusal(stage.start('waiting', taken, { until, more: 1 }))).toBe('ExecutionAlreadyExists');
    await stage.pass(120);
    expect(await stage.seen(executionArn)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await refusal(stage.start('waiting', taken, { until }))).toBe('ExecutionAlreadyExists');
  });

  it('goes on with the answer to its token, which counts once', async () => {
    const { executionArn } = await stage.start('asking', name(), {});
    await stage.settle();
    const token = (await stage.tokens()).at(-1) ?? '';
    expect(await stage.seen(executionArn)).toMatchObject({ status: 'RUNNING', states: ['Ask'] });
    await stage.succeed(token, { verdict: 'yes' });
    await stage.settle();
    expect(await stage.seen(executionArn)).toEqual({
      status: 'SUCCEEDED',
      states: ['Ask', 'Done'],
      output: { verdict: 'yes' },
    });
    expect(['TaskTimedOut', 'TaskDoesNotExist']).toContain(await refusal(stage.succeed(token, { verdict: 'no' })));
  });

  it('knows no token that it never gave', async () => {
    expect(await refusal(stage.succeed('made-up', {}))).toMatch(/^(TaskDoesNotExist|InvalidToken)$/);
  });

  it('goes its own way when nobody answers in time, and then hears no answer any more', async () => {
    const { executionArn } = await stage.start('asking', name(), {});
    await stage.settle();
    await stage.pass(700);
    expect(await stage.seen(executionArn)).toEqual({
      status: 'SUCCEEDED',
      states: ['Ask', 'Caught'],
      output: { error: 'States.Timeout' },
    });
    expect(await refusal(stage.succeed((await stage.tokens()).at(-1) ?? '', {}))).toBe('TaskTimedOut');
  });

  it('answers a synchronous run with its end', async () => {
    expect(await stage.startSync('quick', { how: 'named', times: 1 })).toEqual({
      status: 'SUCCEEDED',
      output: { how: 'named', times: 1, retries: 1 },
    });
  });

  it('answers a synchronous run that fails with the error', async () => {
    expect(await stage.startSync('quick', { how: 'unnamed', times: 9 })).toEqual({ status: 'FAILED', error: 'string' });
  });
}

interface Event_ {
  readonly type: string;
  readonly stateEnteredEventDetails?: { readonly name: string };
}

/** States in the order in which they were entered. */
export const entered = (events: readonly object[]): string[] =>
  (events as readonly Event_[]).flatMap(({ stateEnteredEventDetails: details }) => details?.name ?? []);
