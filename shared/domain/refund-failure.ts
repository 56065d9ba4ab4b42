import { failuresOf, type PaymentChannelName } from './channel';

/**
 * What a provider's word for a refund that did not happen means for what is done next.
 * balance_too_low: the shop's account there has too little money, and will have more. instrument_gone: the card or account
 * that paid is closed. disputed: the buyer has asked his bank for the money. given_back: the shop has refunded it past us, at
 * the provider. too_late: the provider takes no refund of this payment any more.
 */
export const failureMeanings = ['balance_too_low', 'instrument_gone', 'disputed', 'given_back', 'too_late'] as const;
export type FailureMeaning = (typeof failureMeanings)[number];

/**
 * @param said the provider's word alone, or in the message of a fault (`paypal: TRANSACTION_DISPUTED [422]`)
 * @returns undefined for a word that means none of these, or that nobody has looked up yet
 */
export function meaningOf(channel: PaymentChannelName, said: string | undefined): FailureMeaning | undefined {
  if (said === undefined) return undefined;
  const words = new Set(said.match(/[\w.-]+/g));
  const failures = failuresOf(channel);
  return failureMeanings.find((meaning) =>
    (failures[meaning]?.value ?? '').split(' ').some((code) => code !== '' && words.has(code)),
  );
}
