import { defaultFolder, readRecordings, replay, scoreRecordings, scoreText } from '../../infra/local/conformance';
import type { RecordedCase } from '../../infra/local/conformance';

const recordings = readRecordings(defaultFolder());
const withRecordings = recordings ? test : test.skip;

withRecordings('the laptop does what AWS did', async () => {
  const score = await scoreRecordings(recordings ?? { cases: [], patterns: [] });
  const { total, passed, refused, failed, wrong, shortfalls } = score.executions;
  expect({ total, passed, refused, failed, wrong }).toEqual({
    total: 101,
    passed: 100,
    refused: 1,
    failed: 0,
    wrong: 0,
  });
  expect(shortfalls[0]?.reason).toContain('field Iterator');
  expect(score.patterns).toEqual({ total: 91, passed: 91, shortfalls: [] });
});

const definition = JSON.stringify({
  QueryLanguage: 'JSONata',
  StartAt: 'Ask',
  States: { Ask: { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Arguments: { n: 1 }, End: true } },
});

function recorded(answer: object, output: object, parameters: object = { n: 1 }): RecordedCase {
  const event = (id: number, type: string, details: string, data: object): RecordedCase['events'][number] => ({
    id,
    previousEventId: id - 1,
    type,
    [`${details}EventDetails`]: data,
  });
  const events = [
    event(1, 'ExecutionStarted', 'executionStarted', { input: {} }),
    event(2, 'TaskStateEntered', 'stateEntered', { name: 'Ask', input: {} }),
    event(3, 'TaskScheduled', 'taskScheduled', { parameters }),
    event(4, 'TaskStarted', 'taskStarted', {}),
    event(5, 'TaskSucceeded', 'taskSucceeded', { output: answer }),
    event(6, 'TaskStateExited', 'stateExited', { name: 'Ask', output }),
    event(7, 'ExecutionSucceeded', 'executionSucceeded', { output }),
  ];
  return { id: 'made', definition, input: '{}', events };
}

describe('the score itself', () => {
  test('is passed when all is as recorded, whatever stands for <uuid:1>', async () => {
    expect(await replay(recorded({ id: '7' }, { id: '<uuid:1>' }))).toBeUndefined();
  });

  test('is wrong when another success is claimed', async () => {
    expect(await replay(recorded({ id: 7 }, { id: 8 }))).toMatchObject({ verdict: 'wrong' });
  });

  test('is failed when only the way differs', async () => {
    expect(await replay(recorded({}, {}, { n: 2 }))).toMatchObject({ verdict: 'failed' });
  });

  test('is refused when the definition says what it needs', async () => {
    const paths = { ...recorded({}, {}), definition: definition.replace('"Arguments"', '"Parameters"') };
    expect(await replay(paths)).toMatchObject({ verdict: 'refused', reason: expect.stringContaining('Parameters') });
  });

  test('reads as a table', () => {
    const shortfalls = [{ id: 'a-case', verdict: 'refused' as const, reason: 'field X' }];
    const executions = { total: 2, passed: 1, refused: 1, failed: 0, wrong: 0, shortfalls };
    expect(scoreText({ executions, patterns: { total: 3, passed: 3, shortfalls: [] } })).toBe(
      [
        'executions  1 of 2 passed, 1 refused, 0 failed, 0 wrong',
        '  refused a-case',
        '          field X',
        'patterns    3 of 3 passed',
        '',
      ].join('\n'),
    );
  });
});
