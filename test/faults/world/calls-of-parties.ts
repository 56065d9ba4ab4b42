/** What a request to a party is: its words, and whether something may be different afterwards. */
import { serviceOf } from './sf-express-requests';
import type { Call } from './world';

interface Request {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

export function callOf(party: string, request: Request): Pick<Call, 'label' | 'effect'> {
  const { method, path } = request;
  // One address for everything, and always a POST: only the form says what is asked.
  if (party === 'sf_express') {
    const service = serviceOf(request);
    return { label: `${method} ${party} ${service}`, effect: !service.startsWith('EXP_RECE_SEARCH_') };
  }
  return { label: `${method} ${party} ${shape(path)}`, effect: method !== 'GET' };
}

/** A path without the ids in it. */
const shape = (path: string): string =>
  path
    .replace(/\?.*$/, '')
    .replace(/\/(?!v\d$)(?=[^/]*[\d_])[^/]+/g, (part) => (/^\/(payment_intents)$/.test(part) ? part : '/*'));
