import { PermanentFault } from '../../domain/faults';
import type { Connection } from '../../ports/connections';
import type { HttpClient } from '../http-client';
import { partyAddress, type PartyAddress } from '../party-address';
import { askAdyen } from './adyen-exchange';

const VERSION = 'v72';
const TEST_ADDRESS = 'https://checkout-test.adyen.com';

/**
 * One modification of a payment at Adyen's Checkout API. What comes back is the body of a 2xx.
 *
 * The connection's `settings`: `liveEndpointPrefix` is the company's prefix of the live addresses (Customer Area,
 * Developers, API URLs); without it the calls go to the test address. https://docs.adyen.com/development-resources/live-endpoints
 *
 * @param key at most 64 characters
 * @throws as `askAdyen`
 */
export async function modify(
  http: HttpClient,
  connection: Connection,
  paymentRef: string,
  verb: 'refunds' | 'reversals',
  key: string,
  body: object,
): Promise<unknown> {
  const path = `/${VERSION}/payments/${encodeURIComponent(paymentRef)}/${verb}`;
  return askAdyen(http, { channel: 'adyen', connection, address: addressOf(connection), path, write: { key, body } });
}

function addressOf(connection: Connection): PartyAddress {
  const prefix = connection.settings?.['liveEndpointPrefix'];
  if (prefix === undefined) return partyAddress(connection, TEST_ADDRESS);
  if (!/^[0-9A-Za-z]+(-[0-9A-Za-z]+)*$/.test(prefix)) {
    throw new PermanentFault(`connection ${connection.id}: liveEndpointPrefix is not a prefix`);
  }
  return partyAddress(connection, `https://${prefix}-checkout-live.adyenpayments.com/checkout`);
}
