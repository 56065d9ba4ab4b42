import { datesIn, lawOf } from './jurisdictions';
import { checkRecords, type RecordFile } from './load-records';
import type { StatutoryRecord } from './record';
import auChangeOfMind1 from './records/au-change-of-mind.1.json';
import brCdcRegret1 from './records/br-cdc-regret.1.json';
import cnSevenDayReturn1 from './records/cn-seven-day-return.1.json';
import cnSevenDayReturn2 from './records/cn-seven-day-return.2.json';
import euCrdWithdrawal1 from './records/eu-crd-withdrawal.1.json';
import euCrdWithdrawal2 from './records/eu-crd-withdrawal.2.json';
import inEcommerceFee1 from './records/in-ecommerce-fee.1.json';
import jpDefaultReturn1 from './records/jp-default-return.1.json';
import krEcommerceWithdrawal1 from './records/kr-ecommerce-withdrawal.1.json';
import ukCcrCancellation1 from './records/uk-ccr-cancellation.1.json';
import usMitorDelay1 from './records/us-mitor-delay.1.json';
import { holdsOn } from './versions';

/** Every version that was ever published: one line each. */
export const recordFiles: readonly RecordFile[] = [
  { file: 'au-change-of-mind.1.json', json: auChangeOfMind1 },
  { file: 'br-cdc-regret.1.json', json: brCdcRegret1 },
  { file: 'cn-seven-day-return.1.json', json: cnSevenDayReturn1 },
  { file: 'cn-seven-day-return.2.json', json: cnSevenDayReturn2 },
  { file: 'eu-crd-withdrawal.1.json', json: euCrdWithdrawal1 },
  { file: 'eu-crd-withdrawal.2.json', json: euCrdWithdrawal2 },
  { file: 'in-ecommerce-fee.1.json', json: inEcommerceFee1 },
  { file: 'jp-default-return.1.json', json: jpDefaultReturn1 },
  { file: 'kr-ecommerce-withdrawal.1.json', json: krEcommerceWithdrawal1 },
  { file: 'uk-ccr-cancellation.1.json', json: ukCcrCancellation1 },
  { file: 'us-mitor-delay.1.json', json: usMitorDelay1 },
];

export interface Contract {
  /** ISO 3166-1 of where the buyer is. */
  market: string;
  /** When the contract was made: an instant, or the date there where no more is known. */
  contractDate: string;
  /** The buyer's zone; absent: every zone of the market. */
  zone?: string;
}

/**
 * The records by which a contract is judged, by the date on which it was made where its buyer is. Where that may be
 * one of two dates and a version changed between them, both versions are given: the better one for the buyer holds.
 *
 * Nothing given says that nothing is recorded, never that the buyer has no right.
 */
export function recordsFor({ market, contractDate, zone }: Contract): StatutoryRecord[] {
  const dates = contractDate.includes('T') ? datesIn(market, contractDate, zone) : [contractDate];
  const law = lawOf(market);
  const ofMarket = statutoryRecords().filter(({ jurisdiction }) => law.includes(jurisdiction));
  return ofMarket.filter((record) => dates.some((date) => holdsOn(date, record, ofMarket)));
}

let checked: readonly StatutoryRecord[] | undefined;

/**
 * All versions, checked once. What is wrong with them is a mistake of whoever published them, so nothing goes on with
 * it.
 */
export function statutoryRecords(): readonly StatutoryRecord[] {
  if (checked !== undefined) return checked;
  const answer = checkRecords(recordFiles);
  if ('problems' in answer) {
    const lines = answer.problems.map(({ file, field, reason }) => `${file} ${field} ${reason}`);
    throw new Error(`The statutory records cannot be used:\n${lines.join('\n')}`);
  }
  checked = answer.records;
  return checked;
}
