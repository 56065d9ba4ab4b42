import { PermanentFault } from '../../domain/faults';
import type { Connection } from '../../ports/connections';
import type { HttpClient } from '../http-client';
import { partyAddress, type PartyAddress } from '../party-address';
import { AdyenRefusal, askAdyen } from './adyen-exchange';

const VERSION = '/btl/v4';
const LIVE_ADDRESS = 'https://balanceplatform-api-live.adyen.com';
const TEST_ADDRESS = 'https://balanceplatform-api-test.adyen.com';

/** "Entity was not found": https://docs.adyen.com/errors/not-found. The general 00_404 may be a wrong address as well. */
const NOT_FOUND = '30_112';

/** @throws as `askAdyen` */
export async function read(http: HttpClient, connection: Connection, path: string): Promise<unknown> {
  return askAdyen(http, {
    channel: 'bank_transfer',
    connection,
    address: addressOf(connection),
    path: `${VERSION}${path}`,
  });
}

/**
 * @param key at most 64 characters
 * @throws as `askAdyen`
 */
export async function write(
  http: HttpClient,
  connection: Connection,
  path: string,
  key: string,
  body: object,
): Promise<unknown> {
  const address = addressOf(connection);
  return askAdyen(http, {
    channel: 'bank_transfer',
    connection,
    address,
    path: `${VERSION}${path}`,
    write: { key, body },
  });
}

/** @returns undefined where Adyen itself says that there is no such object */
export async function ifThere(found: Promise<unknown>): Promise<unknown> {
  try {
    return await found;
  } catch (error) {
    const { cause } = error instanceof PermanentFault ? error : {};
    if (cause instanceof AdyenRefusal && cause.errorCode === NOT_FOUND) return undefined;
    throw error;
  }
}

/** https://docs.adyen.com/api-explorer/transfers/4/overview */
function addressOf(connection: Connection): PartyAddress {
  const live = connection.settings?.['live'] ?? 'false';
  if (live !== 'true' && live !== 'false') {
    throw new PermanentFault(`connection ${connection.id}: live is neither true nor false`);
  }
  return partyAddress(connection, live === 'true' ? LIVE_ADDRESS : TEST_ADDRESS);
}
