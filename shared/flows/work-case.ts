import { isSettled, isWaiting, type Cancellation, type RefundLeg } from '../domain/cancellation';
import { failureText } from '../domain/failure';
import { PermanentFault, TransientFault, UnknownOutcome } from '../domain/faults';
import { mayChoose } from '../domain/choice';
import { isElsewhere } from '../domain/dispute';
import { hasFailed, isUnanswered, mayBeOnItsWay, mayBeRepeated } from '../domain/leg';
import { onStoreCredit } from '../domain/plan';
import { refuse, isRefusal, type Refusal } from '../domain/refusal';
import { nextRun } from '../domain/run';
import type { Instant } from '../domain/time';
import type { CancellationStore } from '../ports/cancellation-store';
import type { RefundAnswer } from '../ports/payment-channel';
import type { Workflow } from '../ports/workflow';
import { askProvider, connectionOf, type RefundPorts } from './carry-out-leg';
import { changeCancellation } from './change-cancellation';
import { storyOf } from './submit-cancellation';

export type CaseAction = 'retry' | 'settle' | 'redirect' | 'close';

export interface CaseWork {
  action: CaseAction;
  actor: string;
  /** Fingerprint of the request, so that the same one twice is one. */
  request: string;
  /** Which leg it is about; absent: all that a person has to look at. */
  leg?: string;
  /** settle: where the money was sent by hand. */
  reference?: string;
  /** close: why it is given up. */
  reason?: string;
  now: Instant;
}

/**
 * Applies a person's decision to the legs that failed and hands the cancellation to a new run, which finishes the rest.
 * A leg gets a new attempt only after its provider was asked and has no live refund for the old one. Where the provider
 * keeps keys for ever and has no refund at all, the same attempt is sent again.
 */
export async function workCase(
  ports: RefundPorts & { workflow: Workflow; cancellations: CancellationStore },
  found: Cancellation,
  work: CaseWork,
): Promise<Cancellation | Refusal> {
  if (work.action === 'settle' && work.reference === undefined) {
    return refuse('invalid_field', 'Settling by hand needs the reference of the payment.', { param: '/reference' });
  }
  if (work.action === 'close' && work.reason === undefined) {
    return refuse('invalid_field', 'Giving up needs a reason.', { param: '/reason' });
  }
  const at = { tenant: found.tenant, orderId: found.orderId, cancellationId: found.id };
  const worked = await changeCancellation(ports.cancellations, at, async (before) => {
    if (before.caseWork === work.request) return undefined;
    const chosen = work.action === 'redirect' && work.actor === 'customer' && mayChoose(before, work.now);
    if (before.status !== 'in_case' && !chosen) {
      return refuse('case_action_not_allowed', `The cancellation is ${before.status}.`, {
        facts: { status: before.status },
      });
    }
    if (work.action === 'redirect' && !before.legs.some((leg) => isConcerned(leg, work))) {
      return refuse('case_action_not_allowed', 'It is not about captured money that could not go back.', {
        facts: { status: before.status },
      });
    }
    if (work.leg !== undefined && !before.legs.some((leg) => isConcerned(leg, work))) {
      return refuse('case_action_not_allowed', `There is nothing to do about leg ${work.leg}.`, {
        param: '/leg',
        facts: { status: before.status },
      });
    }
    // What is on its way is left alone, as long as there is something else to look at.
    const stuck = before.legs.some((leg) => isConcerned(leg, work) && !isWaiting(leg));
    const legs: RefundLeg[] = [];
    const notes = work.reason === undefined ? [] : [work.reason];
    for (const leg of before.legs) {
      const concerned = isConcerned(leg, work) && !(stuck && work.leg === undefined && isWaiting(leg));
      const after = concerned ? await workLeg(ports, before, leg, work, notes) : leg;
      if (isRefusal(after)) return after;
      legs.push(after);
      if (concerned) notes.push(`${leg.id} ${after.status}`);
    }
    const entry = {
      actor: work.actor,
      step: 'work-case',
      outcome: work.action,
      at: work.now,
      detail: notes.join('; '),
    };
    const { choice: _choice, ...open } = before;
    const after = nextRun(
      { ...open, legs, caseWork: work.request, resumedAt: work.now, status: 'executing' },
      work.now,
    );
    return { after, entry, events: [before.status === 'in_case' ? 'case.closed' : 'refund.choice_made'] };
  });
  if (isRefusal(worked)) return worked;
  await ports.workflow.startStory(storyOf({ ...worked, recalls: [] }, false));
  if (found.choice !== undefined) await endWait(ports, found);
  return worked;
}

/** The run that asked the buyer is over; left alone it would sleep until his deadline. */
async function endWait(
  ports: { workflow: Workflow; cancellations: CancellationStore },
  { tenant, id }: Cancellation,
): Promise<void> {
  const token = await ports.cancellations.token(tenant, id, 'choice');
  if (token !== undefined) await ports.workflow.wake(token);
}

/**
 * Whether the work is about a leg. Money that was never captured is released and cannot become store credit; what the buyer
 * has or may get past us must not go to him by another way. A buyer consents for what has failed, not for what may still come to him on its own way.
 */
function isConcerned(leg: RefundLeg, { action, actor, leg: named }: CaseWork): boolean {
  if (isSettled(leg) || (named !== undefined && named !== leg.id)) return false;
  if (action !== 'redirect') return true;
  if (isElsewhere(leg)) return false;
  return (leg.operation === 'refund' || leg.operation === 'credit') && (hasFailed(leg) || actor !== 'customer');
}

/** @param notes what happened on the way, for the story */
async function workLeg(
  ports: RefundPorts,
  cancellation: Cancellation,
  leg: RefundLeg,
  work: CaseWork,
  notes: string[],
): Promise<RefundLeg | Refusal> {
  // The run sends the same attempt again: that is how its provider is asked.
  const { withoutQuery, keepsKeys = false } = ports.channels[leg.channel];
  const again = keepsKeys ? isUnanswered(leg) : mayBeRepeated(leg, withoutQuery?.repeatableFor, work.now);
  if (work.action === 'retry' && again) return leg;
  if (leg.since !== undefined && mayBeOnItsWay(leg, work.now)) {
    return refuse('case_action_not_allowed', `Leg ${leg.id} may still be on its way. Try again in ten minutes.`, {
      facts: { leg: leg.id },
    });
  }
  const live = await liveRefund(ports, cancellation, leg, work, notes);
  if (isRefusal(live)) return live;
  if (live?.status === 'succeeded')
    return { ...leg, status: 'succeeded', providerRef: live.providerRef, settledAt: work.now };
  if (live !== undefined && live.status !== 'failed' && live.status !== 'canceled') {
    return refuse('case_action_not_allowed', `The provider still works on leg ${leg.id}: ${live.status}.`, {
      facts: { leg: leg.id },
    });
  }
  switch (work.action) {
    case 'retry':
      return fresh(leg, live === undefined && keepsKeys ? leg.attempt : leg.attempt + 1);
    case 'settle':
      return { ...leg, status: 'settled_by_hand', providerRef: work.reference ?? '', settledAt: work.now };
    case 'redirect':
      return onStoreCredit(fresh(leg, leg.attempt + 1), cancellation.customerId);
    case 'close':
      return { ...leg, status: 'given_up', failure: work.reason ?? '' };
  }
}

/**
 * What the provider knows of a leg. Where it cannot be asked, for good, a person may still end the case on what he found
 * out himself; nothing new is sent, because the old attempt may be alive.
 */
async function liveRefund(
  ports: RefundPorts,
  cancellation: Cancellation,
  leg: RefundLeg,
  { action }: CaseWork,
  notes: string[],
): Promise<RefundAnswer | Refusal | undefined> {
  const { tenant, orderId, id: cancellationId, run } = cancellation;
  const at = { tenant, orderId, cancellationId, generation: run.generation };
  try {
    const connection = await connectionOf(ports, at, leg);
    if (ports.channels[leg.channel].withoutQuery === undefined) {
      return await askProvider(ports, cancellation, leg, connection);
    }
    // It was never sent, or its provider has signed that it failed.
    if (leg.status === 'planned' || hasFailed(leg)) return undefined;
    throw new PermanentFault(`${leg.channel} answers no questions`);
  } catch (error) {
    const forGood = error instanceof PermanentFault;
    if (!forGood && !(error instanceof TransientFault || error instanceof UnknownOutcome)) throw error;
    if (forGood && (action === 'settle' || action === 'close')) {
      notes.push(failureText(`${leg.id} not asked: ${error.message}`));
      return undefined;
    }
    const why = forGood ? 'Settle or close it.' : 'Try again in a moment.';
    return refuse('case_action_not_allowed', `The provider of leg ${leg.id} cannot be asked. ${why}`, {
      facts: { leg: leg.id },
    });
  }
}

/** An attempt of which nothing is known yet; its number makes the provider's key. */
function fresh(
  { providerRef: _providerRef, failure: _failure, since: _since, ...leg }: RefundLeg,
  attempt: number,
): RefundLeg {
  return { ...leg, status: 'planned', attempt };
}
