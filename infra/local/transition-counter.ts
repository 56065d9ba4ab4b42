/** States entered by machine since the last reset; the engine itself counts since the process began. */
import type { Engine, Traffic } from './states/engine';

export type Transitions = Readonly<Record<string, Traffic>>;

export class TransitionCounter {
  private before: Transitions = {};

  constructor(private readonly engine: Engine) {}

  reset(): void {
    this.before = structuredClone(this.engine.transitions());
  }

  /** By the machine's name. Standard executions are billed by `entered + retries`, Express ones by time. */
  counts(): Transitions {
    const counts: Record<string, Traffic> = {};
    for (const [arn, now] of Object.entries(this.engine.transitions())) {
      const before = this.before[arn];
      const states: Record<string, number> = {};
      for (const [state, entered] of Object.entries(now.states)) {
        const since = entered - (before?.states[state] ?? 0);
        if (since > 0) states[state] = since;
      }
      counts[arn.slice(arn.lastIndexOf(':') + 1)] = {
        executions: now.executions - (before?.executions ?? 0),
        entered: now.entered - (before?.entered ?? 0),
        retries: now.retries - (before?.retries ?? 0),
        states,
      };
    }
    return counts;
  }
}
