import { never, only, run, type Work } from './harness';
import { LAMBDA, engineFor, ARN, endOf, failWith, typesOf } from './harness';

const task = (state: object = {}): object => ({ Type: 'Task', Resource: LAMBDA, ...state });

describe('data on its way through states', () => {
  test('a state without fields hands its input on', async () => {
    expect(await run(only({ Type: 'Pass' }), { order: 7 })).toEqual({ status: 'SUCCEEDED', output: { order: 7 } });
  });

  test.each([
    ['an expression', '{% $states.input.items[price > 5].name %}', 'tent'],
    ['expressions within a template', { n: '{% $count($states.input.items) %}', fixed: true }, { n: 2, fixed: true }],
    ['text that only looks like one', ' {% $states.input %} ', ' {% $states.input %} '],
    ['one value of a sequence, bare', '{% $range(1, 1, 1) %}', 1],
    ['the name of the execution', '{% $states.context.Execution.Name %}', 'mine'],
    ['the time of the virtual clock', '{% $now() %}', '2026-01-01T00:00:00.000Z'],
    ['a hash', "{% $hash('a', 'SHA-1') %}", '86f7e437faa5a7fce15d1ddcb9eaeaea377667b8'],
    ['parsed text', "{% $parse('[1,2]') %}", [1, 2]],
  ])('Output may be %s', async (_, output, expected) => {
    const { engine, clock } = engineFor(only({ Type: 'Pass', Output: output }));
    const input = JSON.stringify({
      items: [
        { name: 'tent', price: 9 },
        { name: 'peg', price: 1 },
      ],
    });
    const { executionArn } = await engine.startExecution({ stateMachineArn: ARN, name: 'mine', input });
    await clock.runUntilIdle();
    expect(endOf(engine, executionArn).output).toEqual(expected);
  });

  test.each([
    ['nothing', '{% $states.input.missing %}', 'returned nothing (undefined)'],
    ['a function', '{% function($x) { $x } %}', 'not JSON'],
    ['an infinite number', '{% $power(10, 400) %}', 'D3061'],
    ['an error', "{% 1 + 'a' %}", 'T2002'],
    ['endless recursion', '{% ($f := function($x) { 1 + $f($x) }; $f(1)) %}', 'D1011'],
  ])('an expression that gives %s fails the state', async (_, output, cause) => {
    const ended = await run(only({ Type: 'Pass', Output: output }));
    expect(ended).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
    expect(ended.cause).toContain(cause);
  });

  test('Assign and Output read the variables as they were on entry', async () => {
    const definition = {
      StartAt: 'First',
      States: {
        First: { Type: 'Pass', Assign: { a: 1 }, Next: 'Swap' },
        Swap: { Type: 'Pass', Assign: { a: '{% $a + 1 %}', b: '{% $a %}' }, Output: '{% $a %}', Next: 'Last' },
        Last: { Type: 'Pass', Output: { a: '{% $a %}', b: '{% $b %}', was: '{% $states.input %}' }, End: true },
      },
    };
    expect((await run(definition)).output).toEqual({ a: 2, b: 1, was: 1 });
  });

  test('a rule assigns its own variables, and nothing of the default', async () => {
    const choice = {
      Type: 'Choice',
      Choices: [{ Condition: '{% $states.input.paid %}', Next: 'End', Assign: { way: 'rule' } }],
      Default: 'End',
      Assign: { way: 'default' },
    };
    const definition = {
      StartAt: 'Choose',
      States: { Choose: choice, End: { Type: 'Pass', Output: '{% $way %}', End: true } },
    };
    expect((await run(definition, { paid: true })).output).toBe('rule');
    expect((await run(definition, { paid: false })).output).toBe('default');
    expect(await run(definition, { paid: 'yes' })).toMatchObject({ error: 'States.QueryEvaluationError' });
  });

  test('a result over 262,144 bytes fails the task, and States.ALL catches it', async () => {
    const long = { work: () => 'ä'.repeat(131_072) };
    expect(await run(only(task()), {}, long)).toMatchObject({ error: 'States.DataLimitExceeded' });
    const caught = { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Rescue' }] };
    const definition = {
      StartAt: 'Try',
      States: { Try: task({ ...caught, Next: 'Rescue' }), Rescue: { Type: 'Pass', Output: 'safe', End: true } },
    };
    expect(await run(definition, {}, long)).toEqual({ status: 'SUCCEEDED', output: 'safe' });
  });

  test('Fail ends with its error and cause', async () => {
    const state = {
      StartAt: 'No',
      States: { No: { Type: 'Fail', Error: '{% $states.input.e %}', Cause: 'too late' } },
    };
    expect(await run(state, { e: 'Late' })).toEqual({ status: 'FAILED', error: 'Late', cause: 'too late' });
  });

  test('a loop that never waits ends at 25,000 events', async () => {
    const definition = {
      StartAt: 'A',
      States: {
        A: { Type: 'Choice', Choices: [{ Condition: '{% false %}', Next: 'End' }], Default: 'B' },
        B: { Type: 'Pass', Next: 'A' },
        End: { Type: 'Succeed' },
      },
    };
    const { engine, clock } = engineFor(definition);
    const { executionArn } = await engine.startExecution({ stateMachineArn: ARN });
    await clock.runUntilIdle();
    expect(endOf(engine, executionArn)).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
    expect(engine.getExecutionHistory({ executionArn, maxResults: 1, reverseOrder: true }).events[0]?.id).toBe(25_000);
  });
});

describe('branches', () => {
  const branch = (name: string, state: object): object => ({
    StartAt: name,
    States: { [name]: { End: true, ...state } },
  });

  test('see the outer variables and keep their own', async () => {
    const definition = {
      StartAt: 'Set',
      States: {
        Set: { Type: 'Pass', Assign: { outer: 1 }, Next: 'Fork' },
        Fork: {
          Type: 'Parallel',
          Branches: [
            branch('Left', { Type: 'Pass', Assign: { inner: 2 }, Output: '{% $outer %}' }),
            branch('Right', { Type: 'Pass', Output: '{% $exists($inner) %}' }),
          ],
          Output: { results: '{% $states.result %}', leaked: '{% $exists($inner) %}' },
          End: true,
        },
      },
    };
    expect((await run(definition)).output).toEqual({ results: [1, false], leaked: false });
  });

  test('a failed branch stops the others, and its own error surfaces', async () => {
    const signals: AbortSignal[] = [];
    const work: Work = ({ stateName, signal }) => {
      signals.push(signal);
      return stateName === 'Bad' ? failWith('Declined')(undefined as never) : never();
    };
    const { engine, clock } = engineFor(
      only({
        Type: 'Parallel',
        Branches: [branch('Slow', task()), branch('Bad', task()), branch('Idle', { Type: 'Wait', Seconds: 99 })],
      }),
      { work },
    );
    const { executionArn } = await engine.startExecution({ stateMachineArn: ARN });
    await clock.settle();
    expect(endOf(engine, executionArn)).toEqual({ status: 'FAILED', error: 'Declined', cause: 'because' });
    expect(signals.map((signal) => signal.aborted)).toEqual([true, true]);
    expect(typesOf(engine, executionArn)).toEqual(expect.arrayContaining(['TaskStateAborted', 'WaitStateAborted']));
  });

  test('a Map gives each item its index, keeps the order and its concurrency', async () => {
    let busy = 0;
    let most = 0;
    const work: Work = async ({ arguments: given }) => {
      busy += 1;
      most = Math.max(most, busy);
      await new Promise((resolve) => setImmediate(resolve));
      busy -= 1;
      return given;
    };
    const map = {
      Type: 'Map',
      Items: '{% $states.input %}',
      ItemSelector: '{% $states.context.Map.Item.Value & $string($states.context.Map.Item.Index) %}',
      MaxConcurrency: 2,
      ItemProcessor: branch('Work', task()),
    };
    const { engine } = engineFor(only(map), { work });
    const { executionArn } = await engine.startExecution({ stateMachineArn: ARN, input: '["a","b","c","d","e"]' });
    while (engine.describeExecution({ executionArn }).status === 'RUNNING') await new Promise((r) => setImmediate(r));
    expect(endOf(engine, executionArn).output).toEqual(['a0', 'b1', 'c2', 'd3', 'e4']);
    expect(most).toBe(2);
  });

  test.each([
    [0, 'FAILED'],
    [1, 'SUCCEEDED'],
  ])('a Map that tolerates %i failures of one ends %s', async (count, status) => {
    const work: Work = ({ arguments: given }) => (given === 2 ? failWith('Broken')(undefined as never) : given);
    const map = {
      Type: 'Map',
      Items: [1, 2, 3],
      ToleratedFailureCount: count,
      ItemProcessor: branch('Work', task()),
    };
    expect((await run(only(map), {}, { work })).status).toBe(status);
  });
});

describe('waiting', () => {
  test.each([
    [{ Seconds: 90 }, 90_000],
    [{ Seconds: '{% $states.input.s %}' }, 30_000],
    [{ Timestamp: '2026-01-02T01:00:00+01:00' }, 86_400_000],
    [{ Timestamp: '2020-02-29T00:00:00Z' }, 0],
    [{ Seconds: 40 * 86_400 }, 40 * 86_400_000],
  ])('%j takes %i ms', async (wait, expected) => {
    const { engine, clock } = engineFor(only({ Type: 'Wait', ...wait }));
    const start = clock.now();
    const { executionArn } = await engine.startExecution({ stateMachineArn: ARN, input: '{"s":30}' });
    await clock.runUntilIdle();
    expect(endOf(engine, executionArn).status).toBe('SUCCEEDED');
    expect(clock.now() - start).toBe(expected);
  });

  test('a day that is in no calendar fails the Wait', async () => {
    const wait = only({ Type: 'Wait', Timestamp: "{% '2026-02-30T00:00:00Z' %}" });
    expect(await run(wait)).toMatchObject({ error: 'States.QueryEvaluationError' });
  });

  test('the machine itself has a deadline', async () => {
    const definition = { TimeoutSeconds: 60, ...only({ Type: 'Wait', Seconds: 600 }) };
    expect(await run(definition)).toEqual({ status: 'TIMED_OUT', error: 'States.Timeout' });
  });
});

test('forty items at a time raise no warning about listeners', async () => {
  const warnings: unknown[] = [];
  const note = (warning: unknown): void => void warnings.push(warning);
  process.on('warning', note);
  const processor = { StartAt: 'Wait', States: { Wait: { Type: 'Wait', Seconds: 1, End: true } } };
  const ended = await run(only({ Type: 'Map', Items: '{% [1..100] %}', ItemProcessor: processor }));
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', note);
  expect(ended.status).toBe('SUCCEEDED');
  expect(warnings).toEqual([]);
});
