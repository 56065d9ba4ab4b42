/** Rules with a schedule and EventBridge Scheduler's schedules, by the host's clock. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock';
import { isRecord, list, record, text } from '../json';
import type { Model } from '../template/model';
import { UnsupportedResource } from '../unsupported';
import { type NextTime, parseSchedule } from './schedule-expression';
import { type Target, type Targets, readTarget } from './targets';

interface Planned {
  readonly name: string;
  readonly arn: string;
  readonly next: NextTime;
  readonly fire: (time: number) => Promise<void>;
  readonly from?: number;
  readonly until?: number;
}

export class Schedules {
  private readonly planned: Planned[] = [];
  private readonly cancels = new Map<Planned, () => void>();
  private readonly since: number;
  private firing = 0;

  constructor(
    model: Model,
    private readonly clock: Clock,
    targets: Targets,
    private readonly log: (line: string) => void,
  ) {
    this.since = clock.now();
    for (const { name, arn, properties } of model.ofType('AWS::Events::Rule')) {
      const expression = text(properties['ScheduleExpression']);
      if (!expression || properties['State'] === 'DISABLED') continue;
      const receivers = list(properties['Targets']).map((target) => readTarget(target, name));
      this.planned.push({
        name,
        arn,
        next: parseSchedule(expression),
        fire: async (time) => {
          const event = {
            version: '0',
            id: randomUUID(),
            'detail-type': 'Scheduled Event',
            source: 'aws.events',
            account: model.account,
            time: `${new Date(time).toISOString().slice(0, 19)}Z`,
            region: model.region,
            resources: [arn],
            detail: {},
          };
          await Promise.all(receivers.map((target) => targets.deliver(target, event, arn)));
        },
      });
    }
    for (const { name, arn, properties } of model.ofType('AWS::Scheduler::Schedule')) {
      if (properties['State'] === 'DISABLED') continue;
      const window = record(properties['FlexibleTimeWindow'])['Mode'];
      if (window !== undefined && window !== 'OFF' && window !== 'FLEXIBLE') {
        throw new UnsupportedResource([`FlexibleTimeWindow ${JSON.stringify(window)} of ${name}`]);
      }
      const target = schedulerTarget(properties['Target'], name);
      const from = Date.parse(text(properties['StartDate']) ?? '');
      const until = Date.parse(text(properties['EndDate']) ?? '');
      this.planned.push({
        name,
        arn,
        next: parseSchedule(
          text(properties['ScheduleExpression']) ?? '',
          text(properties['ScheduleExpressionTimezone']),
        ),
        fire: (time) => targets.deliver(filledIn(target, arn, time), {}, arn),
        ...(Number.isNaN(from) ? {} : { from }),
        ...(Number.isNaN(until) ? {} : { until }),
      });
    }
  }

  start(): void {
    for (const planned of this.planned) this.plan(planned, this.clock.now());
  }

  stop(): void {
    for (const cancel of this.cancels.values()) cancel();
    this.cancels.clear();
  }

  get busy(): number {
    return this.firing;
  }

  /** Fires a schedule now, by its name or a part of it; for tests and demonstrations. */
  async fireNow(name: string): Promise<boolean> {
    const found =
      this.planned.find((planned) => planned.name === name) ??
      this.planned.find((planned) => planned.name.includes(name));
    if (!found) return false;
    await this.run(found, this.clock.now());
    return true;
  }

  private plan(planned: Planned, after: number): void {
    const time = planned.next(Math.max(after, (planned.from ?? 0) - 1), this.since);
    if (time === undefined || (planned.until !== undefined && time > planned.until)) return;
    const cancel = this.clock.at(time, () => {
      void this.run(planned, time);
      // A clock that leapt over many times fires once, like a computer that was asleep.
      setImmediate(() => {
        if (this.cancels.has(planned)) this.plan(planned, this.clock.now());
      });
    });
    this.cancels.set(planned, cancel);
  }

  private async run(planned: Planned, time: number): Promise<void> {
    this.firing += 1;
    try {
      await planned.fire(time);
    } catch (error) {
      this.log(`${planned.name}: ${String(error)}`);
    } finally {
      this.firing -= 1;
    }
  }
}

function schedulerTarget(value: unknown, name: string): Target {
  const target = record(value);
  if (isRecord(target['EventBridgeParameters'])) throw new UnsupportedResource([`EventBridgeParameters of ${name}`]);
  const read = readTarget(target, name);
  return { ...read, input: { input: read.input.input ?? '{}' } };
}

/** The schedule's own placeholders. */
function filledIn(target: Target, arn: string, time: number): Target {
  const input = (target.input.input ?? '{}')
    .replaceAll('<aws.scheduler.schedule-arn>', arn)
    .replaceAll('<aws.scheduler.scheduled-time>', `${new Date(time).toISOString().slice(0, 19)}Z`)
    .replaceAll('<aws.scheduler.execution-id>', randomUUID())
    .replaceAll('<aws.scheduler.attempt-number>', '1');
  return { ...target, input: { input } };
}
