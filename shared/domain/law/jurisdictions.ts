import type { Instant } from '../time';
import data from './jurisdictions.json';
import { isZone, localDateOf, type LocalDate } from './local-date';

/** A place that makes law. A union has members, and its law holds in each of them. */
interface Jurisdiction {
  title: string;
  members?: readonly string[];
  /** Zones of the IANA database in which its buyers live. */
  zones?: readonly string[];
}

const jurisdictions: Readonly<Record<string, Jurisdiction | undefined>> = data;

/** ISO 3166-1, and EU. */
export const isJurisdiction = (code: string): boolean => Object.hasOwn(jurisdictions, code);

/** Whose law holds in a market: its own, and that of the union it is in. */
export function lawOf(market: string): string[] {
  if (!isJurisdiction(market)) return [];
  const unions = Object.entries(jurisdictions).filter(([, place]) => place?.members?.includes(market));
  return [market, ...unions.map(([code]) => code)];
}

/**
 * Every date that it is in a market at an instant: where a market has several zones and none is named, there may be
 * two.
 */
export function datesIn(market: string, instant: Instant, zone?: string): LocalDate[] {
  if (zone !== undefined && !isZone(zone)) throw new RangeError(`Not a zone of the IANA database: ${zone}`);
  const zones = zone === undefined ? zonesOf(market) : [zone];
  return [...new Set(zones.map((each) => localDateOf(instant, each)))];
}

/** Of a union: those of its members. */
function zonesOf(market: string): readonly string[] {
  const { zones = [], members = [] } = jurisdictions[market] ?? {};
  return [...zones, ...members.flatMap(zonesOf)];
}
