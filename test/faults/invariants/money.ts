/** What must be true of money. */
import type { Cancellation, RefundLeg } from '../../../shared/domain/cancellation';
import { liveRefunds, referenceOf, sum, type Aftermath } from './aftermath';
import type { Check } from './invariants';

/** Each leg that is said to be refunded is refunded by just its amount; each that is not, is not. */
export const legsAreWhatProvidersShow: Check = (end) =>
  end.cancellations.flatMap((cancellation) =>
    cancellation.legs.flatMap((leg) => {
      const expected = owed(cancellation, leg);
      if (expected === undefined) return [];
      const shown = shownFor(end, cancellation, leg);
      return shown === expected
        ? []
        : [`${cancellation.id} ${leg.id} is ${leg.status} with ${leg.amount}, its channel shows ${shown}`];
    }),
  );

/** What the channel must show for a leg; undefined where a person is at it and both may be. */
function owed(cancellation: Cancellation, leg: RefundLeg): number | undefined {
  if (leg.operation === 'decrease') return 0;
  switch (leg.status) {
    case 'succeeded':
    case 'pending':
    case 'requires_action':
      return leg.amount;
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

function shownFor(end: Aftermath, cancellation: Cancellation, leg: RefundLeg): number {
  if (leg.channel === 'store_credit') {
    const reference = referenceOf(cancellation, leg);
    return sum(end.credits.filter(({ legId }) => legId.startsWith(`${reference}-`)).map(({ amount }) => amount));
  }
  // What was captured in the meantime is refunded and not released.
  if (leg.operation === 'void' && isReleased(end, leg))
    return isReleasedByAnother(end, cancellation, leg) ? 0 : leg.amount;
  return sum(liveRefunds(end, cancellation, leg).map(({ amount }) => amount));
}

const isReleased = ({ paymentsAtProvider }: Aftermath, { paymentRef }: RefundLeg): boolean =>
  paymentsAtProvider.some(({ payment_intent: id, status }) => id === paymentRef && status === 'canceled');

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
export const neverMoreThanOwed: Check = ({ cancellations, cloud, credits }) =>
  cancellations.flatMap((cancellation) =>
    cancellation.legs.flatMap((leg) => {
      const reference = referenceOf(cancellation, leg);
      const most = cloud.parties.most.get(reference) ?? 0;
      const credited = sum(
        credits.filter(({ legId }) => legId.startsWith(`${reference}-`)).map(({ amount }) => amount),
      );
      return [
        ...(most > leg.amount
          ? [`${cancellation.id} ${leg.id}: ${most} was under way at once, owed ${leg.amount}`]
          : []),
        ...(credited > leg.amount ? [`${cancellation.id} ${leg.id}: ${credited} credited, owed ${leg.amount}`] : []),
      ];
    }),
  );

/** Nothing is refunded that no leg of ours stands for. */
export const noForeignRefunds: Check = ({ refunds, credits, cancellations }) => {
  const known = new Set(
    cancellations.flatMap((cancellation) => cancellation.legs.map((leg) => referenceOf(cancellation, leg))),
  );
  const references = [
    ...refunds.map(({ metadata }) => metadata['leg_id'] ?? 'without our reference'),
    ...credits.map(({ legId }) => legId),
  ];
  return references
    .filter((reference) => !known.has(reference.replace(/-\d+$/, '')))
    .map((reference) => `a refund for ${reference}, which no cancellation has`);
};

/** Of each payment at most what was captured goes back. */
export const neverMoreThanCaptured: Check = ({ paymentsAtProvider, orders }) => [
  ...paymentsAtProvider
    .filter(({ refunded, captured }) => refunded > captured)
    .map(({ payment_intent: id, refunded, captured }) => `${id}: ${refunded} of ${captured} went back`),
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

/** The credit account holds the sum of its entries. */
export const creditsBalance: Check = ({ credits, creditBalances }) => {
  const sums = new Map<string, number>();
  for (const { partition, currency, amount } of credits) {
    const account = `${partition} ${currency}`;
    sums.set(account, (sums.get(account) ?? 0) + amount);
  }
  return [...new Set([...sums.keys(), ...creditBalances.keys()])]
    .filter((account) => (sums.get(account) ?? 0) !== (creditBalances.get(account) ?? 0))
    .map((account) => `${account}: entries ${sums.get(account) ?? 0}, balance ${creditBalances.get(account) ?? 0}`);
};

/** What all cancellations say was refunded at a provider is what its ledger says. */
export const providersBooksBalance: Check = (end) => {
  const ours = sum(
    end.cancellations.flatMap(({ legs }) =>
      legs
        .filter(({ channel, status }) => channel === 'stripe' && status === 'succeeded')
        .filter((leg) => leg.operation === 'refund' || (leg.operation === 'void' && !isReleased(end, leg)))
        .map(({ amount }) => amount),
    ),
  );
  const theirs = sum(end.refunds.filter(({ status }) => status === 'succeeded').map(({ amount }) => amount));
  // A leg that a person has to look at may have succeeded there; it is not in our sum.
  const unsure = end.cancellations.some(({ status }) => status === 'in_case');
  return ours === theirs || (unsure && ours < theirs) ? [] : [`we booked ${ours}, the provider ${theirs}`];
};
