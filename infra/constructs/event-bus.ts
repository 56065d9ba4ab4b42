import { Duration, Stack } from 'aws-cdk-lib';
import { Archive, EventBus } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import type { Stage } from '../stages/stage';

/** What happened, for everybody else. Rules belong to those who listen; the archive lets a new listener catch up. */
export class AnnouncedEvents extends Construct {
  readonly bus: EventBus;

  constructor(scope: Construct, id: string, stage: Stage) {
    super(scope, id);
    // Named, because rules in other stacks and accounts refer to it.
    this.bus = new EventBus(this, 'Bus', { eventBusName: `order-cancellation-${stage.name}` });
    new Archive(this, 'Archive', {
      sourceEventBus: this.bus,
      eventPattern: { account: [Stack.of(this).account] },
      retention: Duration.days(stage.eventArchiveDays),
    });
  }
}
