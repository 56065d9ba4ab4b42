/** One process of a crew: runs plans and reports. */
import { addCounts, noCounts, type Counts } from './coverage';
import type { Report, SeedsDone, Task } from './crew';
import { explore, type Failure } from './explore';
import { prepare, type RunResult } from './run';
import { runSeed, Shapes, shrink, struckPlan } from './seeds';
import { scenarios } from './scenarios/all';
import type { Production } from './world/cloud';
import { passed } from './world/globals';
import { loadProduction } from './world/production';

// Traces of stacks cost a tenth of the time, and nobody reads them here.
Error.stackTraceLimit = 0;

const tell = (report: Report): void => void process.send?.(report);

/** Failures of one piece of work that are shrunk and reported. */
const MOST_FAILURES = 5;

interface Ran {
  readonly calls: RunResult['calls'];
  readonly struck: readonly { readonly label: string; readonly kind: string }[];
}

class Worker {
  private readonly shapes: Shapes;
  private counts: Counts = noCounts();

  constructor(private readonly production: Production) {
    this.shapes = new Shapes(production);
  }

  async do(task: Task): Promise<void> {
    this.counts = noCounts();
    const statesBefore = this.states();
    passed.clear();
    if (task.kind === 'explore') {
      const exploration = await this.explored(task);
      tell({ kind: 'explored', exploration, counts: this.counted(statesBefore) });
    } else {
      const seeds = await this.seeded(task);
      tell({ kind: 'seeded', seeds, counts: this.counted(statesBefore) });
    }
  }

  private async explored({ scenario: name, depth }: Task & { kind: 'explore' }) {
    const scenario = scenarios.find((one) => one.name === name);
    if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
    const ready = await prepare(this.production, scenario);
    return explore(this.production, ready, {
      depth,
      condition: this.condition,
      begun: (calls, effects) =>
        tell({ kind: 'begun', text: `${name}: ${calls} inputs and outputs, ${effects} with an effect` }),
      ran: (calls, struck) => this.ran({ calls, struck }),
      progress: (done, known) => tell({ kind: 'progress', text: `${name}: ${done} of ${known} plans`, runs: 64 }),
    });
  }

  private async seeded({ from, count }: Task & { kind: 'seeds' }): Promise<SeedsDone> {
    const began = performance.now();
    const failures: Failure[] = [];
    let calls = 0;
    for (let seed = from; seed < from + count; seed += 1) {
      const result = await runSeed(this.production, this.shapes, seed, { condition: this.condition });
      this.ran(result);
      calls += result.calls.length;
      if (result.violations.length > 0 && failures.length < MOST_FAILURES) {
        const again = async (plan: Failure['plan']) =>
          (await runSeed(this.production, this.shapes, seed, { plan })).violations;
        failures.push({ scenario: 'seeded', seed, ...(await shrink(struckPlan(result), again)) });
      }
      if (seed % 64 === 63) tell({ kind: 'progress', text: `seed ${seed}`, runs: 64 });
    }
    return { from, count, calls, failures, seconds: (performance.now() - began) / 1_000 };
  }

  private readonly condition = (expression: string, held: boolean): void => {
    const known = (this.counts.conditions[expression] ??= { held: 0, failed: 0 });
    if (held) known.held += 1;
    else known.failed += 1;
  };

  private ran({ calls, struck }: Ran): void {
    for (const { label } of calls) (this.counts.calls[label] ??= { passed: 0, struck: 0 }).passed += 1;
    for (const { label, kind } of struck) {
      (this.counts.calls[label] ??= { passed: 0, struck: 0 }).struck += 1;
      this.counts.kinds[kind] = (this.counts.kinds[kind] ?? 0) + 1;
    }
  }

  private states(): Record<string, number> {
    return Object.fromEntries(
      this.production.machines.flatMap(({ name, traffic }) =>
        Object.entries(traffic.states).map(([state, count]) => [`${name} ${state}`, count]),
      ),
    );
  }

  private counted(before: Record<string, number>): Counts {
    const states = Object.fromEntries(
      Object.entries(this.states()).map(([state, count]) => [state, count - (before[state] ?? 0)]),
    );
    const all = noCounts();
    addCounts(all, this.counts);
    addCounts(all, { ...noCounts(), states, sites: Object.fromEntries(passed) });
    return all;
  }
}

async function main(): Promise<void> {
  const worker = new Worker(await loadProduction());
  process.on('message', (task: Task) => {
    worker.do(task).catch((error: unknown) => tell({ kind: 'broken', error: String((error as Error).stack ?? error) }));
  });
  tell({ kind: 'ready' });
}

main().catch((error: unknown) => tell({ kind: 'broken', error: String((error as Error).stack ?? error) }));
