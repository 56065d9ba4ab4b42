/** Delivers to the targets of rules and schedules. */
import { randomUUID } from 'node:crypto';
import type { Functions } from '../lambda/functions';
import { type Json, record, text } from '../json';
import type { Queues } from '../queues/queues';
import { UnsupportedResource } from '../unsupported';
import { type TargetInput, applyInput, targetInput } from './input';

export interface Target {
  readonly id: string;
  readonly arn: string;
  readonly input: TargetInput;
  readonly groupId?: string;
  readonly deadLetters?: string;
}

/** What targets may be besides functions and queues. */
export interface MachineStarter {
  has(arn: string): boolean;
  start(arn: string, input: string): Promise<void>;
}

const KNOWN = [
  'Arn',
  'Id',
  'Input',
  'InputPath',
  'InputTransformer',
  'SqsParameters',
  'DeadLetterConfig',
  'RetryPolicy',
  'RoleArn',
];

/** Reads a target of a rule (or of a schedule, which has the same members). */
export function readTarget(value: unknown, owner: string): Target {
  const target = record(value);
  const unknown = Object.keys(target).filter((key) => !KNOWN.includes(key));
  const arn = text(target['Arn']) ?? '';
  if (unknown.length > 0) throw new UnsupportedResource(unknown.map((key) => `${key} of a target of ${owner}`));
  if (!/^arn:aws:(lambda|sqs|states|logs):/.test(arn)) throw new UnsupportedResource([`the target ${arn} of ${owner}`]);
  const groupId = text(record(target['SqsParameters'])['MessageGroupId']);
  const deadLetters = text(record(target['DeadLetterConfig'])['Arn']);
  return {
    id: text(target['Id']) ?? 'Target',
    arn,
    input: targetInput(target),
    ...(groupId ? { groupId } : {}),
    ...(deadLetters ? { deadLetters } : {}),
  };
}

export class Targets {
  constructor(
    private readonly functions: Functions,
    private readonly queues: Queues,
    private readonly machines: MachineStarter,
    private readonly log: (line: string) => void,
  ) {}

  /** Hands an event to a target; what cannot be handed over goes to the target's dead-letter queue. */
  async deliver(target: Target, event: Json, ruleArn: string): Promise<void> {
    const payload = applyInput(target.input, event, ruleArn);
    try {
      await this.hand(target, payload);
    } catch (error) {
      this.log(`${target.arn}: ${String(error)}`);
      if (!target.deadLetters) return;
      const attribute = (value: string): { DataType: string; StringValue: string } => ({
        DataType: 'String',
        StringValue: value,
      });
      await this.queues.at(target.deadLetters).send({
        body: JSON.stringify(event),
        attributes: {
          RULE_ARN: attribute(ruleArn),
          TARGET_ARN: attribute(target.arn),
          ERROR_CODE: attribute(error instanceof Error ? error.name : 'SDK_CLIENT_ERROR'),
          ERROR_MESSAGE: attribute(error instanceof Error ? error.message : String(error)),
        },
        ...(target.deadLetters.endsWith('.fifo') ? { groupId: 'dead', deduplicationId: randomUUID() } : {}),
      });
    }
  }

  private async hand(target: Target, payload: string): Promise<void> {
    if (target.arn.startsWith('arn:aws:lambda:')) return this.functions.invokeAsync(target.arn, payload);
    if (target.arn.startsWith('arn:aws:states:')) return this.machines.start(target.arn, payload);
    if (target.arn.startsWith('arn:aws:logs:')) return this.log(payload);
    const queue = this.queues.at(target.arn);
    await this.queues.send(queue, { body: payload, ...(target.groupId ? { groupId: target.groupId } : {}) });
  }
}
