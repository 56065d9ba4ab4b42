/** What must hold after every run, whatever went wrong in it. Each has a name, a sentence and its check. */
import type { Aftermath } from './aftermath';
import * as decisions from './decisions';
import * as documents from './documents';
import * as goods from './goods';
import * as money from './money';
import * as promises from './promises';
import * as records from './records';

/** Answers what is wrong, in words; nothing when all is well. */
export type Check = (end: Aftermath) => readonly string[];

export interface Invariant {
  readonly name: string;
  readonly sentence: string;
  readonly check: Check;
}

const invariant = (name: string, sentence: string, check: Check): Invariant => ({ name, sentence, check });

export const invariants: readonly Invariant[] = [
  invariant(
    'ledgers show entitlements',
    'The channel of each leg shows exactly its amount, once, or nothing.',
    money.legsAreWhatProvidersShow,
  ),
  invariant(
    'never more at any instant',
    'No leg ever has more than its amount under way at once.',
    money.neverMoreThanOwed,
  ),
  invariant('no foreign refunds', 'Nothing is refunded that no leg stands for.', money.noForeignRefunds),
  invariant(
    'never more than captured',
    'Of each payment at most what was captured goes back.',
    money.neverMoreThanCaptured,
  ),
  invariant(
    'closed means paid',
    'A closed cancellation has settled every leg, and they come to its refund.',
    money.closedMeansPaid,
  ),
  invariant('credits balance', 'An account of our own ledger holds the sum of its entries.', money.creditsBalance),
  invariant(
    'keys are kept',
    'A provider that knows a key for ever gets a new one only for a refund that has failed.',
    money.keysAreKept,
  ),
  invariant(
    "providers' books balance",
    "Our refund ledger and the provider's come to the same.",
    money.providersBooksBalance,
  ),
  invariant(
    'restored once',
    'Each unit is restored at most once, and exactly once when its cancellation closed.',
    goods.unitsAreRestoredOnce,
  ),
  invariant(
    'never shipped and restocked',
    'No unit is both on its way and back on the shelf, or paid back.',
    goods.neverShippedAndRestocked,
  ),
  invariant(
    'restocked on receipt',
    'What comes back with its parcel goes on the shelf once, when the warehouse has it.',
    goods.restockedOnReceipt,
  ),
  invariant('sold is not paid back', 'Nobody gets back more than his cancelled units cost.', goods.soldIsNotPaidBack),
  invariant('no live labels', 'What is cancelled for good has no label that could still go out.', goods.noLiveLabels),
  invariant(
    'recalls are what carriers show',
    'A recall that we hold for accepted is one in the books of its carrier.',
    goods.recallsAreWhatCarriersShow,
  ),
  invariant(
    'money of parcels waits',
    'Money of a parcel that was called back goes no sooner than the terms say.',
    ({ cloud }) => cloud.tooEarly,
  ),
  invariant('cancelled once', 'No unit is in two cancellations that count.', goods.unitsAreCancelledOnce),
  invariant(
    'intercepted once',
    'A carrier accepts our wish to stop a parcel at most once, and hears it under one key.',
    goods.interceptedOnce,
  ),
  invariant('stock balances', 'Balances follow from the movements, and nothing is below 0.', goods.stockBalances),
  invariant(
    'cancelled holds nothing',
    'An order that is cancelled holds and awaits no stock that movements reserved for it.',
    goods.cancelledHoldsNothing,
  ),
  invariant('served in order', 'Who waits for units is served in the order in which he came.', goods.servedInOrder),
  invariant(
    'never in limbo',
    'Every cancellation is closed, declined, withdrawn, undone or in a case.',
    records.nothingIsInLimbo,
  ),
  invariant('histories are whole', 'Every write is one line of the history, without gaps.', records.historiesAreWhole),
  invariant('intent before effect', 'Before each effect stands its intent.', records.intentsComeBeforeEffects),
  invariant('histories replay', 'The history alone leads to the stored state.', records.historiesReplay),
  invariant(
    'events are gapless',
    "An order's events are numbered without gaps and have one content each.",
    records.eventsAreGapless,
  ),
  invariant(
    'orders add up',
    'An order counts its closed cancellations and is listed accordingly.',
    records.ordersAddUp,
  ),
  invariant(
    'credit notes are whole',
    'Each sale that was reversed has one credit note to the cent, and nothing else has one.',
    documents.creditNotesAreWhole,
  ),
  invariant(
    'credit notes are gapless',
    'The credit notes of a merchant are numbered 1, 2, 3, ..., and each is told as it is.',
    documents.creditNotesAreGapless,
  ),
  invariant('views catch up', 'What the customer is shown is what is stored.', records.viewsCatchUp),
  invariant('acknowledged is durable', 'Whatever was acknowledged is there.', promises.acknowledgedIsDurable),
  invariant('refused is not done', 'Whoever was refused has no cancellation.', decisions.refusedIsNotDone),
  invariant('decided once', 'A request is decided at most once.', decisions.decidedOnce),
  invariant('one key, one cancellation', 'The same key is the same cancellation.', promises.oneKeyOneCancellation),
  invariant(
    'everybody is answered',
    'Nobody who asks again is left without an answer.',
    promises.nobodyIsLeftWithoutAnAnswer,
  ),
  invariant('tenants are apart', "Nothing of one tenant is touched by another's work.", promises.tenantsAreApart),
  invariant(
    'a path of the machine',
    'Every change of a cancellation and its legs is one that the machine allows.',
    ({ cloud }) => cloud.leaps,
  ),
];
