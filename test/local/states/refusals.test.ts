import { InvalidDefinition, UnsupportedDefinition } from '../../../infra/local/states/engine';
import { ARN, CALLBACK, engineFor, LAMBDA, only } from './harness';

const end = { Type: 'Pass', End: true };
const task = { Type: 'Task', Resource: LAMBDA };

function refusal(definition: object, type: 'STANDARD' | 'EXPRESS' = 'STANDARD'): unknown {
  try {
    engineFor(definition, { type });
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('what is not supported is refused by name', () => {
  test.each([
    ['field InputPath', 'States/Only/InputPath', only({ ...end, InputPath: '$.a' })],
    ['field ItemReader', 'States/Only/ItemReader', only({ Type: 'Map', ItemReader: {} })],
    ['field Credentials', 'States/Only/Credentials', only({ ...task, Credentials: {} })],
    ['field Colour', 'definition/Colour', { ...only(end), Colour: 'red' }],
    ['the state type "Dance"', 'States/Only', only({ Type: 'Dance' })],
    ['the query language "XPath"', 'QueryLanguage', { QueryLanguage: 'XPath', ...only(end) }],
    [
      'field Arguments without QueryLanguage JSONata',
      'States/Only/Arguments',
      {
        QueryLanguage: 'JSONPath',
        ...only({ ...task, Arguments: {} }),
      },
    ],
    [
      'the JSONPath field a.$',
      'States/Only/Assign/a.$',
      {
        QueryLanguage: 'JSONPath',
        ...only({ ...end, Assign: { 'a.$': '$.b' } }),
      },
    ],
    [
      'the resource arn:aws:states:::sns:publish',
      'States/Only/Resource',
      only({
        Type: 'Task',
        Resource: 'arn:aws:states:::sns:publish',
      }),
    ],
    [
      'a Map in mode "DISTRIBUTED"',
      'States/Only/ItemProcessor/ProcessorConfig/Mode',
      only({
        Type: 'Map',
        ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED' }, ...only(end) },
      }),
    ],
    [
      'field Parameters',
      'States/Only/Branches[0]/States/Only/Parameters',
      only({
        Type: 'Parallel',
        Branches: [only({ ...end, Parameters: {} })],
      }),
    ],
    ['field Delay', 'States/Only/Retry[0]/Delay', only({ ...task, Retry: [{ ErrorEquals: ['A'], Delay: 1 }] })],
    [
      'field Variable',
      'States/Only/Choices[0]/Variable',
      {
        StartAt: 'Only',
        States: { Only: { Type: 'Choice', Choices: [{ Variable: '$.a', IsNull: true, Next: 'Only' }] } },
      },
    ],
  ])('%s', (what, path, definition) => {
    const error = refusal(definition);
    expect(error).toBeInstanceOf(UnsupportedDefinition);
    expect(error).toMatchObject({ what, path });
  });
});

describe('what AWS refuses is refused', () => {
  test.each([
    ['a missing target', { StartAt: 'A', States: { A: { Type: 'Pass', Next: 'B' } } }],
    ['a state that nothing leads to', { StartAt: 'A', States: { A: end, B: end } }],
    [
      'States.ALL before the last retrier',
      only({ ...task, Retry: [{ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['A'] }] }),
    ],
    ['States.ALL with company', only({ ...task, Retry: [{ ErrorEquals: ['States.ALL', 'A'] }] })],
    ['a heartbeat not shorter than the deadline', only({ ...task, HeartbeatSeconds: 5, TimeoutSeconds: 5 })],
    ['a variable named states', only({ ...end, Assign: { states: 1 } })],
    ['a variable that is no name', only({ ...end, Assign: { 'a-b': 1 } })],
    ['an expression that cannot be read', only({ ...end, Output: '{% 1 + %}' })],
    ['an expression that is not closed', only({ ...end, Output: '{% 1' })],
    ['a bare field name', only({ ...end, Output: '{% order.id %}' })],
    ['the implicit root', only({ ...end, Output: { a: ['{% $.order %}'] } })],
    ['$eval', only({ ...end, Output: "{% $eval('1') %}" })],
    [
      'a Choice on the implicit root',
      {
        StartAt: 'A',
        States: { A: { Type: 'Choice', Choices: [{ Condition: '{% paid %}', Next: 'B' }], Default: 'B' }, B: end },
      },
    ],
    [
      'an outer variable assigned in a branch',
      {
        StartAt: 'A',
        States: {
          A: { Type: 'Pass', Assign: { total: 1 }, Next: 'B' },
          B: { Type: 'Parallel', Branches: [only({ ...end, Assign: { total: 2 } })], End: true },
        },
      },
    ],
  ])('%s', (_, definition) => {
    expect(refusal(definition)).toBeInstanceOf(InvalidDefinition);
  });

  test('an Express machine that waits for an answer', () => {
    expect(refusal(only({ Type: 'Task', Resource: CALLBACK }), 'EXPRESS')).toBeInstanceOf(InvalidDefinition);
  });

  test('text that is no JSON', () => {
    const { engine } = engineFor(only(end));
    expect(() => engine.createMachine({ arn: ARN, name: 'x', type: 'STANDARD', definition: '{' })).toThrow(
      InvalidDefinition,
    );
  });
});

test.each([
  '{% $states.input.a[b = 1] %}',
  '{% $map($states.input.a, function($v) { $v.b }) %}',
  '{% $states.input.a.{ "b": b } %}',
  '{% $states.input.a^(>price) %}',
  '{% $states.input ~> |a|{ "b": c }| %}',
])('names inside a path or a filter have something to refer to: %s', (output) => {
  expect(refusal(only({ ...end, Output: output }))).toBeUndefined();
});
