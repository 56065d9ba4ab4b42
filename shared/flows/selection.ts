import type { Wish } from '../domain/decide';
import { fingerprint } from '../domain/ids';
import { refuse, type Refusal } from '../domain/refusal';

type Lines = NonNullable<Wish['lines']>;

/** Lines that a token carries itself, as characters of JSON; it travels in URLs and logs and has to stay short. */
const carried = 300;

/** What a token says of the lines it is about: the lines, or of many their fingerprint. Nothing: all that is left. */
export interface Selection {
  lines?: Lines;
  selection?: string;
}

export function selectionOf(lines: Lines | undefined): Selection {
  if (lines === undefined) return {};
  return JSON.stringify(lines).length <= carried ? { lines } : { selection: fingerprintOf(lines) };
}

/** The lines that a token stands for, from itself or as they were sent again with it. */
export function linesOf(token: Selection, sent: Lines | undefined): { lines?: Lines } | Refusal {
  if (token.selection === undefined && sent === undefined)
    return token.lines === undefined ? {} : { lines: token.lines };
  if (sent === undefined)
    return refuse('invalid_field', 'It stands for many lines: send the same lines with it.', { param: '/lines' });
  const meant = token.selection ?? (token.lines === undefined ? undefined : fingerprintOf(token.lines));
  if (meant !== fingerprintOf(sent))
    return refuse('invalid_field', 'They are not the lines that it stands for.', { param: '/lines' });
  return { lines: sent };
}

/** The order in which lines are named does not matter. */
function fingerprintOf(lines: Lines): string {
  const named = lines.map(({ lineId, quantity }) => JSON.stringify([lineId, quantity]));
  return fingerprint(...named.sort());
}
