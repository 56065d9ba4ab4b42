import { retryAfter } from '../../../infra/local/states/retry';
import { failWith, LAMBDA, never, run, type Work } from './harness';

const half = (): number => 0.5;

describe('when to try again', () => {
  test.each([
    ['the first time after the interval', { IntervalSeconds: 2 }, 0, 2_000],
    ['then later and later', { IntervalSeconds: 2, BackoffRate: 3 }, 2, 18_000],
    ['not later than the cap', { IntervalSeconds: 2, BackoffRate: 3, MaxDelaySeconds: 5 }, 2, 5_000],
    ['anywhere before the capped time, with jitter', { MaxDelaySeconds: 3, JitterStrategy: 'FULL' as const }, 2, 1_500],
  ])('%s', (_, retrier, used, delay) => {
    expect(retryAfter([{ ErrorEquals: ['Busy'], ...retrier }], 'Busy', [used], half)?.delay).toBe(delay);
  });

  test('each retrier counts for itself', () => {
    const retriers = [
      { ErrorEquals: ['Busy'], MaxAttempts: 1 },
      { ErrorEquals: ['States.ALL'], MaxAttempts: 2 },
    ];
    const first = retryAfter(retriers, 'Busy', [], half);
    expect(first?.counters).toEqual([1, 0]);
    expect(retryAfter(retriers, 'Busy', [1, 0], half)).toBeUndefined();
    expect(retryAfter(retriers, 'Other', [1, 0], half)?.counters).toEqual([1, 1]);
  });

  test.each([
    ['States.ALL', 'Anything', true],
    ['States.ALL', 'States.DataLimitExceeded', true],
    ['States.ALL', undefined, true],
    ['States.ALL', 'States.Runtime', false],
    ['States.Runtime', 'States.Runtime', false],
    ['States.TaskFailed', 'Anything', true],
    ['States.TaskFailed', 'States.Timeout', false],
    ['Busy', 'Busyness', false],
  ])('%s stands for %s: %s', (name, error, expected) => {
    expect(retryAfter([{ ErrorEquals: [name] }], error, [], half) !== undefined).toBe(expected);
  });
});

describe('a task that fails', () => {
  const guarded = (extra: object): object => ({
    StartAt: 'Refund',
    States: {
      Refund: { Type: 'Task', Resource: LAMBDA, Next: 'Done', ...extra },
      Done: { Type: 'Pass', End: true },
      // A state that nothing leads to would be refused.
      ...('Catch' in extra ? { Rescue: { Type: 'Pass', End: true } } : {}),
    },
  });

  test('is tried again, and knows how often', async () => {
    const attempts: number[] = [];
    const work: Work = ({ attempt, arguments: given }) => {
      attempts.push(attempt);
      return attempt < 2 ? failWith('Busy')(undefined as never) : given;
    };
    const definition = guarded({
      Arguments: { retry: '{% $states.context.State.RetryCount %}' },
      Retry: [{ ErrorEquals: ['Busy'] }],
    });
    expect((await run(definition, {}, { work })).output).toEqual({ retry: 2 });
    expect(attempts).toEqual([0, 1, 2]);
  });

  test('hands the error to its catcher when it gives none of its own', async () => {
    const definition = guarded({ Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Rescue' }] });
    const ended = await run(definition, {}, { work: failWith('Declined') });
    expect(ended.output).toEqual({ Error: 'Declined', Cause: 'because' });
  });

  test('assigns from the catcher only', async () => {
    const definition = guarded({
      Assign: { way: 'well' },
      Catch: [
        { ErrorEquals: ['Declined'], Next: 'Rescue', Assign: { why: '{% $states.errorOutput.Error %}' }, Output: 1 },
      ],
    });
    expect(await run(definition, {}, { work: failWith('Declined') })).toEqual({ status: 'SUCCEEDED', output: 1 });
  });

  test('that breaks in the host counts as failed, not as done', async () => {
    const work: Work = () => {
      throw new TypeError('a bug');
    };
    const ended = await run(guarded({}), {}, { work });
    expect(ended).toMatchObject({ status: 'FAILED', error: 'States.TaskFailed', cause: 'TypeError: a bug' });
  });

  test('a deadline is an error like others, with its own time for each attempt', async () => {
    const work: Work = ({ attempt }) => (attempt === 0 ? never() : 'second');
    const definition = guarded({ TimeoutSeconds: 5, Retry: [{ ErrorEquals: ['States.Timeout'], MaxAttempts: 1 }] });
    expect((await run(definition, {}, { work })).output).toBe('second');
    expect(await run(guarded({ TimeoutSeconds: 5 }), {}, { work })).toMatchObject({ error: 'States.Timeout' });
  });
});
