/** What must be true of money. */
import type { Cancellation, RefundLeg } from '../../../shared/domain/cancellation';
import { legOfAttempt, type LedgerRefund } from '../world/ledgers';
import { isToldOnly, needsConnection } from '../../../shared/domain/channel';
import { liveRefunds, sum, type Aftermath } from './aftermath';
import { attemptOf, referenceOf } from './attempts';
import type { Check } from './invariants';

/** Each leg that is said to be refunded is refunded by just its amount; each that is not, is not. */
export const legsAreWhatProvidersShow: Check = (end) =>
  end.cancellations.flatMap((cancellation) =>
    cancellation.legs.flatMap((leg) => {
      const expected = owed(leg);
      if (expected === undefined) return [];
      const shown = shownFor(end, cancellation, leg);
      const fits = shown === expected || (shown === 0 && couldNotBeHeard(end, cancellation, leg));
      return [
        ...(fits ? [] : [`${cancellation.id} ${leg.id} is ${leg.status} with ${expected}, its channel shows ${shown}`]),
        ...wrongPoints(end, cancellation, leg),
      ];
    }),
  );

/** What the channel must show for a leg; undefined where a person is at it and both may be. */
function owed(leg: RefundLeg): number | undefined {
  if (leg.operation === 'decrease') return 0;
  switch (leg.status) {
    case 'succeeded':
    case 'pending':
    case 'requires_action':
      return leg.amount + (leg.bonus ?? 0);
    case 'submitting':
    case 'unknown':
      return undefined;
    case 'settled_by_hand':
    case 'given_up':
      return undefined;
    default:
      return 0;
  }
}

/** That it failed after all was told, and lost: nothing but the bank's own statement shows it. */
function couldNotBeHeard({ cloud }: Aftermath, { status }: Cancellation, leg: RefundLeg): boolean {
  if (!isToldOnly(leg.channel) || !cloud.unheard.has(leg.connectionId ?? '')) return false;
  return leg.status === 'succeeded' || (leg.status === 'pending' && status === 'in_case');
}

function shownFor(end: Aftermath, cancellation: Cancellation, leg: RefundLeg): number {
  if (!needsConnection(leg.channel)) return sum(entriesFor(end, cancellation, leg).map(({ amount }) => amount));
  // What was captured in the meantime is refunded and not released.
  if (leg.operation === 'void' && isReleased(end, leg))
    return isReleasedByAnother(end, cancellation, leg) ? 0 : leg.amount;
  return sum(liveRefunds(end, cancellation, leg).map(({ amount }) => amount));
}

const entriesFor = ({ credits }: Pick<Aftermath, 'credits'>, cancellation: Cancellation, leg: RefundLeg) =>
  credits.filter(({ legId }) => legOfAttempt(legId) === referenceOf(cancellation, leg));

/** Points come back as points. */
function wrongPoints(end: Aftermath, cancellation: Cancellation, leg: RefundLeg): string[] {
  return entriesFor(end, cancellation, leg)
    .filter(({ points }) => points !== leg.points)
    .map(({ points }) => `${cancellation.id} ${leg.id}: ${points ?? 'no'} points, owed ${leg.points ?? 'none'}`);
}

const isReleased = ({ paymentsAtProvider }: Aftermath, { paymentRef }: RefundLeg): boolean =>
  paymentsAtProvider.some(({ payment, status }) => payment === paymentRef && status === 'canceled');

/** Of two cancellations on one authorization only one can have let go of it. */
const isReleasedByAnother = (
  { cancellations }: Aftermath,
  { id }: Cancellation,
  { status, paymentRef }: RefundLeg,
): boolean =>
  status !== 'succeeded' &&
  cancellations.some(
    (other) =>
      other.id !== id &&
      other.legs.some((leg) => leg.operation === 'void' && leg.paymentRef === paymentRef && leg.status === 'succeeded'),
  );

/** At no instant has a leg more than its amount on its way. */
export const neverMoreThanOwed: Check = (end) =>
  end.cancellations.flatMap((cancellation) =>
    cancellation.legs.flatMap((leg) => {
      const owing = leg.amount + (leg.bonus ?? 0);
      const most = end.cloud.parties.most.get(referenceOf(cancellation, leg)) ?? 0;
      const credited = sum(entriesFor(end, cancellation, leg).map(({ amount }) => amount));
      // What went another way must have come to nothing on the first.
      const live = sum(liveRefunds(end, cancellation, leg).map(({ amount }) => amount));
      return [
        ...(most > owing ? [`${cancellation.id} ${leg.id}: ${most} was under way at once, owed ${owing}`] : []),
        ...(credited + live > owing
          ? [`${cancellation.id} ${leg.id}: ${credited} credited and ${live} refunded, owed ${owing}`]
          : []),
      ];
    }),
  );

/** Nothing is refunded that no leg of ours stands for. */
export const noForeignRefunds: Check = ({ refunds, credits, cancellations }) => {
  const known = new Set(
    cancellations.flatMap((cancellation) => cancellation.legs.map((leg) => referenceOf(cancellation, leg))),
  );
  const attempts = [
    ...refunds.map(({ attempt }) => attempt ?? 'without our reference'),
    ...credits.map(({ legId }) => legId),
  ];
  return attempts
    .filter((attempt) => !known.has(legOfAttempt(attempt)))
    .map((attempt) => `a refund for ${attempt}, which no cancellation has`);
};

/** A provider that knows a key for ever gets another one only for a refund that it has made and failed. */
export const keysAreKept: Check = ({ cancellations, refunds }) =>
  cancellations.flatMap((cancellation) =>
    cancellation.legs
      .filter(({ channel }) => channel === 'wechat_pay')
      .flatMap((leg) => {
        const earlier = Array.from({ length: leg.attempt - 1 }, (_, at) =>
          attemptOf(cancellation, { ...leg, attempt: at + 1 }),
        );
        return earlier
          .filter((attempt) => !refunds.some((one) => one.attempt === attempt && one.status === 'failed'))
          .map((attempt) => `${cancellation.id} ${leg.id} is at attempt ${leg.attempt}, and ${attempt} has not failed`);
      }),
  );

/** Of each payment at most what was captured goes back. */
export const neverMoreThanCaptured: Check = ({ paymentsAtProvider, orders }) => [
  ...paymentsAtProvider
    .filter(({ refunded, captured }) => refunded > captured)
    .map(({ payment, refunded, captured }) => `${payment}: ${refunded} of ${captured} went back`),
  ...orders.flatMap(({ placed, payments, cancellations }) =>
    payments.flatMap((payment) => {
      const captured = sum(payment.captures.map(({ amount }) => amount));
      const legs = cancellations
        .flatMap(({ legs: all }) => all)
        .filter(({ paymentRef, operation }) => paymentRef === payment.ref && operation !== 'decrease')
        .filter(({ status, operation }) => operation !== 'void' && status === 'succeeded');
      const back = sum(legs.map(({ amount }) => amount));
      return back > captured ? [`${placed.id} ${payment.ref}: ${back} of ${captured} is booked as given back`] : [];
    }),
  ),
];

/** A closed cancellation has settled every leg, and its legs come to its refund. */
export const closedMeansPaid: Check = ({ cancellations }) =>
  cancellations.flatMap(({ id, status, legs, refund }) => {
    if (status !== 'closed') return [];
    const open = legs.filter((leg) => !['succeeded', 'settled_by_hand', 'given_up'].includes(leg.status));
    const total = sum(legs.map(({ amount }) => amount));
    return [
      ...open.map((leg) => `${id} is closed with leg ${leg.id} ${leg.status}`),
      ...(total === refund ? [] : [`${id}: its legs come to ${total}, it says ${refund}`]),
    ];
  });

/** An account of our own ledger holds the sum of its entries, each in its own unit. */
export const creditsBalance: Check = ({ credits, creditBalances }) => {
  const sums = new Map<string, number>();
  for (const { partition, currency, amount, points } of credits) {
    const account = `${partition} ${points === undefined ? currency : 'POINTS'}`;
    sums.set(account, (sums.get(account) ?? 0) + (points ?? amount));
  }
  return [...new Set([...sums.keys(), ...creditBalances.keys()])]
    .filter((account) => (sums.get(account) ?? 0) !== (creditBalances.get(account) ?? 0))
    .map((account) => `${account}: entries ${sums.get(account) ?? 0}, balance ${creditBalances.get(account) ?? 0}`);
};

/** What all cancellations say was refunded at a provider is what its ledger says. */
export const providersBooksBalance: Check = (end) =>
  [...new Set(['stripe', ...end.refunds.map(({ channel }) => channel)])].flatMap((provider) => {
    const legs = end.cancellations.flatMap((cancellation) =>
      cancellation.legs
        .filter(({ channel, status }) => channel === provider && status === 'succeeded')
        .filter((leg) => leg.operation === 'refund' || (leg.operation === 'void' && !isReleased(end, leg)))
        .map((leg) => ({ cancellation, leg })),
    );
    const ours = sum(legs.map(({ leg }) => leg.amount));
    const came = sum(
      legs
        .filter(
          ({ cancellation, leg }) => couldNotBeHeard(end, cancellation, leg) && shownFor(end, cancellation, leg) === 0,
        )
        .map(({ leg }) => leg.amount),
    );
    const of = ({ channel, status }: LedgerRefund): boolean => channel === provider && status === 'succeeded';
    const theirs = sum(end.refunds.filter(of).map(({ amount }) => amount));
    // A leg that a person has to look at may have succeeded there; it is not in our sum.
    const unsure = end.cancellations.some(({ status }) => status === 'in_case');
    const fits = ours - came === theirs || (unsure && ours - came < theirs);
    return fits ? [] : [`we booked ${ours}, ${provider} ${theirs}`];
  });
