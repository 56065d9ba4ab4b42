import { RemovalPolicy } from 'aws-cdk-lib';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Stage } from '../stages/stage';

/** A log group that forgets after the stage's time. No log is kept for ever. */
export function serviceLogGroup(scope: Construct, id: string, stage: Stage, logGroupName?: string): LogGroup {
  return new LogGroup(scope, id, {
    retention: stage.logRetentionDays as RetentionDays,
    removalPolicy: removalPolicyOf(stage),
    ...(logGroupName === undefined ? {} : { logGroupName }),
  });
}

export function removalPolicyOf(stage: Stage): RemovalPolicy {
  return stage.removal === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
}
