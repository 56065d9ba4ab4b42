import type { CarrierFacts } from '../../shared/domain/carrier';
import { count, depends, named, noLimit, stated, type StatedFact } from './stated-fact';

/** Every fact of a carrier in words; what was not verified never shows a value. */
export function statedCarrierFacts(facts: CarrierFacts): Readonly<Record<keyof CarrierFacts, StatedFact>> {
  return {
    voidWindowDays: stated('void window', facts.voidWindowDays, depends, (days) => count(days, 'day')),
    voidAfterScan: stated('void after a scan', facts.voidAfterScan, depends, String),
    voidTold: stated('void told', facts.voidTold, depends, (told) =>
      named({ now: 'now', now_or_later: 'now, or later' }, told),
    ),
    postageRefundDays: stated(
      'postage back',
      facts.postageRefundDays,
      depends,
      ({ from, to, days }) => `${from} to ${to} ${days} days`,
    ),
    postageTold: stated('postage told', facts.postageTold, depends, listed),
    interception: stated('on its way', facts.interception, depends, listed),
    interceptionFrom: stated('from', facts.interceptionFrom, depends, position),
    interceptionUntil: stated('until', facts.interceptionUntil, depends, position),
    interceptionsPerParcel: stated('times per parcel', facts.interceptionsPerParcel, noLimit, String),
    whoMayAsk: stated('who may ask', facts.whoMayAsk, depends, listed),
    interceptionFee: stated('fee', facts.interceptionFee, depends, (fee) =>
      named({ none: 'none', quoted: 'quoted before', surcharge: 'a surcharge' }, fee),
    ),
    interceptionTold: stated('outcome told', facts.interceptionTold, depends, listed),
    trackingToldDays: stated(
      'tells of a parcel',
      facts.trackingToldDays,
      noLimit,
      (days) => `for ${count(days, 'day')}`,
    ),
  };
}

const listed = (words: string): string =>
  words
    .split(' ')
    .map((word) => word.replaceAll('_', ' '))
    .join(', ');
const position = (word: string): string => `\`${word}\``;
