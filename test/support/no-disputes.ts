import type { Disputes } from '../../shared/ports/disputes';

/** For worlds in which nobody disputes a payment. */
export const noDisputes: Disputes = { hear: () => Promise.resolve(), stop: () => Promise.resolve(false) };
