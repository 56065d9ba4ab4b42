import type { Connection } from '../ports/connections';
import { PermanentFault } from '../domain/faults';

/** Where an outside party is reached. */
export interface PartyAddress {
  protocol: 'http' | 'https';
  host: string;
  port: number;
  /** Without a trailing slash; empty for the root. */
  basePath: string;
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Reads the connection's `baseUrl`, else the party's public address.
 *
 * Every request carries the account's key, so plain http is accepted on this machine only (stand-ins and tests).
 *
 * @throws {PermanentFault} when the address is no URL, carries credentials, or is plain http to another machine
 */
export function partyAddress(connection: Pick<Connection, 'id' | 'baseUrl'>, publicAddress: string): PartyAddress {
  const text = connection.baseUrl ?? publicAddress;
  if (!URL.canParse(text)) throw new PermanentFault(`connection ${connection.id}: baseUrl is not a URL`);
  const url = new URL(text);
  const secure = url.protocol === 'https:';
  if (!secure && !(url.protocol === 'http:' && LOOPBACK.has(url.hostname))) {
    throw new PermanentFault(`connection ${connection.id}: baseUrl must be https, or http on this machine`);
  }
  if (url.username || url.password || url.search || url.hash) {
    throw new PermanentFault(`connection ${connection.id}: baseUrl may hold a host, a port and a path only`);
  }
  return {
    protocol: secure ? 'https' : 'http',
    // Sockets take an IPv6 address without the brackets that a URL needs.
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port ? Number(url.port) : secure ? 443 : 80,
    basePath: url.pathname.replace(/\/+$/, ''),
  };
}
