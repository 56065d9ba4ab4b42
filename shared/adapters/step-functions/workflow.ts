import { ExecutionAlreadyExists, TaskDoesNotExist, TaskTimedOut, type SFNClient } from '@aws-sdk/client-sfn';
import { SendTaskSuccessCommand, StartExecutionCommand, StartSyncExecutionCommand } from '@aws-sdk/client-sfn';
import type { Run, StoryInput, Workflow } from '../../ports/workflow';

export class StepFunctionsWorkflow implements Workflow {
  constructor(
    private readonly client: SFNClient,
    private readonly machines: { story: string; unwind: string },
    /** How long a caller waits for `unwind-order`, in milliseconds. */
    private readonly patience: number,
  ) {}

  async unwindNow(run: Run): Promise<'ended' | 'failed' | 'unknown'> {
    const command = new StartSyncExecutionCommand({
      stateMachineArn: this.machines.unwind,
      name: executionName(run),
      input: JSON.stringify(run),
    });
    try {
      const { status } = await this.client.send(command, { abortSignal: AbortSignal.timeout(this.patience) });
      // A synchronous run answers 200 even when it failed; whatever it did is stored, and the caller looks there.
      return status === 'SUCCEEDED' ? 'ended' : 'failed';
    } catch (error) {
      // Giving up does not stop it: it may be running, done, or never have begun. The scheduler finds what is left.
      console.warn(
        JSON.stringify({
          step: 'unwind-now',
          cancellation: run.cancellationId,
          outcome: 'unknown',
          error: (error as Error).name,
        }),
      );
      return 'unknown';
    }
  }

  async startStory(input: StoryInput): Promise<void> {
    try {
      await this.client.send(
        new StartExecutionCommand({
          stateMachineArn: this.machines.story,
          name: executionName(input),
          input: JSON.stringify(input),
        }),
      );
    } catch (error) {
      if (!(error instanceof ExecutionAlreadyExists)) throw error;
    }
  }

  async wake(token: string): Promise<void> {
    try {
      await this.client.send(new SendTaskSuccessCommand({ taskToken: token, output: '{}' }));
    } catch (error) {
      if (!(error instanceof TaskDoesNotExist) && !(error instanceof TaskTimedOut)) throw error;
    }
  }
}

const executionName = (run: Run): string => `${run.cancellationId}-${run.generation}`;
