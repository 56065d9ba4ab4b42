import { PermanentFault, TransientFault } from '../../domain/faults';
import type { Connection } from '../../ports/connections';
import type { HttpClient } from '../http-client';
import { member, text } from '../json-members';
import { partyAddress } from '../party-address';
import { exchange, lost, NOT_LET_IN, type CallKind } from '../payments/provider-call';

export const PUBLIC_ADDRESS = 'https://api.shipengine.com';

/** ShipEngine's own statement of why it refuses; the cause of the fault that it becomes. */
export class ShipengineRefusal extends Error {
  constructor(
    readonly status: number,
    /** `business_rules`, `integrations`, ... */
    readonly type: string,
    readonly code: string,
  ) {
    super(`${code} [${status}]`);
  }
}

/** Only these kinds of error are about the label; the others are about the account, or our request. */
const ABOUT_THE_LABEL: ReadonlySet<string> = new Set(['business_rules', 'integrations']);

/** The refusal behind a fault, where it says something about this label. */
export function refusalOfLabel(error: unknown): ShipengineRefusal | undefined {
  const refusal = refusalOf(error);
  return refusal !== undefined && ABOUT_THE_LABEL.has(refusal.type) ? refusal : undefined;
}

/** @returns undefined where ShipEngine itself says that there is no such object; a bare 404 may be a wrong address */
export async function ifThere(found: Promise<unknown>): Promise<unknown> {
  try {
    return await found;
  } catch (error) {
    if (refusalOf(error)?.status === 404) return undefined;
    throw error;
  }
}

/**
 * One exchange; what comes back is the body of a success.
 *
 * @throws {PermanentFault} caused by a `ShipengineRefusal`
 * @throws as `exchange`
 */
export async function call(
  http: HttpClient,
  connection: Connection,
  method: 'GET' | 'PUT',
  path: string,
): Promise<unknown> {
  const kind: CallKind = method === 'GET' ? 'read' : 'write';
  const { status, body } = await exchange(http, 'shipengine', kind, partyAddress(connection, PUBLIC_ADDRESS), {
    method,
    path,
    headers: { accept: 'application/json', 'api-key': connection.apiKey, 'user-agent': 'order-cancellation' },
  });
  if (status === 200) return body;
  const errors = member(body, 'errors');
  const error: unknown = Array.isArray(errors) ? errors[0] : undefined;
  const code = text(error, 'error_code');
  // A 404 without ShipEngine's own error is no statement about the label.
  if (code === undefined) throw lost(`shipengine: HTTP ${status} without an error`, kind);
  const refusal = new ShipengineRefusal(status, text(error, 'error_type') ?? '', code);
  const says = `shipengine: ${refusal.message}`;
  if (NOT_LET_IN.has(status)) throw new TransientFault(says, { cause: refusal });
  if (refusal.type === 'system') throw lost(says, kind, refusal);
  throw new PermanentFault(says, { cause: refusal });
}

function refusalOf(error: unknown): ShipengineRefusal | undefined {
  return error instanceof PermanentFault && error.cause instanceof ShipengineRefusal ? error.cause : undefined;
}
