import type { PathBudget } from '../budgets';
import type { Item } from './formula';

export interface Counted {
  dollarsPerMillion: number;
  transitions: number;
  writeUnits: number;
}

export interface Miss {
  what: keyof PathBudget;
  counted: number;
  budget: number;
  over: number;
}

/** Which figures of a path are above its budget, and by how much. */
export function missesOf(counted: Counted, budget: PathBudget): Miss[] {
  const kinds: (keyof PathBudget)[] = ['dollarsPerMillion', 'transitions', 'writeUnits'];
  return kinds
    .filter((what) => counted[what] > budget[what])
    .map((what) => ({ what, counted: counted[what], budget: budget[what], over: counted[what] - budget[what] }));
}

const names: Readonly<Record<keyof PathBudget, string>> = {
  dollarsPerMillion: 'dollars per million',
  transitions: 'billed transitions',
  writeUnits: 'write units',
};

/** A sentence for a person: what is missed, by how much, and what weighs most. */
export function sentenceOf(path: string, miss: Miss, bill: readonly Item[]): string {
  const by = `${path} misses its budget of ${miss.budget} ${names[miss.what]} by ${miss.over.toFixed(1)}`;
  const [first] = bill;
  return miss.what === 'dollarsPerMillion' && first !== undefined
    ? `${by}; the largest item is ${first.name}, $${first.dollars.toFixed(2)}`
    : by;
}
