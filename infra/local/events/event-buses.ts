/** EventBridge: PutEvents, rules with patterns, delivery in the background. */
import { randomUUID } from 'node:crypto';
import { ApiError } from '../api-error';
import type { Clock } from '../clock';
import { compile } from '../event-pattern';
import type { Faults } from '../faults';
import { type Json, isRecord, list, record, text } from '../json';
import type { Store } from '../stand-in';
import type { Model } from '../template/model';
import type { Trace } from '../trace';
import { type Target, type Targets, readTarget } from './targets';

const MAXIMUM_ENTRIES = 10;
const MAXIMUM_BYTES = 1024 * 1024;

export interface EventsHost {
  readonly clock: Clock;
  readonly faults: Faults;
  readonly trace: Trace;
  /** Events accepted and not yet handed to every target. */
  readonly store: Store;
  readonly targets: Targets;
  log(line: string): void;
}

interface PatternRule {
  readonly arn: string;
  readonly bus: string;
  readonly matches: (event: unknown) => boolean;
  readonly targets: readonly Target[];
}

export class EventBuses {
  private readonly buses: Set<string>;
  private readonly rules: PatternRule[] = [];
  private underWay = 0;

  constructor(
    private readonly model: Model,
    private readonly host: EventsHost,
  ) {
    this.buses = new Set(['default', ...model.ofType('AWS::Events::EventBus').map(({ name }) => name)]);
    for (const { arn, name, properties } of model.ofType('AWS::Events::Rule')) {
      if (properties['EventPattern'] === undefined || properties['State'] === 'DISABLED') continue;
      this.rules.push({
        arn,
        bus: busName(text(properties['EventBusName']) ?? 'default'),
        matches: compile(properties['EventPattern']),
        targets: list(properties['Targets']).map((target) => readTarget(target, name)),
      });
    }
  }

  /** Hands over what was accepted before the last stop. */
  async start(): Promise<void> {
    for (const { key, value } of await this.host.store.all<{ bus: string; event: Json }>('')) {
      this.dispatch(key, value.bus, value.event);
    }
  }

  get busy(): number {
    return this.underWay;
  }

  /** Answers one operation of the AWS JSON protocol. */
  async handle(operation: string, input: Json, invocation?: string): Promise<unknown> {
    if (operation !== 'PutEvents') throw ApiError.unsupported(`events:${operation}`);
    const text = (): string => JSON.stringify(input);
    const fault = this.host.faults.strike({ service: 'events', operation, text, invocation }, [
      'throttle',
      'error',
      'delay',
      'partial',
    ]);
    if (fault?.kind === 'throttle') throw new ApiError('ThrottlingException', 'Rate exceeded');
    if (fault?.kind === 'error') throw new ApiError('InternalException', 'Internal error', 500);
    if (fault?.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
    return this.putEvents(list(input['Entries']).map(record), fault?.kind === 'partial');
  }

  /** Accepts events, or all but the last; refused entries are reported one by one, as the service does. */
  async putEvents(
    entries: readonly Json[],
    allButLast = false,
  ): Promise<{ FailedEntryCount: number; Entries: unknown[] }> {
    if (entries.length === 0 || entries.length > MAXIMUM_ENTRIES) {
      throw new ApiError(
        'ValidationException',
        `1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length between 1 and ${MAXIMUM_ENTRIES}`,
      );
    }
    if (entries.reduce((sum, entry) => sum + sizeOf(entry), 0) > MAXIMUM_BYTES) {
      throw new ApiError('ValidationException', 'Total size of the entries in the request is over the limit.');
    }
    const about = { service: 'events', operation: 'Deliver', text: () => JSON.stringify(entries) };
    const twice = this.host.faults.strike(about, ['duplicate']) !== undefined;
    let FailedEntryCount = 0;
    const Entries = await Promise.all(
      entries.map(async (entry, at) => {
        const last = allButLast && at === entries.length - 1;
        const problem = last ? { ErrorCode: 'InternalFailure', ErrorMessage: 'refused' } : this.refusal(entry);
        if (problem) {
          FailedEntryCount += 1;
          return problem;
        }
        const event = this.eventOf(entry);
        const bus = busName(text(entry['EventBusName']) ?? 'default');
        this.host.trace.event(String(event['detail-type']));
        await this.accept(bus, event);
        if (twice) await this.accept(bus, event);
        return { EventId: event['id'] };
      }),
    );
    return { FailedEntryCount, Entries };
  }

  private async accept(bus: string, event: Json): Promise<void> {
    if (!this.rules.some((rule) => rule.bus === bus && rule.matches(event))) return;
    const key = randomUUID();
    await this.host.store.put(key, { bus, event });
    this.dispatch(key, bus, event);
  }

  private dispatch(key: string, bus: string, event: Json): void {
    this.underWay += 1;
    const about = { service: 'events', operation: 'Deliver', text: () => JSON.stringify(event) };
    const late = this.host.faults.strike(about, ['delay']);
    const start = late ? new Promise((resolve) => setTimeout(resolve, late.delayMs)) : Promise.resolve();
    const matching = this.rules.filter((rule) => rule.bus === bus && rule.matches(event));
    start
      .then(() =>
        Promise.all(
          matching.flatMap((rule) => rule.targets.map((target) => this.host.targets.deliver(target, event, rule.arn))),
        ),
      )
      .then(() => this.host.store.delete(key))
      .catch((error: unknown) => this.host.log(`event ${String(event['id'])}: ${String(error)}`))
      .finally(() => {
        this.underWay -= 1;
      });
  }

  private refusal(entry: Json): { ErrorCode: string; ErrorMessage: string } | undefined {
    const problem = (ErrorCode: string, ErrorMessage: string): { ErrorCode: string; ErrorMessage: string } => ({
      ErrorCode,
      ErrorMessage,
    });
    for (const member of ['Source', 'DetailType', 'Detail']) {
      if (!text(entry[member]))
        return problem(
          'InvalidArgument',
          `Parameter ${member} is not valid. Reason: ${member} is a required argument.`,
        );
    }
    if (!this.buses.has(busName(text(entry['EventBusName']) ?? 'default'))) {
      return problem('ResourceNotFoundException', `Event bus ${String(entry['EventBusName'])} does not exist.`);
    }
    try {
      if (isRecord(JSON.parse(text(entry['Detail']) ?? ''))) return undefined;
    } catch {
      // Falls through to the same answer.
    }
    return problem('MalformedDetail', 'Detail is malformed.');
  }

  private eventOf(entry: Json): Json {
    const given = entry['Time'];
    const time =
      typeof given === 'number' ? given * 1_000 : typeof given === 'string' ? Date.parse(given) : this.host.clock.now();
    return {
      version: '0',
      id: randomUUID(),
      'detail-type': entry['DetailType'],
      source: entry['Source'],
      account: this.model.account,
      // Events carry whole seconds.
      time: `${new Date(time).toISOString().slice(0, 19)}Z`,
      region: this.model.region,
      resources: list(entry['Resources']),
      detail: JSON.parse(String(entry['Detail'])) as unknown,
    };
  }
}

function busName(nameOrArn: string): string {
  return nameOrArn.slice(nameOrArn.lastIndexOf('/') + 1);
}

/** Size of an entry as the service counts it. */
function sizeOf(entry: Json): number {
  const bytes = (value: unknown): number => (typeof value === 'string' ? Buffer.byteLength(value) : 0);
  const resources = list(entry['Resources']).reduce<number>((sum, resource) => sum + bytes(resource), 0);
  return (
    (entry['Time'] === undefined ? 0 : 14) +
    bytes(entry['Source']) +
    bytes(entry['DetailType']) +
    bytes(entry['Detail']) +
    resources
  );
}
