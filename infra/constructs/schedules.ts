import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { pascalCase } from '../functions';
import type { DeadLetterQueue } from './dead-letter-queue';
import type { ServiceFunction } from './service-function';
import { ServiceRole } from './service-role';

/** What runs by the clock. */
export class Schedules extends Construct {
  constructor(scope: Construct, id: string, functions: readonly ServiceFunction[], failures: DeadLetterQueue) {
    super(scope, id);
    const role = new ServiceRole(this, 'Role', 'scheduler');
    role.addToPolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [failures.queue.queueArn] }));
    for (const { definition, lambda } of functions) {
      if (definition.trigger.kind !== 'rate') continue;
      const { minutes } = definition.trigger;
      role.addToPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [lambda.functionArn] }));
      new CfnSchedule(this, pascalCase(definition.name), {
        scheduleExpression: `rate(${minutes} ${minutes === 1 ? 'minute' : 'minutes'})`,
        flexibleTimeWindow: { mode: 'OFF' },
        target: {
          arn: lambda.functionArn,
          roleArn: role.roleArn,
          deadLetterConfig: { arn: failures.queue.queueArn },
          // The next round comes soon; an old one is worth nothing.
          retryPolicy: { maximumRetryAttempts: 2, maximumEventAgeInSeconds: minutes * 60 },
        },
      });
    }
  }
}
