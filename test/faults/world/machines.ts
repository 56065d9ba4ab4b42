/** The state machines: the laptop's engine and its service integrations, over the world's clock and functions. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionRecord, Journal } from '../../../infra/local/states/journal';
import type { Clock } from '../../../infra/local/clock';
import type { Machine, MachineSource } from '../../../infra/local/states/machine';
import type { Engine, EngineOptions } from '../../../infra/local/states/engine';
import { functions, pascalCase } from '../../../infra/functions';
import type { ServiceIntegrations } from '../../../infra/local/integrations';
import { projectRoot } from './bundle';
import { hashText } from './hash';
import { throttled, type Outcome } from './invoker';
import { Trace } from './trace';
import { storyArn, unwindArn } from './settings';
import type { World } from './world';

export interface HostParts {
  readonly Engine: new (options: EngineOptions) => Engine;
  readonly loadMachine: (source: MachineSource, clock: Clock, supports: (resource: string) => boolean) => Machine;
  readonly ServiceIntegrations: new (services: object) => ServiceIntegrations;
  readonly ApiError: new (code: string, message: string, status?: number) => Error;
}

/**
 * The machines as they are deployed, with the names of the functions in their places. Loaded once: checking a definition
 * takes longer than many runs.
 */
export function loadMachines(host: HostParts, clock: Clock, overlay: ReadonlyMap<string, string>): Machine[] {
  const read = (name: string): string => {
    const file = `state-machines/${name}.asl.json`;
    const text = overlay.get(file) ?? readFileSync(join(projectRoot, file), 'utf8');
    return text.replace(/\$\{(\w+)\}/g, (_all, state: string) => {
      if (state === 'UnwindOrder') return unwindArn;
      const found = functions.find(({ name: each }) => pascalCase(each) === state);
      if (found === undefined) throw new Error(`${file} names ${state}, which is no step`);
      return found.name;
    });
  };
  const supports = (resource: string): boolean => new host.ServiceIntegrations({}).supports(resource);
  return [
    host.loadMachine(
      { arn: storyArn, name: 'order-cancellation', type: 'STANDARD', definition: read('order-cancellation') },
      clock,
      supports,
    ),
    host.loadMachine(
      { arn: unwindArn, name: 'unwind-order', type: 'EXPRESS', definition: read('unwind-order') },
      clock,
      supports,
    ),
  ];
}

/** Where the executions of the story stand, without their histories. */
class MemoryJournal implements Journal {
  readonly records = new Map<string, ExecutionRecord>();

  save(key: string, record: object): Promise<void> {
    if ('kind' in record && record.kind === 'execution') this.records.set(key, record as ExecutionRecord);
    return Promise.resolve();
  }

  remove(key: string): Promise<void> {
    this.records.delete(key);
    return Promise.resolve();
  }

  async *all(): AsyncIterable<object> {
    yield* this.records.values();
    await Promise.resolve();
  }
}

export class Machines {
  readonly engine: Engine;
  private readonly journal = new MemoryJournal();
  /** Of each run of the fan-out: everything that it asked and was told. */
  private readonly unwinding = new Map<string, Trace>();

  constructor(
    world: World,
    host: HostParts,
    machines: readonly Machine[],
    invoke: (name: string, event: unknown) => Promise<Outcome>,
    private readonly onFault: (error: unknown) => void,
  ) {
    const services = {
      functions: {
        invoke: async (name: string, event: string) => {
          const { payload, error } = await invoke(name, JSON.parse(event));
          if (error?.errorType === throttled) throw new host.ApiError(throttled, error.errorMessage, 429);
          return { payload: JSON.stringify(error ?? payload ?? null), ...(error === undefined ? {} : { error }) };
        },
      },
      engine: () => this.engine,
    };
    const integrations = new host.ServiceIntegrations(services);
    this.engine = new host.Engine({
      clock: { now: () => world.now, at: (time, run) => world.at(time, run, 5) },
      integrations: {
        supports: (resource) => integrations.supports(resource),
        run: async (request) => {
          const { arn } = request.execution;
          this.follow(arn, () => `${request.stateName} ${request.attempt}`);
          try {
            const result = await integrations.run(request);
            this.follow(arn, () => JSON.stringify((result as { Payload?: unknown }).Payload ?? null));
            return result;
          } catch (error) {
            this.follow(arn, () => String(error));
            throw error;
          }
        },
      },
      journal: this.journal,
      newId: () => world.newId('execution'),
      random: () => world.random(),
      onFault: (error) => this.onFault(error),
    });
    for (const machine of machines) this.engine.adoptMachine(machine);
    const start = this.engine.startSyncExecution.bind(this.engine);
    this.engine.startSyncExecution = async (request) => {
      const answer = await start(request);
      this.unwinding.delete(answer.executionArn);
      return answer;
    };
  }

  digest(): string {
    const running = [...this.journal.records.values()].filter(({ status }) => status === 'RUNNING');
    const stories = running.map(({ name, position, marks }) => {
      const places = Object.entries(marks).map(([path, { attempt, attemptAt, counters, delivered, answer }]) =>
        JSON.stringify([path, attempt, attemptAt, counters, delivered, answer]),
      );
      return `${name} ${position.state} ${hashText(JSON.stringify([position.input, position.variables]))} ${places.join()}`;
    });
    return `${stories.join(';')}|${[...this.unwinding.values()].map(({ value }) => value).join(' ')}`;
  }

  private follow(arn: string, what: () => string): void {
    if (!arn.includes(':express:')) return;
    const trace = this.unwinding.get(arn) ?? new Trace();
    this.unwinding.set(arn, trace);
    trace.hear(what);
  }
}
