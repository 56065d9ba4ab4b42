import type { ChannelFacts, ChannelRecord } from '../../shared/domain/channel';
import { failureMeanings, type FailureMeaning } from '../../shared/domain/refund-failure';
import { count, depends, named, noLimit, stated, type StatedFact } from './stated-fact';

/**
 * Every fact of a channel in words; what was not verified never shows a number.
 * @param later how the outcome of a refund is heard of when its answer is not yet the outcome
 */
export function statedFacts(facts: ChannelFacts, later: string): Readonly<Record<keyof ChannelFacts, StatedFact>> {
  return {
    refundWindowDays: stated('refund window', facts.refundWindowDays, noLimit, (days) => count(days, 'day')),
    refundsPerCapture: stated('refunds per capture', facts.refundsPerCapture, noLimit, String),
    secondsBetweenRefunds: stated('between two refunds', facts.secondsBetweenRefunds, depends, (seconds) =>
      seconds === 0 ? 'no pause' : `${seconds} s`,
    ),
    smallestRefund: stated('smallest refund', facts.smallestRefund, noLimit, (units) => count(units, 'unit')),
    answer: stated('outcome known', facts.answer, depends, (answer) =>
      named(
        {
          now: 'now',
          now_or_later: `now, or later by ${later}`,
          later: `later, by ${later}`,
          by_notice: `later, by ${later}`,
        },
        answer,
      ),
    ),
    feeReturned: stated('fee that comes back', facts.feeReturned, depends, (fee) =>
      named({ none: 'nothing', in_part: 'a part', all: 'all', no_fee: 'there is no fee' }, fee),
    ),
    customerSeesAfterDays: stated('customer sees it', facts.customerSeesAfterDays, depends, ({ from, to, days }) => {
      if (to === 0) return 'at once';
      return `${from === 0 ? 'within' : `${from} to`} ${to} ${days} days`;
    }),
    failsUpToDaysLater: stated('may come back', facts.failsUpToDaysLater, noLimit, (days) =>
      days === 0 ? 'never' : `for ${count(days, 'day')}`,
    ),
    disputeNames: stated('news of a dispute', facts.disputeNames, 'none', (names) => `names the ${names}`),
    keyKeptHours: stated('a repeated call is known', facts.keyKeptHours, noLimit, (hours) =>
      hours % 24 === 0 ? `for ${count(hours / 24, 'day')}` : `for ${count(hours, 'hour')}`,
    ),
  };
}

/** What names the account to pay out to, where money cannot go back the way it came; as a fact like the others. */
export function statedAccounts({ payoutAccount }: ChannelRecord): StatedFact[] {
  if (payoutAccount === undefined) return [];
  const { form, ...where } = payoutAccount;
  const fact = { ...where, grade: 'vendor', value: form };
  return [stated('account to pay out to', fact, depends, (pattern) => `\`${pattern}\``)];
}

const failed: Readonly<Record<FailureMeaning, string>> = {
  balance_too_low: 'too little money in your account, so it is tried every hour',
  instrument_gone: 'the card or account is gone',
  disputed: 'the buyer has asked his bank',
  given_back: 'given back past us',
  too_late: 'too late, or too many',
};

/** By which words of the provider a failure is understood; any other is looked at by a person. */
export function statedFailures({ failures = {} }: ChannelRecord): StatedFact[] {
  return failureMeanings.flatMap((meaning) => {
    const fact = failures[meaning];
    if (fact === undefined) return [];
    const say = (words: string): string =>
      words
        .split(' ')
        .map((word) => `\`${word}\``)
        .join(', ');
    return [stated(`failure, ${failed[meaning]}`, fact, depends, say)];
  });
}

/** How the channel writes amounts, as a fact like the others. */
export function statedUnits({ units }: ChannelRecord, short: string): StatedFact {
  const { source, checked, note } = units;
  const common = { title: 'currencies and units', short, long: note ?? short, checked };
  return URL.canParse(source) ? { ...common, grade: 'vendor', source } : { ...common, grade: 'ours' };
}
