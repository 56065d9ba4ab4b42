/** A request is taken for crashed after this long: functions of the API run at most ten seconds, and clocks differ. */
export const requestLease = { length: 12, unit: 'seconds' } as const;

/** Answers are repeated for this long; after that the same key is a new one. */
export const answersLive = { length: 30, unit: 'days' } as const;
