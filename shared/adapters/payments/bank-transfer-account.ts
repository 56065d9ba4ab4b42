import { PermanentFault } from '../../domain/faults';
import type { Connection } from '../../ports/connections';

const PRIORITIES: ReadonlySet<string> = new Set(['regular', 'fast', 'wire', 'instant', 'crossBorder']);

/** Out of which account the connection pays. @throws {PermanentFault} when it does not name one */
export function balanceAccountOf(connection: Connection): string {
  const balanceAccountId = connection.settings?.['balanceAccountId'];
  if (!balanceAccountId) throw new PermanentFault(`connection ${connection.id}: settings name no balanceAccountId`);
  return balanceAccountId;
}

/** How fast it pays, and what that costs the shop. @throws {PermanentFault} for a word that Adyen does not know */
export function priorityOf(connection: Connection): string {
  const priority = connection.settings?.['priority'] ?? 'regular';
  if (!PRIORITIES.has(priority))
    throw new PermanentFault(`connection ${connection.id}: priority is not one of Adyen's`);
  return priority;
}
