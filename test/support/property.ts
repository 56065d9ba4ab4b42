import { assert, type IAsyncProperty, type IProperty } from 'fast-check';

/** Fixed, so that a red run is red again; PROPERTY_SEED tries another. A failure prints seed, path and the least case. */
const seed = Number(process.env.PROPERTY_SEED ?? 20_260_619);

/** Asserts a property over `runs` cases of the fixed seed. */
export function holds<Case>(property: IProperty<Case>, runs = 200): void {
  assert(property, { seed, numRuns: runs });
}

/** The same for a property that waits for something. */
export async function holdsAsync<Case>(property: IAsyncProperty<Case>, runs = 100): Promise<void> {
  await assert(property, { seed, numRuns: runs });
}
