/** The part of the Amazon States Language that the laptop runs, as written in a definition. */
export type QueryLanguage = 'JSONata' | 'JSONPath';

export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly MaxAttempts?: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: 'FULL' | 'NONE';
}

/** What a state, a choice rule or a catcher does on the way out. */
export interface WayOut {
  readonly Next?: string;
  readonly Assign?: Readonly<Record<string, unknown>>;
  readonly Output?: unknown;
}

export interface Catcher extends WayOut {
  readonly ErrorEquals: readonly string[];
  readonly Next: string;
}

export interface ChoiceRule extends WayOut {
  readonly Condition: unknown;
  readonly Next: string;
}

interface Common extends WayOut {
  readonly QueryLanguage?: QueryLanguage;
  readonly End?: boolean;
}

interface Protected extends Common {
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
}

export interface PassState extends Common {
  readonly Type: 'Pass';
  /** A literal result, for states that use no query language. */
  readonly Result?: unknown;
}

export interface TaskState extends Protected {
  readonly Type: 'Task';
  readonly Resource: string;
  readonly Arguments?: unknown;
  readonly TimeoutSeconds?: unknown;
  readonly HeartbeatSeconds?: unknown;
}

export interface ChoiceState extends Common {
  readonly Type: 'Choice';
  readonly Choices: readonly ChoiceRule[];
  readonly Default?: string;
}

export interface WaitState extends Common {
  readonly Type: 'Wait';
  readonly Seconds?: unknown;
  readonly Timestamp?: unknown;
}

export interface ParallelState extends Protected {
  readonly Type: 'Parallel';
  readonly Branches: readonly Flow[];
  readonly Arguments?: unknown;
}

export interface MapState extends Protected {
  readonly Type: 'Map';
  readonly Items?: unknown;
  readonly ItemSelector?: unknown;
  readonly ItemProcessor: Flow;
  readonly MaxConcurrency?: unknown;
  readonly ToleratedFailureCount?: unknown;
  readonly ToleratedFailurePercentage?: unknown;
}

export interface SucceedState extends Common {
  readonly Type: 'Succeed';
}

export interface FailState extends Common {
  readonly Type: 'Fail';
  readonly Error?: unknown;
  readonly Cause?: unknown;
}

export type State =
  PassState | TaskState | ChoiceState | WaitState | ParallelState | MapState | SucceedState | FailState;

export interface Flow {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

export interface Definition extends Flow {
  readonly QueryLanguage?: QueryLanguage;
  readonly TimeoutSeconds?: number;
}

/** The language in which a state's fields are read; a state's own word goes before the machine's. */
export function languageOf(state: Common, machine: Pick<Definition, 'QueryLanguage'>): QueryLanguage {
  return state.QueryLanguage ?? machine.QueryLanguage ?? 'JSONPath';
}

/** `{% ... %}` over the whole string marks an expression; anything else is the string itself. */
export function expressionIn(value: unknown): string | undefined {
  return typeof value === 'string' && value.startsWith('{%') && value.endsWith('%}')
    ? value.slice(2, -2).trim()
    : undefined;
}

/** Whether a task hands out a token and waits for the answer. */
export function waitsForToken(resource: string): boolean {
  return resource.endsWith('.waitForTaskToken');
}
