import { isSettled, isWaiting, mayHaveMoved, type Cancellation, type RefundLeg } from './cancellation';
import { secondsToChoose } from './choice';
import { isElsewhere } from './dispute';
import { hasFailed, heldUntil, isUnanswered } from './leg';
import { isPendingTooLong, secondsToPoll } from './run';
import { secondsUntil, type Instant } from './time';

/**
 * How the story of a cancellation goes on whose unwinding did not close it: `done`, `close`, `wait` for refunds under way,
 * `again`, `hold` while nothing can be done, `ask` the buyer where his money shall go, `undo` while no money has moved, or
 * `case`. Spans are seconds.
 */
export interface Remains {
  next: 'done' | 'close' | 'wait' | 'again' | 'hold' | 'ask' | 'undo' | 'case';
  /** When providers are asked that have told nothing. */
  pollSeconds: number;
  holdSeconds?: number;
  askSeconds?: number;
}

/**
 * @param cancellation as an unwinding has left it
 * @param goodsComeBack whether a parcel of it is on its way back or here: then the order cannot simply stand again
 */
export function remainsOf(cancellation: Cancellation, goodsComeBack: boolean, now: Instant): Remains {
  const { status, legs, units, counted } = cancellation;
  const pollSeconds = secondsToPoll(cancellation, now);
  if (status === 'in_grace') return { next: 'again', pollSeconds };
  if (status !== 'executing' && status !== 'refund_pending') return { next: 'done', pollSeconds };
  const broken = legs.some(hasFailed);
  // Without units there is nothing to undo: it only gives back money that came late, and the buyer still waits for it.
  // What has closed once stays so: its order counts it, its goods were sold anew, its invoice is reversed.
  const undoable =
    status === 'executing' &&
    !goodsComeBack &&
    !legs.some(mayHaveMoved) &&
    Object.keys(units).length > 0 &&
    counted !== true;
  // Sent, and nobody knows what became of it: that is found out before a person gets what is left.
  const unclear = status === 'executing' && legs.some(isUnanswered);
  const askSeconds = unclear ? 0 : secondsToChoose(cancellation, now);
  if (broken && !unclear && askSeconds === 0 && undoable && !legs.some(isElsewhere))
    return { next: 'undo', pollSeconds };
  // What can still go by itself goes first: nobody is asked, and nobody has to look, while it can.
  if (status === 'executing' && legs.some(goesByItself)) return { ...onwards(legs, now), pollSeconds };
  if (askSeconds > 0) return { next: 'ask', askSeconds, pollSeconds };
  if (broken || isPendingTooLong(cancellation, now)) return { next: 'case', pollSeconds };
  if (status === 'refund_pending' && legs.every(isSettled)) return { next: 'close', pollSeconds };
  if (status === 'refund_pending' && legs.some(isWaiting)) return { next: 'wait', pollSeconds };
  return { ...onwards(legs, now), pollSeconds };
}

/** Another try, at once or when something can be done for one of the legs. */
function onwards(legs: readonly RefundLeg[], now: Instant): Pick<Remains, 'next' | 'holdSeconds'> {
  const open = legs.filter(goesByItself);
  if (open.length === 0) return { next: 'again' };
  const holdSeconds = Math.min(...open.map((leg) => secondsUntil(heldUntil(leg) ?? now, now)));
  return holdSeconds > 0 ? { next: 'hold', holdSeconds } : { next: 'again' };
}

const goesByItself = (leg: RefundLeg): boolean => !isSettled(leg) && !isWaiting(leg) && !hasFailed(leg);
