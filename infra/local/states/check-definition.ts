import validate from 'asl-validator';
import { isRecord } from '../json';
import { expressionIn, languageOf, waitsForToken, type Definition, type Flow, type State } from './definition';
import { InvalidDefinition } from './errors';
import type { Expressions } from './expressions';
import { implicitRootIn } from './implicit-root';

/** Variables are identifiers of at most this many characters. */
const VARIABLE_NAME = /^[\p{L}_][\p{L}\p{N}_]{0,79}$/u;

/**
 * Throws InvalidDefinition for what AWS refuses at creation: what `asl-validator` finds, and the rules that it misses.
 * Takes a definition whose every field is supported. Compiles every expression on the way.
 */
export function checkDefinition(definition: Definition, type: 'STANDARD' | 'EXPRESS', expressions: Expressions): void {
  const verdict = validate(forValidator(definition) as object, {
    checkPaths: true,
    // The laptop's own ARNs have an account and a region that the validator's pattern does not know.
    checkArn: false,
  });
  if (!verdict.isValid) throw new InvalidDefinition(verdict.errorsText('; '));
  checkFlow(definition, '', { definition, type, expressions }, new Set());
}

interface Checked {
  readonly definition: Definition;
  readonly type: 'STANDARD' | 'EXPRESS';
  readonly expressions: Expressions;
}

function checkFlow(flow: Flow, prefix: string, checked: Checked, outerVariables: ReadonlySet<string>): void {
  for (const [name, state] of Object.entries(flow.States)) {
    for (const variable of assignedBy(state)) {
      const path = `${prefix}States/${name}`;
      if (variable === 'states' || !VARIABLE_NAME.test(variable)) {
        throw new InvalidDefinition(`'${variable}' cannot be the name of a variable, at ${path}.`);
      }
      if (outerVariables.has(variable)) {
        throw new InvalidDefinition(`The variable '${variable}' belongs to an outer scope, at ${path}.`);
      }
    }
  }
  for (const [name, state] of Object.entries(flow.States)) {
    const path = `${prefix}States/${name}`;
    checkState(state, path, checked);
    if (state.Type !== 'Map' && state.Type !== 'Parallel') continue;
    // What the state itself assigns comes after its branches; AWS lets them use the same names.
    const others = Object.values(flow.States).filter((other) => other !== state);
    const variables = new Set([...outerVariables, ...others.flatMap(assignedBy)]);
    if (state.Type === 'Map') checkFlow(state.ItemProcessor, `${path}/ItemProcessor/`, checked, variables);
    if (state.Type === 'Parallel') {
      for (const [index, branch] of state.Branches.entries()) {
        checkFlow(branch, `${path}/Branches[${index}]/`, checked, variables);
      }
    }
  }
}

function checkState(state: State, path: string, checked: Checked): void {
  if (languageOf(state, checked.definition) === 'JSONata') {
    for (const [field, value] of Object.entries(state)) {
      if (field === 'Branches' || field === 'ItemProcessor' || field === 'Comment') continue;
      checkExpressions(value, `${path}/${field}`, checked.expressions);
    }
  }
  if ('Retry' in state && state.Retry) checkMatchers(state.Retry, `${path}/Retry`);
  if ('Catch' in state && state.Catch) checkMatchers(state.Catch, `${path}/Catch`);
  if (state.Type === 'Task') {
    const { HeartbeatSeconds: heartbeat, TimeoutSeconds: timeout } = state;
    if (typeof heartbeat === 'number' && typeof timeout === 'number' && heartbeat >= timeout) {
      throw new InvalidDefinition(`HeartbeatSeconds must be smaller than TimeoutSeconds, at ${path}.`);
    }
    if (checked.type === 'EXPRESS' && waitsForToken(state.Resource)) {
      throw new InvalidDefinition(`An Express machine cannot wait for a task token, at ${path}.`);
    }
  }
}

function checkMatchers(matchers: readonly { readonly ErrorEquals: readonly string[] }[], path: string): void {
  for (const [index, { ErrorEquals: names }] of matchers.entries()) {
    if (!names.includes('States.ALL')) continue;
    if (names.length > 1 || index < matchers.length - 1) {
      throw new InvalidDefinition(`States.ALL must stand alone and last, at ${path}[${index}].`);
    }
  }
}

function checkExpressions(value: unknown, path: string, expressions: Expressions): void {
  const source = expressionIn(value);
  if (source !== undefined) {
    const tree = expressions.compile(source).ast();
    const lost = implicitRootIn(tree);
    if (lost) throw new InvalidDefinition(`'${lost}' has nothing to refer to: there is no implicit root, at ${path}.`);
    return;
  }
  if (typeof value === 'string' && (value.startsWith('{%') || value.endsWith('%}'))) {
    throw new InvalidDefinition(`An expression begins with {% and ends with %}, at ${path}.`);
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, member] of Object.entries(value)) checkExpressions(member, `${path}/${key}`, expressions);
}

function assignedBy(state: State): string[] {
  const ways = [
    state,
    ...('Catch' in state && state.Catch ? state.Catch : []),
    ...(state.Type === 'Choice' ? state.Choices : []),
  ];
  return ways.flatMap((way) => Object.keys(way.Assign ?? {}));
}

/**
 * A copy for the validator, which writes into what it is given, and whose schema takes only objects and expressions
 * for Output, where AWS takes any JSON.
 */
function forValidator(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(forValidator);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      const tooNarrow = key === 'Output' && !isRecord(member) && expressionIn(member) === undefined;
      return [key, tooNarrow ? { literal: member } : forValidator(member)];
    }),
  );
}
