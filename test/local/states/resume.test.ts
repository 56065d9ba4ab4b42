import { VirtualClock } from '../../../infra/local/clock';
import { TaskFailure } from '../../../infra/local/states/engine';
import { ARN, CALLBACK, endOf, engineFor, LAMBDA, MemoryJournal, never, only, typesOf, type Work } from './harness';

/**
 * Starts a definition, lets it come to rest, and kills the process. The answer begins it anew on what the journal held,
 * `later` milliseconds afterwards.
 */
async function killed(definition: object, work: Work, ahead = 0) {
  const journal = new MemoryJournal();
  const first = engineFor(definition, { journal, work });
  const { executionArn } = await first.engine.startExecution({ stateMachineArn: ARN, name: 'one', input: '{"n":1}' });
  await first.clock.advanceBy(ahead);
  await first.clock.settle();
  const left = journal.copy();
  const restart = async (later = 0, changed: object = definition, again: Work = work) => {
    const clock = new VirtualClock(first.clock.now() + later);
    const second = engineFor(changed, { journal: left, work: again, clock });
    await second.engine.resume();
    await clock.settle();
    return { ...second, journal: left };
  };
  return { ...first, executionArn, journal, restart };
}

const ask = (extra: object = {}): object => ({
  StartAt: 'Prepare',
  States: {
    Prepare: { Type: 'Pass', Assign: { kept: '{% $states.input.n %}' }, Next: 'Ask' },
    Ask: { Type: 'Task', Resource: CALLBACK, Next: 'Done', ...extra },
    Done: { Type: 'Pass', Output: { kept: '{% $kept %}', answer: '{% $states.input %}' }, End: true },
  },
});

describe('a task that waits for an answer', () => {
  test('is not handed over twice, and its token stays valid', async () => {
    const { executionArn, tasks, restart } = await killed(ask(), () => ({}));
    const { engine, clock, tasks: after } = await restart(3_600_000);
    expect(after.requests).toEqual([]);
    await engine.sendTaskSuccess({ taskToken: tasks.lastToken, output: '"yes"' });
    await clock.settle();
    expect(endOf(engine, executionArn)).toEqual({ status: 'SUCCEEDED', output: { kept: 1, answer: 'yes' } });
    expect(typesOf(engine, executionArn).filter((type) => type === 'TaskStateEntered')).toHaveLength(1);
  });

  test('is handed over again, with the same token, when it was not known to have arrived', async () => {
    const { tasks, restart } = await killed(ask(), () => never());
    const { tasks: after } = await restart();
    expect(after.lastToken).toBe(tasks.lastToken);
  });

  test('goes on by itself when the answer had been accepted', async () => {
    const { engine, tasks, executionArn, journal } = await killed(ask(), () => ({}));
    await engine.sendTaskSuccess({ taskToken: tasks.lastToken, output: '"yes"' });
    const left = journal.copy();
    const second = engineFor(ask(), { journal: left });
    await second.engine.resume();
    await second.clock.settle();
    expect(endOf(second.engine, executionArn).output).toEqual({ kept: 1, answer: 'yes' });
  });

  test('times out when its deadline passed while nothing ran', async () => {
    const { executionArn, tasks, restart } = await killed(ask({ TimeoutSeconds: 60 }), () => ({}));
    const { engine } = await restart(61_000);
    expect(endOf(engine, executionArn)).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    await expect(engine.sendTaskSuccess({ taskToken: tasks.lastToken, output: '1' })).rejects.toMatchObject({
      code: 'TaskTimedOut',
    });
  });

  test('keeps its deadline when there is time left', async () => {
    const { executionArn, restart } = await killed(ask({ TimeoutSeconds: 60 }), () => ({}));
    const { engine, clock } = await restart(50_000);
    await clock.advanceBy(9_999);
    expect(endOf(engine, executionArn).status).toBe('RUNNING');
    await clock.advanceBy(1);
    expect(endOf(engine, executionArn).error).toBe('States.Timeout');
  });

  test('inside a branch, too: the branch runs again, the question is not asked again', async () => {
    const branch = { StartAt: 'Ask', States: { Ask: { Type: 'Task', Resource: CALLBACK, End: true } } };
    const { executionArn, tasks, restart } = await killed(
      only({
        Type: 'Parallel',
        Branches: [branch, { ...branch, StartAt: 'Other', States: { Other: branch.States.Ask } }],
      }),
      () => ({}),
    );
    const tokens = tasks.requests.map((request) => request.token ?? '');
    const { engine, clock, tasks: after } = await restart();
    expect(after.requests).toEqual([]);
    for (const taskToken of tokens) await engine.sendTaskSuccess({ taskToken, output: '1' });
    await clock.settle();
    expect(endOf(engine, executionArn)).toEqual({ status: 'SUCCEEDED', output: [1, 1] });
  });
});

describe('other states', () => {
  test('a Wait ends at the time that it was to end', async () => {
    const { executionArn, restart } = await killed(only({ Type: 'Wait', Seconds: 100 }), never, 30_000);
    const { engine, clock } = await restart(20_000);
    await clock.advanceBy(49_999);
    expect(endOf(engine, executionArn).status).toBe('RUNNING');
    await clock.advanceBy(1);
    expect(endOf(engine, executionArn).status).toBe('SUCCEEDED');
  });

  test('a Wait whose time passed while nothing ran ends at once', async () => {
    const { executionArn, restart } = await killed(only({ Type: 'Wait', Seconds: 100 }), never);
    const { engine } = await restart(1_000_000);
    expect(endOf(engine, executionArn).status).toBe('SUCCEEDED');
  });

  test('the deadline of the machine does not move', async () => {
    const { executionArn, restart } = await killed(
      { TimeoutSeconds: 60, ...only({ Type: 'Wait', Seconds: 90 }) },
      never,
    );
    const { engine } = await restart(60_000);
    expect(endOf(engine, executionArn).status).toBe('TIMED_OUT');
  });

  test('a task that was running is run again, and a retry counts on', async () => {
    const task = {
      Type: 'Task',
      Resource: LAMBDA,
      Retry: [{ ErrorEquals: ['Busy'], MaxAttempts: 2, IntervalSeconds: 9 }],
    };
    const busy: Work = ({ attempt }) => {
      throw new TaskFailure('Busy', `${attempt}`);
    };
    const { tasks, executionArn, restart } = await killed(only(task), busy);
    expect(tasks.requests.map((request) => request.attempt)).toEqual([0]);
    const { engine, clock, tasks: after } = await restart();
    expect(after.requests).toEqual([]);
    await clock.runUntilIdle();
    expect(after.requests.map((request) => request.attempt)).toEqual([1, 2]);
    expect(endOf(engine, executionArn)).toMatchObject({ status: 'FAILED', error: 'Busy', cause: '2' });
  });

  test('a task whose deadline passed while nothing ran is not run again', async () => {
    const definition = only({ Type: 'Task', Resource: LAMBDA, TimeoutSeconds: 30 });
    const { executionArn, restart } = await killed(definition, never);
    const soon = await restart(29_000);
    expect(soon.tasks.asked).toEqual(['Only']);
    const { engine, tasks } = await killed(definition, never).then(({ restart: again }) => again(30_000));
    expect(tasks.asked).toEqual([]);
    expect(endOf(engine, executionArn)).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  });

  test('what ended stays ended, and its name stays taken', async () => {
    const { executionArn, restart } = await killed(only({ Type: 'Pass' }), never);
    const { engine } = await restart();
    expect(endOf(engine, executionArn)).toEqual({ status: 'SUCCEEDED', output: { n: 1 } });
    expect(typesOf(engine, executionArn)).toHaveLength(4);
    await expect(engine.startExecution({ stateMachineArn: ARN, name: 'one' })).rejects.toMatchObject({
      code: 'ExecutionAlreadyExists',
    });
  });

  test('an execution goes on with the definition that it began with', async () => {
    const { executionArn, tasks, restart } = await killed(ask(), () => ({}));
    const { engine, clock } = await restart(0, only({ Type: 'Pass', Output: 'new' }));
    await engine.sendTaskSuccess({ taskToken: tasks.lastToken, output: '"yes"' });
    await clock.settle();
    expect(endOf(engine, executionArn).output).toEqual({ kept: 1, answer: 'yes' });
  });

  test('Express executions are lost, as on AWS', async () => {
    const journal = new MemoryJournal();
    const { engine, clock } = engineFor(only({ Type: 'Wait', Seconds: 5 }), { journal, type: 'EXPRESS' });
    await engine.startExecution({ stateMachineArn: ARN });
    await clock.settle();
    expect(journal.records.size).toBe(0);
  });

  test('a long history is saved in parts, and comes back whole', async () => {
    const loop = {
      StartAt: 'Count',
      States: {
        Count: { Type: 'Pass', Output: { n: '{% $states.input.n + 1 %}' }, Next: 'Enough' },
        Enough: {
          Type: 'Choice',
          Choices: [{ Condition: '{% $states.input.n > 150 %}', Next: 'Pause' }],
          Default: 'Count',
        },
        Pause: { Type: 'Wait', Seconds: 10, Next: 'End' },
        End: { Type: 'Wait', Seconds: 10, End: true },
      },
    };
    const { engine: before, executionArn, journal, restart } = await killed(loop, never, 1);
    const ids = (engine: typeof before): number[] =>
      engine.getExecutionHistory({ executionArn }).events.map((event) => event.id);
    expect([...journal.records.keys()].some((key) => key.includes('#history#'))).toBe(true);
    const { engine, clock } = await restart();
    expect(ids(engine)).toEqual(ids(before));
    await clock.runUntilIdle();
    expect(endOf(engine, executionArn).status).toBe('SUCCEEDED');
    expect(ids(engine)).toEqual(ids(engine).map((_, index) => index + 1));
  });
});
