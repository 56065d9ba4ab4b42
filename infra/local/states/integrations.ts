/** What a Task asks of the world outside the machine. */
export interface TaskRequest {
  /** The ARN in the definition, e.g. `arn:aws:states:::lambda:invoke.waitForTaskToken`. */
  readonly resource: string;
  readonly arguments: unknown;
  /** Only for tasks that wait for an answer; it also stands in the arguments, where the definition put it. */
  readonly token?: string;
  readonly execution: { readonly arn: string; readonly name: string; readonly stateMachineArn: string };
  readonly stateName: string;
  /** Aborted when nobody waits for the result any more: timeout, stop, failed sibling, answer already in. */
  readonly signal: AbortSignal;
  /** 0 for the first attempt. */
  readonly attempt: number;
}

/** The services that machines may call. */
export interface Integrations {
  /**
   * Resolves with the task's result; with a token, when the task was handed over, the result being ignored.
   * Rejects with TaskFailure(error, cause).
   */
  run(request: TaskRequest): Promise<unknown>;
  /** Whether `run` knows this resource; machines that use another are refused. */
  supports(resource: string): boolean;
}
