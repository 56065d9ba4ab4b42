import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { type Door, pascalCase } from '../functions';
import type { Stage } from '../stages/stage';
import { serviceLogGroup } from './service-log-group';

/**
 * One log group for the functions of each door. Lambda writes a function's name into the name of each of its streams, so
 * that one can still be read alone; a query names no more than fifty groups.
 */
export class DoorLogs extends Construct {
  private readonly groups = new Map<Door, LogGroup>();

  constructor(
    scope: Construct,
    id: string,
    private readonly stage: Stage,
  ) {
    super(scope, id);
  }

  of(door: Door): LogGroup {
    const known = this.groups.get(door);
    if (known) return known;
    const made = serviceLogGroup(this, pascalCase(door), this.stage);
    this.groups.set(door, made);
    return made;
  }
}
