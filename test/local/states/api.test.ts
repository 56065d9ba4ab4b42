import { ARN, CALLBACK, endOf, engineFor, failWith, LAMBDA, MemoryJournal, never, only, run } from './harness';

const wait = only({ Type: 'Wait', Seconds: 60 });
const pass = only({ Type: 'Pass' });
const DAY = 86_400_000;

describe('starting', () => {
  test('the same name with the same input is the same execution while it runs', async () => {
    const { engine, clock } = engineFor(wait, { journal: new MemoryJournal() });
    const request = { stateMachineArn: ARN, name: 'c-1', input: '{"a":1}' };
    const [one, other] = await Promise.all([engine.startExecution(request), engine.startExecution(request)]);
    expect(other).toEqual(one);
    expect(one).toEqual({
      executionArn: 'arn:aws:states:eu-central-1:000000000000:execution:story:c-1',
      startDate: clock.now() / 1000,
    });
    expect(engine.transitions()[ARN]?.executions).toBe(1);
    await expect(engine.startExecution({ ...request, input: '{}' })).rejects.toMatchObject({
      code: 'ExecutionAlreadyExists',
    });
  });

  test('the name of one that ended is refused for 90 days, also when little else is kept of it', async () => {
    const { engine, clock } = engineFor(pass, { keepClosed: 1, journal: new MemoryJournal() });
    const request = { stateMachineArn: ARN, name: 'c-1' };
    const { executionArn } = await engine.startExecution(request);
    await clock.settle();
    await engine.startExecution({ stateMachineArn: ARN, name: 'c-2' });
    await clock.settle();
    expect(() => engine.describeExecution({ executionArn })).toThrow('Execution Does Not Exist');
    await clock.advanceBy(90 * DAY - 1);
    await expect(engine.startExecution(request)).rejects.toMatchObject({ code: 'ExecutionAlreadyExists' });
    await clock.advanceBy(1);
    await expect(engine.startExecution(request)).resolves.toMatchObject({ executionArn });
  });

  test('a start that cannot be journalled is not accepted', async () => {
    const journal = new MemoryJournal();
    const { engine, tasks } = engineFor(only({ Type: 'Task', Resource: LAMBDA }), { journal });
    journal.broken = true;
    const request = { stateMachineArn: ARN, name: 'c-1' };
    await expect(engine.startExecution(request)).rejects.toThrow('The journal is gone.');
    expect(tasks.requests).toEqual([]);
    journal.broken = false;
    await engine.startExecution(request);
  });

  test('the start is in the journal before it is answered', async () => {
    const journal = new MemoryJournal();
    const { engine } = engineFor(wait, { journal });
    const { executionArn } = await engine.startExecution({ stateMachineArn: ARN });
    expect(journal.records.has(executionArn)).toBe(true);
  });

  test.each([
    [{ input: '{"a":' }, 'InvalidExecutionInput'],
    [{ input: `"${'x'.repeat(262_143)}"` }, 'InvalidExecutionInput'],
    [{ name: 'no spaces' }, 'InvalidName'],
    [{ stateMachineArn: 'arn:other' }, 'StateMachineDoesNotExist'],
  ])('%j is refused as %s', async (wrong, code) => {
    const { engine } = engineFor(pass);
    await expect(engine.startExecution({ stateMachineArn: ARN, ...wrong })).rejects.toMatchObject({ code });
  });
});

describe('a synchronous run', () => {
  test('answers the end', async () => {
    const { engine, clock } = engineFor(only({ Type: 'Wait', Seconds: 2 }), { type: 'EXPRESS' });
    const answer = await clock.runUntil(engine.startSyncExecution({ stateMachineArn: ARN, name: 'n', input: '[1]' }));
    expect(answer).toMatchObject({ status: 'SUCCEEDED', output: '[1]', name: 'n', input: '[1]' });
    expect(answer.billingDetails).toEqual({ billedMemoryUsedInMB: 64, billedDurationInMilliseconds: 2_000 });
    expect(answer.stopDate).toBe(answer.startDate + 2);
  });

  test('answers a failure as a success of the call', async () => {
    const work = failWith('Declined');
    const { engine } = engineFor(only({ Type: 'Task', Resource: LAMBDA }), { type: 'EXPRESS', work });
    const answer = await engine.startSyncExecution({ stateMachineArn: ARN });
    expect(answer).toMatchObject({ status: 'FAILED', error: 'Declined', cause: 'because' });
  });

  test('is cut off after five minutes', async () => {
    const { engine, clock } = engineFor(only({ Type: 'Wait', Seconds: 301 }), { type: 'EXPRESS' });
    const answer = await clock.runUntil(engine.startSyncExecution({ stateMachineArn: ARN }));
    expect(answer.status).toBe('TIMED_OUT');
  });

  test('is only for Express machines', async () => {
    const { engine } = engineFor(pass);
    await expect(engine.startSyncExecution({ stateMachineArn: ARN })).rejects.toMatchObject({
      code: 'StateMachineTypeNotSupported',
    });
  });

  test('the same name runs twice', async () => {
    const { engine } = engineFor(pass, { type: 'EXPRESS' });
    const request = { stateMachineArn: ARN, name: 'same' };
    const [one, other] = await Promise.all([engine.startSyncExecution(request), engine.startSyncExecution(request)]);
    expect(one.executionArn).not.toBe(other.executionArn);
  });
});

describe('looking and stopping', () => {
  test('a stop aborts the task and stays', async () => {
    const { engine, clock, tasks } = engineFor(only({ Type: 'Task', Resource: LAMBDA }), { work: never });
    const { executionArn } = await engine.startExecution({ stateMachineArn: ARN });
    await clock.settle();
    const stop = { executionArn, error: 'Enough', cause: 'a person said so' };
    expect(await engine.stopExecution(stop)).toEqual({ stopDate: clock.now() / 1000 });
    expect(tasks.requests[0]?.signal.aborted).toBe(true);
    await engine.stopExecution({ executionArn, error: 'Again' });
    expect(endOf(engine, executionArn)).toEqual({ status: 'ABORTED', error: 'Enough', cause: 'a person said so' });
  });

  test('executions are listed newest first, by page and status', async () => {
    const { engine, clock } = engineFor(wait);
    for (const name of ['a', 'b', 'c']) {
      await engine.startExecution({ stateMachineArn: ARN, name });
      await clock.advanceBy(25_000);
    }
    const list = (more: object) => engine.listExecutions({ stateMachineArn: ARN, ...more });
    expect(list({}).executions.map(({ name, status }) => `${name} ${status}`)).toEqual([
      ...['c RUNNING', 'b RUNNING', 'a SUCCEEDED'],
    ]);
    const page = list({ maxResults: 2 });
    expect(page.executions.map(({ name }) => name)).toEqual(['c', 'b']);
    expect(list({ nextToken: page.nextToken }).executions.map(({ name }) => name)).toEqual(['a']);
    expect(list({ statusFilter: 'SUCCEEDED' }).executions).toHaveLength(1);
  });

  test('an execution that nobody knows', async () => {
    const { engine } = engineFor(pass);
    const executionArn = 'arn:aws:states:::execution:story:none';
    expect(() => engine.describeExecution({ executionArn })).toThrow('Execution Does Not Exist');
    await expect(engine.stopExecution({ executionArn })).rejects.toMatchObject({ code: 'ExecutionDoesNotExist' });
  });

  test('a history is read in pages, from either end', async () => {
    const { engine, clock } = engineFor(pass);
    const { executionArn } = await engine.startExecution({ stateMachineArn: ARN });
    await clock.settle();
    const first = engine.getExecutionHistory({ executionArn, maxResults: 3 });
    const rest = engine.getExecutionHistory({ executionArn, maxResults: 3, nextToken: first.nextToken ?? '' });
    expect([...first.events, ...rest.events].map((event) => event.id)).toEqual([1, 2, 3, 4]);
    expect(rest.nextToken).toBeUndefined();
    expect(engine.getExecutionHistory({ executionArn, reverseOrder: true }).events[0]).toEqual({
      id: 4,
      previousEventId: 3,
      timestamp: clock.now() / 1000,
      type: 'ExecutionSucceeded',
      executionSucceededEventDetails: { output: '{}', outputDetails: { truncated: false } },
    });
  });

  test('states are counted, retries apart', async () => {
    const definition = only({
      Type: 'Task',
      Resource: LAMBDA,
      Retry: [{ ErrorEquals: ['States.ALL'], MaxAttempts: 2 }],
    });
    const { engine, clock } = engineFor(definition, { work: failWith('Busy') });
    await engine.startExecution({ stateMachineArn: ARN });
    await clock.runUntilIdle();
    expect(engine.transitions()[ARN]).toEqual({ executions: 1, entered: 1, retries: 2, states: { Only: 1 } });
  });
});

test('thousands of executions leave little behind', async () => {
  const journal = new MemoryJournal();
  const { engine, clock } = engineFor(pass, { journal, keepClosed: 10 });
  for (let turn = 0; turn < 2_000; turn += 1) await engine.startExecution({ stateMachineArn: ARN });
  await clock.settle();
  expect(engine.listExecutions({ stateMachineArn: ARN }).executions).toHaveLength(10);
  const sizes = [...journal.records.values()].map((text) => text.length).sort((one, other) => one - other);
  expect(sizes[1_900]).toBeLessThan(200);
});

test('an execution whose journal fails stops where it is, says so, and is resumed by a restart', async () => {
  const journal = new MemoryJournal();
  const faults: string[] = [];
  const definition = {
    StartAt: 'Ask',
    States: {
      Ask: { Type: 'Task', Resource: CALLBACK, Next: 'Then' },
      Then: { Type: 'Task', Resource: LAMBDA, End: true },
    },
  };
  const onFault = (error: unknown): void => void faults.push(String(error));
  const { engine, clock, tasks } = engineFor(definition, { journal, onFault });
  const { executionArn } = await engine.startExecution({ stateMachineArn: ARN });
  await clock.settle();
  const answered = engine.sendTaskSuccess({ taskToken: tasks.lastToken, output: '1' });
  await answered;
  journal.broken = true;
  await clock.settle();
  expect(faults).toEqual(['Error: The journal is gone.']);
  expect(tasks.asked).toEqual(['Ask']);

  const second = engineFor(definition, { journal: journal.copy() });
  await second.engine.resume();
  await second.clock.settle();
  expect(endOf(second.engine, executionArn).status).toBe('SUCCEEDED');
  expect(second.tasks.asked).toEqual(['Then']);
});

test('input is {} when none is given', async () => {
  expect((await run(pass)).output).toEqual({});
});
