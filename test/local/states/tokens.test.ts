import { ARN, CALLBACK, endOf, engineFor, MemoryJournal, only, typesOf, type Setup } from './harness';

const ask = (state: object = {}): object =>
  only({ Type: 'Task', Resource: CALLBACK, Arguments: { Token: '{% $states.context.Task.Token %}' }, ...state });

async function asked(state: object = {}, setup: Setup = {}) {
  const made = engineFor(ask(state), setup);
  const { executionArn } = await made.engine.startExecution({ stateMachineArn: ARN });
  await made.clock.settle();
  return { ...made, executionArn, taskToken: made.tasks.lastToken };
}

test('the task is handed its token, and the answer is its result', async () => {
  const { engine, clock, tasks, executionArn, taskToken } = await asked();
  expect(tasks.requests[0]?.arguments).toEqual({ Token: taskToken });
  await engine.sendTaskSuccess({ taskToken, output: '{"answer":"yes"}' });
  await clock.settle();
  expect(endOf(engine, executionArn)).toEqual({ status: 'SUCCEEDED', output: { answer: 'yes' } });
  expect(typesOf(engine, executionArn)).toEqual([
    ...['ExecutionStarted', 'TaskStateEntered', 'TaskScheduled', 'TaskStarted', 'TaskSubmitted', 'TaskSucceeded'],
    ...['TaskStateExited', 'ExecutionSucceeded'],
  ]);
});

test('a refusal is an error with its name', async () => {
  const { engine, clock, executionArn, taskToken } = await asked();
  await engine.sendTaskFailure({ taskToken, error: 'Refused', cause: 'shipped' });
  await clock.settle();
  expect(endOf(engine, executionArn)).toEqual({ status: 'FAILED', error: 'Refused', cause: 'shipped' });
});

test('a refusal without a name is caught by States.ALL, with nothing in it', async () => {
  const definition = {
    StartAt: 'Ask',
    States: {
      Ask: { Type: 'Task', Resource: CALLBACK, End: true, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'No' }] },
      No: { Type: 'Pass', End: true },
    },
  };
  const { engine, clock, tasks } = engineFor(definition);
  const { executionArn } = await engine.startExecution({ stateMachineArn: ARN });
  await clock.settle();
  await engine.sendTaskFailure({ taskToken: tasks.lastToken });
  await clock.settle();
  expect(endOf(engine, executionArn).output).toEqual({ Error: null, Cause: null });
});

test('nobody answers in time', async () => {
  const { engine, clock, executionArn, taskToken } = await asked({ TimeoutSeconds: 60 });
  await clock.advanceBy(59_999);
  expect(endOf(engine, executionArn).status).toBe('RUNNING');
  await clock.advanceBy(1);
  expect(endOf(engine, executionArn)).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  await expect(engine.sendTaskSuccess({ taskToken, output: '{}' })).rejects.toMatchObject({ code: 'TaskTimedOut' });
});

test('heartbeats put the end off, and a missed one is a States.Timeout', async () => {
  const { engine, clock, executionArn, taskToken } = await asked({ HeartbeatSeconds: 10 });
  for (let beat = 0; beat < 3; beat += 1) {
    await clock.advanceBy(9_000);
    await engine.sendTaskHeartbeat({ taskToken });
  }
  expect(endOf(engine, executionArn).status).toBe('RUNNING');
  await clock.advanceBy(10_000);
  expect(endOf(engine, executionArn)).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
});

test('each attempt has its own token, and the first one is worth nothing then', async () => {
  const { engine, clock, tasks, taskToken } = await asked({
    TimeoutSeconds: 5,
    Retry: [{ ErrorEquals: ['States.Timeout'], MaxAttempts: 1 }],
  });
  await clock.advanceBy(6_000);
  expect(tasks.lastToken).not.toBe(taskToken);
  await expect(engine.sendTaskSuccess({ taskToken, output: '{}' })).rejects.toMatchObject({ code: 'TaskTimedOut' });
  await engine.sendTaskSuccess({ taskToken: tasks.lastToken, output: '{}' });
});

test('a second answer comes too late', async () => {
  const { engine, taskToken } = await asked();
  await engine.sendTaskSuccess({ taskToken, output: '1' });
  await expect(engine.sendTaskFailure({ taskToken })).rejects.toMatchObject({ code: 'TaskTimedOut' });
});

test.each([
  ['InvalidToken', 'no token at all'],
  ['TaskDoesNotExist', `${Buffer.from('arn:aws:states:x:y:execution:z:other').toString('base64url')}.abc`],
])('%s for a token that is not ours', async (code, taskToken) => {
  const { engine } = await asked();
  await expect(engine.sendTaskSuccess({ taskToken, output: '{}' })).rejects.toMatchObject({ code });
});

test.each(['{"broken"', `"${'x'.repeat(262_144)}"`])(
  'an output that is no JSON, or too long, is refused',
  async (output) => {
    const { engine, taskToken } = await asked();
    await expect(engine.sendTaskSuccess({ taskToken, output })).rejects.toMatchObject({ code: 'InvalidOutput' });
  },
);

test('an answer that cannot be journalled is not accepted, and may be given again', async () => {
  const journal = new MemoryJournal();
  const { engine, clock, executionArn, taskToken } = await asked({}, { journal, onFault: () => undefined });
  journal.broken = true;
  await expect(engine.sendTaskSuccess({ taskToken, output: '1' })).rejects.toThrow('The journal is gone.');
  await clock.settle();
  expect(endOf(engine, executionArn).status).toBe('RUNNING');
  journal.broken = false;
  await engine.sendTaskSuccess({ taskToken, output: '2' });
  await clock.settle();
  expect(endOf(engine, executionArn).output).toBe(2);
});

test('a deadline waits for an answer that is on its way into the journal', async () => {
  const journal = new MemoryJournal();
  const { engine, clock, executionArn, taskToken } = await asked({ TimeoutSeconds: 60 }, { journal });
  let write: () => void = () => undefined;
  const save = journal.save.bind(journal);
  journal.save = async (key, record) => {
    await new Promise<void>((resolve) => {
      write = resolve;
    });
    await save(key, record);
  };
  const answered = engine.sendTaskSuccess({ taskToken, output: '1' });
  await clock.advanceBy(70_000);
  expect(endOf(engine, executionArn).status).toBe('RUNNING');
  journal.save = save;
  write();
  await answered;
  await clock.settle();
  expect(endOf(engine, executionArn)).toEqual({ status: 'SUCCEEDED', output: 1 });
});
