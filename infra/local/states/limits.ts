import { StateFailure } from './errors';

/** Bytes of UTF-8 JSON that an input, a result, an output or a variable may have. */
export const MAX_PAYLOAD_BYTES = 262_144;

/** Events that the history of a Standard execution may have; the last one is the failure. */
export const MAX_HISTORY_EVENTS = 25_000;

/** An Express execution is cut off after this many milliseconds. */
export const MAX_EXPRESS_MS = 5 * 60_000;

/** How long AWS keeps a closed execution, and refuses its name, in milliseconds. */
export const RETENTION_MS = 90 * 24 * 3_600_000;

/** Fails the state with States.DataLimitExceeded when `json` is over the limit. */
export function refuseOversized(json: string, stateName: string): void {
  // A string has at most three bytes for each of its units: most need not be measured.
  if (json.length * 3 <= MAX_PAYLOAD_BYTES || Buffer.byteLength(json) <= MAX_PAYLOAD_BYTES) return;
  throw new StateFailure(
    'States.DataLimitExceeded',
    `The state/task '${stateName}' returned a result with a size exceeding the maximum number of bytes service limit.`,
  );
}
