import { Duration } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { pascalCase } from '../functions';
import { acknowledge } from './acknowledge';
import { DeadLetterQueue } from './dead-letter-queue';
import type { AnnouncedEvents } from './event-bus';
import type { ServiceFunction } from './service-function';

/** Those of our own functions that listen to the bus, as everybody else does: a rule, a queue, and batches from it. */
export class EventListeners extends Construct {
  readonly failures: DeadLetterQueue;
  /** What each of them has still to read, by its name. */
  readonly queues: ReadonlyMap<string, Queue>;

  constructor(scope: Construct, id: string, { bus }: AnnouncedEvents, listeners: readonly ServiceFunction[]) {
    super(scope, id);
    this.failures = new DeadLetterQueue(this, 'Failures');
    const queues = new Map<string, Queue>();
    this.queues = queues;
    for (const { definition, lambda } of listeners) {
      if (definition.trigger.kind !== 'event') continue;
      const name = pascalCase(definition.name);
      const queue = new Queue(this, `${name}Queue`, {
        encryption: QueueEncryption.SQS_MANAGED,
        enforceSSL: true,
        // Six times the function's time, as AWS asks for: a batch in hand is not handed out again.
        visibilityTimeout: Duration.seconds(6 * definition.timeoutSeconds),
        retentionPeriod: Duration.days(14),
        deadLetterQueue: { queue: this.failures.queue, maxReceiveCount: 5 },
      });
      queues.set(definition.name, queue);
      new Rule(this, `${name}Rule`, {
        eventBus: bus,
        eventPattern: { source: ['order-cancellation'], detailType: [...definition.trigger.types] },
        targets: [new SqsQueue(queue, { deadLetterQueue: this.failures.queue })],
      });
      lambda.addToRolePolicy(
        new PolicyStatement({
          actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
          resources: [queue.queueArn],
        }),
      );
      const mapping = new EventSourceMapping(this, name, {
        target: lambda,
        eventSourceArn: queue.queueArn,
        batchSize: 10,
        reportBatchItemFailures: true,
        maxConcurrency: definition.trigger.concurrency,
      });
      mapping.node.addDependency(lambda.role ?? lambda);
      acknowledge(
        mapping,
        'Serverless-LambdaEventSourceMappingDestination',
        'What fails goes back to its queue, whose own redrive policy gives it up; a destination is for streams.',
      );
    }
  }
}
