import type { Clock } from '../clock';
import { runMap, runParallel, type RunInner } from './containers';
import type { ChoiceState, FailState, Flow, MapState, ParallelState, PassState } from './definition';
import type { State, SucceedState, TaskState, WaitState } from './definition';
import { StateFailure } from './errors';
import { WHOLE } from './history';
import { recordFailure } from './protected-states';
import { runChoice, runFail, runPass, runSucceed, runWait } from './simple-states';
import { runTask } from './task';
import { Visit, type Exit, type Frame, type Run } from './visit';
import { goOn } from './waiting';

/** States whose work must not be lost or moved in time: their entry is journalled. The others are just run again. */
const SAVED_ON_ENTRY: ReadonlySet<State['Type']> = new Set(['Task', 'Wait', 'Parallel', 'Map']);

/** A loop without waits lets others run after this many states. */
const STATES_PER_TURN = 100;

interface Start {
  readonly step: number;
  readonly state: string;
  readonly input: unknown;
}

/** Runs the top level of an execution from where it stands. Rejects with StateFailure, Stopped or Halted. */
export function runTopLevel(run: Run): Promise<unknown> {
  const { execution } = run;
  const { variables, ...start } = execution.position;
  const frame: Frame = {
    path: '',
    signal: execution.controller.signal,
    variables,
    lastEventId: execution.history.length > 1 ? execution.history.length : 0,
  };
  return runFlow(run, execution.machine.definition, frame, start);
}

async function runFlow(run: Run, flow: Flow, frame: Frame, start: Start): Promise<unknown> {
  const { execution, clock } = run;
  const top = frame.path === '';
  let { state: name, input, step } = start;
  for (;;) {
    goOn(frame.signal);
    const state = flow.States[name];
    if (!state) throw new StateFailure('States.Runtime', `The definition has no state '${name}'.`);
    const path = `${frame.path}/${step}`;
    if (top) execution.position = { step, state: name, input, variables: frame.variables };
    const visit = new Visit(run, frame, name, state, input, path, execution.mark(path));
    enter(visit);
    // The first state was journalled with the start itself.
    if (top && step > start.step && SAVED_ON_ENTRY.has(state.Type)) await execution.checkpoint();

    const exit = await visitState(visit);
    delete frame.at;
    frame.lastEventId = execution.history.add(`${state.Type}StateExited`, frame.lastEventId, {
      stateExitedEventDetails: {
        name,
        output: exit.outputJson,
        outputDetails: WHOLE,
        ...assignedDetails(exit),
      },
    });
    frame.variables = { ...frame.variables, ...exit.assigned };
    if (top) execution.leaveTop();
    else execution.leaveInner(path);
    if (exit.next === undefined) return exit.output;

    name = exit.next;
    input = exit.output;
    step += 1;
    if (step % STATES_PER_TURN === 0) await nextTurn(clock);
  }
}

function nextTurn(clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    clock.at(clock.now(), resolve);
  });
}

function enter(visit: Visit): void {
  const { mark, name, state, run, frame } = visit;
  frame.at = state.Type;
  // Resumed in the middle of a visit: it is not a second one.
  if (mark.enteredEventId !== undefined) return;
  mark.enteredEventId = visit.event(`${state.Type}StateEntered`, {
    stateEnteredEventDetails: { name, input: JSON.stringify(visit.input), inputDetails: WHOLE },
  });
  const { traffic } = run.execution.machine;
  traffic.entered += 1;
  traffic.states[name] = (traffic.states[name] ?? 0) + 1;
}

function visitState(visit: Visit): Promise<Exit> {
  switch (visit.state.Type) {
    case 'Task':
      return runTask(visit as Visit<TaskState>);
    case 'Parallel':
      return runParallel(visit as Visit<ParallelState>, runInner);
    case 'Map':
      return runMap(visit as Visit<MapState>, runInner);
    case 'Pass':
      return recorded(visit, runPass(visit as Visit<PassState>));
    case 'Choice':
      return recorded(visit, runChoice(visit as Visit<ChoiceState>));
    case 'Wait':
      return recorded(visit, runWait(visit as Visit<WaitState>));
    case 'Succeed':
      return recorded(visit, runSucceed(visit as Visit<SucceedState>));
    case 'Fail':
      return recorded(visit, runFail(visit as Visit<FailState>));
  }
}

const runInner: RunInner = (visit, flow, frame, input) =>
  runFlow(visit.run, flow, frame, { step: 0, state: flow.StartAt, input });

async function recorded(visit: Visit, work: Promise<Exit>): Promise<Exit> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof StateFailure) recordFailure(visit, error);
    throw error;
  }
}

function assignedDetails(exit: Exit): Record<string, unknown> {
  const entries = Object.entries(exit.assigned);
  if (entries.length === 0) return {};
  return {
    assignedVariables: Object.fromEntries(entries.map(([variable, value]) => [variable, JSON.stringify(value)])),
    assignedVariablesDetails: WHOLE,
  };
}
