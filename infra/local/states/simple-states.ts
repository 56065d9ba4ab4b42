import type { ChoiceState, FailState, PassState, SucceedState, WaitState } from './definition';
import { EvaluationFailure, StateFailure } from './errors';
import { enteredText, unexpectedType } from './expressions';
import type { Exit, Visit } from './visit';
import { waitUntil } from './waiting';

/** Most seconds that a Wait may take. */
const LONGEST_WAIT_SECONDS = 99_999_999;

export async function runPass(visit: Visit<PassState>): Promise<Exit> {
  const { state } = visit;
  return visit.leave(state, 'Result' in state ? state.Result : visit.input);
}

export async function runSucceed(visit: Visit<SucceedState>): Promise<Exit> {
  return visit.leave(visit.state, visit.input);
}

export async function runChoice(visit: Visit<ChoiceState>): Promise<Exit> {
  const { state, input } = visit;
  for (const [index, rule] of state.Choices.entries()) {
    const field = `Choices[${index}]/Condition`;
    const verdict = await visit.fill(rule.Condition, field);
    if (typeof verdict !== 'boolean') throw unexpectedType(visit.asker, rule.Condition, field, 'boolean', verdict);
    if (verdict) return visit.leave(rule, input);
  }
  if (state.Default === undefined) {
    throw new StateFailure('States.NoChoiceMatched', `${enteredText(visit.asker)}No choice rule matched.`);
  }
  return visit.leave(state, input, {}, state.Default);
}

export async function runWait(visit: Visit<WaitState>): Promise<Exit> {
  const { clock, execution } = visit.run;
  const until = await wakeTime(visit);
  // An inner Wait is not saved on entry, but its deadline must not move either.
  if (visit.frame.path !== '' && until > clock.now()) await execution.checkpoint();
  await waitUntil(clock, until, visit.frame.signal);
  return visit.leave(visit.state, visit.input);
}

async function wakeTime(visit: Visit<WaitState>): Promise<number> {
  const { state } = visit;
  if (state.Timestamp === undefined) {
    const seconds = (await visit.number(state.Seconds, 'Seconds', 0)) ?? 0;
    if (seconds > LONGEST_WAIT_SECONDS) throw unexpectedType(visit.asker, state.Seconds, 'Seconds', 'integer', seconds);
    return visit.mark.enteredAt + seconds * 1000;
  }
  const text = await visit.fill(state.Timestamp, 'Timestamp');
  const time = typeof text === 'string' ? timestampOf(text) : undefined;
  if (time === undefined) {
    throw new EvaluationFailure(
      `${enteredText(visit.asker)}The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time ` +
        `format string: ${typeof text === 'string' ? text : JSON.stringify(text)}`,
      'Timestamp',
    );
  }
  return time;
}

const TIMESTAMP = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

/** Milliseconds since the epoch; undefined for what is not a time, February 30th included. */
function timestampOf(text: string): number | undefined {
  const day = TIMESTAMP.exec(text)?.[1];
  if (day === undefined) return undefined;
  const midnight = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(midnight.getTime()) || midnight.toISOString().slice(0, 10) !== day) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

export async function runFail(visit: Visit<FailState>): Promise<never> {
  const error = await textOf(visit, 'Error');
  const cause = await textOf(visit, 'Cause');
  throw new StateFailure(error, cause);
}

async function textOf(visit: Visit<FailState>, field: 'Error' | 'Cause'): Promise<string | undefined> {
  const template = visit.state[field];
  if (template === undefined) return undefined;
  const value = await visit.fill(template, field);
  if (typeof value !== 'string') throw unexpectedType(visit.asker, template, field, 'string', value);
  return value;
}
