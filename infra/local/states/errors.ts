/**
 * The definition uses something that this runner does not have. It is refused when the machine is created:
 * a runner that passes over a field in silence answers a wrong success.
 */
export class UnsupportedDefinition extends Error {
  override readonly name = 'UnsupportedDefinition';

  constructor(
    /** Where it stands, from the top of the definition, e.g. `States/Refund/InputPath`. */
    readonly path: string,
    /** What is not supported, e.g. `field InputPath`. */
    readonly what: string,
  ) {
    super(`The laptop host does not support ${what}, at ${path}.`);
  }
}

/** AWS would refuse the definition too: it breaks a rule of the language. */
export class InvalidDefinition extends Error {
  override readonly name = 'InvalidDefinition';
}

/** An error in the sense of the States Language: what Retry and Catch match on. */
export class StateFailure extends Error {
  override readonly name: string = 'StateFailure';

  constructor(
    /** The error's name; a failed callback may come without one. */
    readonly error: string | undefined,
    /** Why, for people; a callback may come without one. */
    override readonly cause: string | undefined,
  ) {
    super(`${error ?? '(no error name)'}: ${cause ?? ''}`);
  }
}

/** What an integration rejects with: the error's name as the called service gives it, and its cause. */
export class TaskFailure extends StateFailure {
  override readonly name = 'TaskFailure';
}

/** A JSONata expression failed, or gave a value that its field does not take. */
export class EvaluationFailure extends StateFailure {
  override readonly name = 'EvaluationFailure';

  constructor(
    cause: string,
    /** The field, e.g. `Arguments/FunctionName`; absent where AWS names none. */
    readonly location: string | undefined,
  ) {
    super('States.QueryEvaluationError', cause);
  }
}

/** The work was cut off from outside: a sibling failed, or the execution was stopped. Nothing catches it. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

/** The execution cannot go on in this process, e.g. because its journal cannot be written. A restart resumes it. */
export class Halted extends Error {
  override readonly name = 'Halted';
}
