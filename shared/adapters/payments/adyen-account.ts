import { PermanentFault } from '../../domain/faults';
import type { Connection } from '../../ports/connections';

/** Which of a company's accounts the connection is. @throws {PermanentFault} when the connection does not name it */
export function merchantAccountOf(connection: Connection): string {
  const merchantAccount = connection.settings?.['merchantAccount'];
  if (!merchantAccount) throw new PermanentFault(`connection ${connection.id}: settings name no merchantAccount`);
  return merchantAccount;
}
