import { type CfnElement, Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { EventSourceMapping, FilterCriteria, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { pascalCase } from '../functions';
import { acknowledge } from './acknowledge';
import { DeadLetterQueue } from './dead-letter-queue';
import type { ServiceFunction } from './service-function';

/** What happened to orders, read by functions. Two readers at most: a shard of the stream serves no more. */
export class ChangeFeed extends Construct {
  readonly failures: DeadLetterQueue;

  constructor(scope: Construct, id: string, table: TableV2, readers: readonly ServiceFunction[]) {
    super(scope, id);
    this.failures = new DeadLetterQueue(this, 'Failures');
    const { tableStreamArn } = table;
    if (tableStreamArn === undefined) throw new Error('The orders table has no stream.');

    for (const { definition, lambda } of readers) {
      if (definition.trigger.kind !== 'change-feed') continue;
      const { newImage } = definition.trigger;
      lambda.addToRolePolicy(
        new PolicyStatement({
          actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
          resources: [tableStreamArn],
        }),
      );
      // Lambda asks for the table's streams as a whole when it makes the mapping.
      const anyStream = `${table.tableArn}/stream/*`;
      lambda.addToRolePolicy(new PolicyStatement({ actions: ['dynamodb:ListStreams'], resources: [anyStream] }));
      const tableId = Stack.of(this).getLogicalId(table.node.defaultChild as CfnElement);
      acknowledge(
        lambda.role ?? lambda,
        `AwsSolutions-IAM5[Resource::<${tableId}.Arn>/stream/*]`,
        'ListStreams is authorized on all streams of a table; records can be read from the named stream only.',
      );
      lambda.addToRolePolicy(
        new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [this.failures.queue.queueArn] }),
      );
      const mapping = new EventSourceMapping(this, pascalCase(definition.name), {
        target: lambda,
        eventSourceArn: tableStreamArn,
        startingPosition: StartingPosition.TRIM_HORIZON,
        // Deletions, most of them by TTL, announce nothing.
        filters: [FilterCriteria.filter({ eventName: ['INSERT', 'MODIFY'], dynamodb: { NewImage: newImage } })],
        batchSize: 100,
        parallelizationFactor: 4,
        bisectBatchOnError: true,
        reportBatchItemFailures: true,
        retryAttempts: 5,
        maxRecordAge: Duration.hours(6),
        // The library's own destination would add rights to read the queue; sending is all that is needed.
        onFailure: { bind: () => ({ destination: this.failures.queue.queueArn }) },
      });
      mapping.node.addDependency(lambda.role ?? lambda);
    }
  }
}
