import type { ChannelFacts, ChannelRecord, Fact } from '../../shared/domain/channel';
import { failureMeanings, type FailureMeaning } from '../../shared/domain/refund-failure';

/** A fact in words, with where it is written. */
export interface StatedFact {
  title: string;
  /** For a table. */
  short: string;
  /** For a list in which the source, or that there is none, stands above it. */
  long: string;
  grade: string;
  source?: string;
  checked: string;
}

export const notVerified = 'not verified';

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

const noLimit = 'no limit';
const depends = 'it depends';

/** @param absent what a fact says that is known and has no value: its note says more */
function stated<Value>(title: string, fact: Fact<Value>, absent: string, say: (value: Value) => string): StatedFact {
  const { value, grade, source, checked, note } = fact;
  const where = { title, grade, checked, ...(source === undefined ? {} : { source }) };
  if (grade === 'unknown') return { ...where, short: notVerified, long: note ?? 'nothing was found' };
  const said = value === null ? absent : say(value);
  return {
    ...where,
    short: grade === 'third_party' ? `${said}, says a third party` : said,
    long: note === undefined || note === said ? said : `${said}; ${note}`,
  };
}

/** A word that this page does not know yet is better shown than left out. */
function named(words: Readonly<Record<string, string>>, word: string): string {
  return words[word] ?? word.replaceAll('_', ' ');
}

function count(amount: number, unit: string): string {
  return `${amount} ${unit}${amount === 1 ? '' : 's'}`;
}
