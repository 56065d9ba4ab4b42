/** The Step Functions API, and the machines of the template. */
import { ApiError } from './api-error';
import type { Faults } from './faults';
import { type Json, record, text } from './json';
import type { Engine } from './states/engine';
import type { Model } from './template/model';
import { UnsupportedResource } from './unsupported';

/** Gives the engine every machine of the template, with the exact text that would be deployed. */
export function createMachines(engine: Engine, model: Model): void {
  const problems: string[] = [];
  for (const { arn, name, logicalId, properties } of model.ofType('AWS::StepFunctions::StateMachine')) {
    const values = record(properties['DefinitionSubstitutions']);
    const definition = (text(properties['DefinitionString']) ?? '').replace(/\$\{([^}]+)\}/g, (all, key: string) =>
      // Quotes in a value would break the text; CloudFormation puts it in as it is, too.
      key in values ? String(values[key]) : all,
    );
    try {
      const type = properties['StateMachineType'] === 'EXPRESS' ? 'EXPRESS' : 'STANDARD';
      engine.createMachine({ arn, name, type, definition });
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      problems.push(`the state machine ${name} (${logicalId}): ${error.message}`);
    }
  }
  if (problems.length > 0) throw new UnsupportedResource(problems);
}

export class StatesService {
  private running = 0;

  constructor(
    private readonly engine: Engine,
    private readonly model: Model,
    private readonly faults: Faults,
  ) {}

  /** Synchronous executions under way. */
  get busy(): number {
    return this.running;
  }

  /** Answers one operation of the AWS JSON protocol; 'hang-up' where a fault cuts the line. */
  async handle(operation: string, input: Json, invocation?: string): Promise<unknown> {
    const text = (): string => JSON.stringify(input);
    const fault = this.faults.strike({ service: 'states', operation, text, invocation }, [
      'throttle',
      'error',
      'delay',
      'timeout-before',
      'timeout-after',
    ]);
    if (fault?.kind === 'throttle') throw new ApiError('ThrottlingException', 'Rate exceeded');
    if (fault?.kind === 'error') throw new ApiError('InternalServerException', 'Internal error', 500);
    if (fault?.kind === 'timeout-before') return 'hang-up';
    if (fault?.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
    this.running += 1;
    try {
      const answer = await this.perform(operation, input);
      return fault?.kind === 'timeout-after' ? 'hang-up' : answer;
    } finally {
      this.running -= 1;
    }
  }

  private async perform(operation: string, input: Json): Promise<unknown> {
    const { engine } = this;
    // The engine checks the values; the wire's members have the same names as its own.
    const request = input as unknown as Parameters<Engine['startExecution']>[0] &
      Parameters<Engine['stopExecution']>[0] &
      Parameters<Engine['sendTaskSuccess']>[0] &
      Parameters<Engine['listExecutions']>[0] &
      Parameters<Engine['getExecutionHistory']>[0];
    switch (operation) {
      case 'StartExecution':
        return engine.startExecution(request);
      case 'StartSyncExecution':
        return engine.startSyncExecution(request);
      case 'DescribeExecution':
        return engine.describeExecution(request);
      case 'StopExecution':
        return engine.stopExecution(request);
      case 'ListExecutions':
        return engine.listExecutions(request);
      case 'GetExecutionHistory':
        return engine.getExecutionHistory(request);
      case 'SendTaskSuccess':
        await engine.sendTaskSuccess(request);
        return {};
      case 'SendTaskFailure':
        await engine.sendTaskFailure(request);
        return {};
      case 'SendTaskHeartbeat':
        await engine.sendTaskHeartbeat(request);
        return {};
      case 'ListStateMachines':
        return {
          stateMachines: this.model.ofType('AWS::StepFunctions::StateMachine').map(({ arn, name, properties }) => ({
            stateMachineArn: arn,
            name,
            type: properties['StateMachineType'] ?? 'STANDARD',
            creationDate: 0,
          })),
        };
      default:
        throw ApiError.unsupported(`states:${operation}`);
    }
  }
}
