import { VirtualClock } from '../../../infra/local/clock';
import { Engine, TaskFailure } from '../../../infra/local/states/engine';
import type { EngineOptions, Integrations, Journal, TaskRequest } from '../../../infra/local/states/engine';

export const ARN = 'arn:aws:states:eu-central-1:000000000000:stateMachine:story';
export const LAMBDA = 'arn:aws:states:::lambda:invoke';
export const CALLBACK = 'arn:aws:states:::lambda:invoke.waitForTaskToken';

/** What a task does: answers, fails, or never ends. */
export type Work = (request: TaskRequest) => unknown;

export class Tasks implements Integrations {
  readonly requests: TaskRequest[] = [];

  constructor(private readonly work: Work = () => ({})) {}

  supports(resource: string): boolean {
    return resource === LAMBDA || resource === CALLBACK || resource.startsWith('arn:aws:lambda:');
  }

  async run(request: TaskRequest): Promise<unknown> {
    this.requests.push(request);
    return this.work(request);
  }

  /** The names of the states that asked, in order. */
  get asked(): string[] {
    return this.requests.map((request) => request.stateName);
  }

  get lastToken(): string {
    return this.requests.at(-1)?.token ?? '';
  }
}

/** Keeps what a database would keep: text, not the objects that the engine still holds. */
export class MemoryJournal implements Journal {
  readonly records = new Map<string, string>();
  saves = 0;
  broken = false;

  async save(key: string, record: object): Promise<void> {
    await Promise.resolve();
    if (this.broken) throw new Error('The journal is gone.');
    this.saves += 1;
    this.records.set(key, JSON.stringify(record));
  }

  async remove(key: string): Promise<void> {
    await Promise.resolve();
    this.records.delete(key);
  }

  async *all(): AsyncIterable<object> {
    for (const text of [...this.records.values()]) yield JSON.parse(text) as object;
  }

  /** The journal as a process that was killed now would leave it. */
  copy(): MemoryJournal {
    const copy = new MemoryJournal();
    for (const [key, text] of this.records) copy.records.set(key, text);
    return copy;
  }
}

export interface Setup extends Partial<EngineOptions> {
  readonly type?: 'STANDARD' | 'EXPRESS';
  readonly work?: Work;
}

/** An engine with one machine, JSONata unless the definition says otherwise. */
export function engineFor(
  definition: object,
  setup: Setup = {},
): { engine: Engine; clock: VirtualClock; tasks: Tasks } {
  const { type = 'STANDARD', work, ...options } = setup;
  const clock = setup.clock instanceof VirtualClock ? setup.clock : new VirtualClock();
  const tasks = new Tasks(work);
  const engine = new Engine({ integrations: tasks, ...options, clock });
  engine.createMachine({ arn: ARN, name: 'story', type, definition: { QueryLanguage: 'JSONata', ...definition } });
  return { engine, clock, tasks };
}

export interface Ended {
  readonly status: string;
  readonly output?: unknown;
  readonly error?: string;
  readonly cause?: string;
}

/** Runs a definition to its end, time moving on by itself. */
export async function run(definition: object, input: unknown = {}, setup: Setup = {}): Promise<Ended> {
  const { engine, clock } = engineFor(definition, setup);
  const { executionArn } = await engine.startExecution({ stateMachineArn: ARN, input: JSON.stringify(input) });
  await clock.runUntilIdle();
  return endOf(engine, executionArn);
}

export function endOf(engine: Engine, executionArn: string): Ended {
  const { status, output, error, cause } = engine.describeExecution({ executionArn });
  return {
    status,
    ...(output === undefined ? {} : { output: JSON.parse(output) as unknown }),
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
  };
}

/** One state, named Only, that ends the machine. */
export function only(state: object): object {
  return { StartAt: 'Only', States: { Only: { End: true, ...state } } };
}

export function failWith(error: string, cause = 'because'): Work {
  return () => {
    throw new TaskFailure(error, cause);
  };
}

export function never(): Promise<never> {
  return new Promise(() => undefined);
}

export function typesOf(engine: Engine, executionArn: string): string[] {
  return engine.getExecutionHistory({ executionArn }).events.map((event) => event.type);
}
