/** What the design allows; the bench prints it beside what was counted and asserts none of it. */
export interface PathBudget {
  dollarsPerMillion: number;
  transitions: number;
  /** Tables and indexes; stream consumers and listeners apart. */
  writeUnits: number;
}

export type PathName = 'instant' | 'threeTenders' | 'grace' | 'approval' | 'interception';

export const pathBudgets: Readonly<Record<PathName, PathBudget>> = {
  instant: { dollarsPerMillion: 25, transitions: 0, writeUnits: 18 },
  threeTenders: { dollarsPerMillion: 45, transitions: 0, writeUnits: 30 },
  grace: { dollarsPerMillion: 180, transitions: 6, writeUnits: 20 },
  approval: { dollarsPerMillion: 255, transitions: 9, writeUnits: 24 },
  // Of the approval path, and what a parcel adds: asked for, heard of, received, put back.
  interception: { dollarsPerMillion: 330, transitions: 11, writeUnits: 40 },
};

/** What the credit note of a cancellation of a few lines may add to each path, by the listener that issues it. */
export const creditNoteBudget = { dollarsPerMillion: 6, writeUnits: 6 } as const;

/** Kilobytes, minified. */
export const bundleBudgets = { plain: 420, withStripe: 640 } as const;

/** Processor time of loading a function, as a multiple of an empty handler's. */
export const loadBudget = 2.5;
