import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Alarms } from './constructs/alarms';
import { ChangeFeed } from './constructs/change-feed';
import { DeadLetterQueue } from './constructs/dead-letter-queue';
import { DoorLogs } from './constructs/door-logs';
import { AnnouncedEvents } from './constructs/event-bus';
import { EventListeners } from './constructs/event-listeners';
import { FrontDoor } from './constructs/http-api';
import { Identity } from './constructs/identity';
import { Rights } from './constructs/rights';
import { Schedules } from './constructs/schedules';
import { Secrets } from './constructs/secrets';
import { ServiceFunction } from './constructs/service-function';
import { Tables } from './constructs/tables';
import { Workflow } from './constructs/workflow';
import { functions, pascalCase, type Trigger } from './functions';
import type { Stage } from './stages/stage';

export interface CancellationStackProps extends StackProps {
  stage: Stage;
  /** Holds one directory per function, as `bundle.ts` makes them. */
  codeRoot: string;
}

/** The whole service. */
export class CancellationStack extends Stack {
  constructor(scope: Construct, id: string, { stage, codeRoot, ...props }: CancellationStackProps) {
    super(scope, id, props);

    const tables = new Tables(this, 'Tables', stage);
    const events = new AnnouncedEvents(this, 'Events', stage);
    const secrets = new Secrets(this, 'Secrets', stage);
    const rights = new Rights(this, stage, { tables, secrets, events });
    const logs = new DoorLogs(this, 'Logs', stage);
    const scheduleFailures = new DeadLetterQueue(this, 'ScheduleFailures');

    const all = functions.map(
      (definition) =>
        new ServiceFunction(this, pascalCase(definition.name), {
          definition,
          stage,
          rights,
          logs,
          codeRoot,
          ...(definition.trigger.kind === 'rate' ? { deadLetters: scheduleFailures.queue } : {}),
        }),
    );
    const triggeredBy = (...kinds: Trigger['kind'][]): ServiceFunction[] =>
      all.filter(({ definition }) => kinds.includes(definition.trigger.kind));

    const workflow = new Workflow(this, 'Workflow', stage, rights, triggeredBy('step'));
    const identity = new Identity(this, 'Identity', stage);
    const door = new FrontDoor(this, 'FrontDoor', stage, identity.authorizer, triggeredBy('api', 'webhook'));
    const feed = new ChangeFeed(this, 'ChangeFeed', tables.orders, triggeredBy('change-feed'));
    const listeners = new EventListeners(this, 'Listeners', events, triggeredBy('event'));
    new Schedules(this, 'Schedules', triggeredBy('rate'), scheduleFailures);
    new Alarms(this, 'Alarms', {
      stage,
      door: door.stage,
      workflow,
      readers: triggeredBy('change-feed'),
      queues: listeners.queues,
      deadLetters: { ChangeFeed: feed.failures, Schedule: scheduleFailures, Listener: listeners.failures },
    });

    new CfnOutput(this, 'ApiUrl', { value: door.api.apiEndpoint });
    new CfnOutput(this, 'EventBusName', { value: events.bus.eventBusName });
  }
}
