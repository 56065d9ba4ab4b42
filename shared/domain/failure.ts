import type { Cancellation } from './cancellation';
import { isDisputed } from './dispute';

/** Why a cancellation came to nothing or to a person, as everybody may know it. What exactly was said is for support. */
export const failureCodes = ['goods_could_not_be_stopped', 'payment_disputed', 'refund_failed', 'internal'] as const;
export type FailureCode = (typeof failureCodes)[number];

/** The text of a recall that was refused, which is no fault of anybody. */
export const goodsNotStopped = 'the goods could not be stopped';

/** A failed leg is nearer to the cause than any text; what remains unexplained is ours. */
export function failureCode(cancellation: Extract<Cancellation, { failure: string }>): FailureCode {
  if (cancellation.legs.some(isDisputed)) return 'payment_disputed';
  const broken = cancellation.legs.some(
    (leg) => leg.failure !== undefined || ['failed', 'canceled', 'bounced'].includes(leg.status),
  );
  if (broken) return 'refund_failed';
  return cancellation.failure === goodsNotStopped ? 'goods_could_not_be_stopped' : 'internal';
}

/** The most that is kept of what was said, in characters. */
const longest = 200;

/**
 * What is kept of a failure that a state machine caught: the fault's name and message. Its cause is what Lambda answers,
 * JSON with a stack trace, which nobody needs here and nobody outside may see.
 */
export function failureText(caught: string): string {
  const from = caught.indexOf('{');
  const message = from < 0 ? undefined : messageIn(caught.slice(from));
  return (message === undefined ? caught : `${caught.slice(0, from)}${message}`).slice(0, longest);
}

function messageIn(cause: string): string | undefined {
  try {
    const { errorMessage } = JSON.parse(cause) as { errorMessage?: unknown };
    return typeof errorMessage === 'string' ? errorMessage : undefined;
  } catch {
    return undefined;
  }
}
