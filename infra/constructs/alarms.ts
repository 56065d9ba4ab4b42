import { Duration, Stack } from 'aws-cdk-lib';
import type { HttpStage } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { pascalCase } from '../functions';
import type { Stage } from '../stages/stage';
import { acknowledge } from './acknowledge';
import type { DeadLetterQueue } from './dead-letter-queue';
import type { ServiceFunction } from './service-function';
import type { Workflow } from './workflow';

export interface Watched {
  stage: Stage;
  door: HttpStage;
  workflow: Workflow;
  readers: readonly ServiceFunction[];
  /** What listeners of the bus have still to read, by their names. */
  queues: ReadonlyMap<string, Queue>;
  deadLetters: Readonly<Record<string, DeadLetterQueue>>;
}

const minutes = (count: number): Duration => Duration.minutes(count);

/** What somebody must be woken for. Each names what is wrong; docs/operations.md says what to do about it. */
export class Alarms extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { stage, door, workflow, readers, queues, deadLetters }: Watched) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', { enforceSSL: true });
    this.letAlarmsPublish();
    if (stage.alarmEmail !== undefined) {
      this.topic.addSubscription(new EmailSubscription(stage.alarmEmail));
      acknowledge(
        this.topic,
        'Serverless-SNSRedrivePolicy',
        'A mail that bounces is seen in the console; the alarm stays.',
      );
    }

    this.raise('CancellationsOverdue', 'Cancellations did not move in time.', {
      // Counted by start-missed each minute. No count at all means that nobody looks: that is an alarm too.
      metric: new Metric({
        namespace: 'OrderCancellation',
        metricName: 'CancellationsOverdue',
        statistic: Stats.MAXIMUM,
        period: minutes(1),
      }),
      above: 0,
      periods: 5,
      missing: TreatMissingData.BREACHING,
    });
    this.raise('RefundsUnmatched', 'A provider has refunds with our ids that our books do not have.', {
      // Counted by reconcile, each refund once: the log names it. Nothing of it mends itself.
      metric: counted('RefundsUnmatched', Stats.SUM),
      above: 0,
    });
    this.raise('RefundsAwaitingFunds', 'A shop has too little money at its provider for a refund.', {
      // Counted at each try, hourly: it ends when there is money, or after forty tries with a person.
      metric: counted('RefundsAwaitingFunds', Stats.SUM),
      above: 0,
    });
    this.raise('ConnectionsBehind', 'Providers were not heard to the end for hours.', {
      // Counted by reconcile; no count means that nobody listens.
      metric: counted('ConnectionsBehind', Stats.MAXIMUM),
      above: 0,
      periods: 3,
      missing: TreatMissingData.BREACHING,
    });
    for (const [what, { queue }] of Object.entries(deadLetters)) {
      this.raise(`${what}DeadLetters`, `Work was given up on: ${what}.`, {
        metric: queue.metricApproximateNumberOfMessagesVisible({ period: minutes(1), statistic: Stats.MAXIMUM }),
        above: 0,
      });
    }
    this.raise('StoryFailures', 'Runs of order-cancellation ended badly.', {
      metric: badEnds(workflow.story),
      above: 0,
    });
    this.raise('UnwindFailures', 'Runs of unwind-order ended badly, again and again.', {
      // start-missed repeats a run that ended badly; one alone mends itself.
      metric: badEnds(workflow.unwind),
      above: 0,
      periods: 3,
    });
    this.raise('Throttles', 'Functions of this account were throttled.', {
      // One alarm for all: without reserved concurrency they share the account's, and suffer together.
      metric: new Metric({
        namespace: 'AWS/Lambda',
        metricName: 'Throttles',
        statistic: Stats.SUM,
        period: minutes(5),
      }),
      above: 0,
      periods: 2,
    });
    this.raise('ServerErrors', 'The API answered with 5xx.', {
      metric: door.metricServerError({ period: minutes(5), statistic: Stats.SUM }),
      above: 5,
    });
    for (const { definition, lambda } of readers) {
      this.raise(`${pascalCase(definition.name)}Lag`, `${definition.name} is behind; the stream forgets after a day.`, {
        metric: lambda.metric('IteratorAge', { period: minutes(5), statistic: Stats.MAXIMUM }),
        above: minutes(15).toMilliseconds(),
      });
    }
    for (const [listener, queue] of queues) {
      this.raise(`${pascalCase(listener)}Lag`, `${listener} is behind; the queue forgets after two weeks.`, {
        metric: queue.metricApproximateAgeOfOldestMessage({ period: minutes(5), statistic: Stats.MAXIMUM }),
        above: minutes(15).toSeconds(),
      });
    }
  }

  private raise(
    id: string,
    alarmDescription: string,
    { metric, above, periods = 1, missing = TreatMissingData.NOT_BREACHING }: Threshold,
  ): void {
    new Alarm(this, id, {
      alarmDescription,
      metric,
      threshold: above,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: periods,
      treatMissingData: missing,
    }).addAlarmAction(new SnsAction(this.topic));
  }

  /** A topic with a policy of its own loses the one that lets its account's alarms in. */
  private letAlarmsPublish(): void {
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
  }
}

/** What `reconcile` counts in each of its rounds. */
const counted = (metricName: string, statistic: string): Metric =>
  new Metric({ namespace: 'OrderCancellation', metricName, statistic, period: minutes(15) });

interface Threshold {
  metric: IMetric;
  above: number;
  periods?: number;
  missing?: TreatMissingData;
}

function badEnds(machine: StateMachine): MathExpression {
  const options = { period: minutes(5), statistic: Stats.SUM };
  return new MathExpression({
    expression: 'failed + timedOut + aborted',
    usingMetrics: {
      failed: machine.metricFailed(options),
      timedOut: machine.metricTimedOut(options),
      aborted: machine.metricAborted(options),
    },
    period: minutes(5),
  });
}
