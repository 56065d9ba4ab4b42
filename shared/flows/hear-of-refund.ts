import { isWaiting, releasesUnits, type Cancellation, type RefundLeg } from '../domain/cancellation';
import { secondsToChoose } from '../domain/choice';
import { caseId } from '../domain/ids';
import { hear, needToldBy, withLeg } from '../domain/leg';
import { channelNamed } from '../domain/channel';
import { isRefusal } from '../domain/refusal';
import { toBeTakenUp } from '../domain/run';
import { later, type Instant } from '../domain/time';
import type { CancellationStore } from '../ports/cancellation-store';
import type { Connection, Connections } from '../ports/connections';
import type { PaymentNotice, RefundAnswer } from '../ports/payment-channel';
import type { Workflow } from '../ports/workflow';
import { askProvider, legReference, type RefundPorts } from './carry-out-leg';
import { changeCancellation, type Change } from './change-cancellation';

export type HearingPorts = RefundPorts & {
  cancellations: CancellationStore;
  connections: Connections;
  workflow: Workflow;
};

/** How a notice came to us; the step under which the timeline tells of it. */
export type HeardBy = 'payment-result' | 'reconcile';

/**
 * changed: our books now show what they did not. heard: the provider was asked, and it was no news. known: it would be no
 * news even if it were true, so nobody was asked. not_ours: it is about somebody else's refund. unmatched: it is about a
 * refund that bears our ids and that our books do not have like this, or for which the order stands.
 */
export type Hearing = 'changed' | 'heard' | 'known' | 'not_ours' | 'unmatched';

/**
 * A notice only names a refund: what became of it is asked from the provider, under the connection through which it came,
 * and matched to the leg that we intended. Of a provider that answers no questions what it has signed is believed. What
 * matches nothing of ours changes nothing.
 */
export async function hearOfRefund(
  ports: HearingPorts,
  connection: Connection,
  notice: PaymentNotice,
  by: HeardBy,
  now: Instant,
): Promise<Hearing> {
  const { trail } = notice;
  if (trail === undefined || trail.tenant !== connection.tenant) return 'not_ours';
  const at = { tenant: trail.tenant, orderId: trail.orderId, cancellationId: trail.cancellationId };
  const known = await ports.cancellations.find(at.tenant, at.orderId, at.cancellationId);
  const leg = known?.legs.find((candidate) => attemptNamed(known, candidate, trail.legId) !== undefined);
  if (known === undefined || leg === undefined) return 'unmatched';
  if (leg.connectionId !== undefined && leg.connectionId !== connection.id) return 'not_ours';

  const attempt = attemptNamed(known, leg, trail.legId) ?? leg.attempt;
  if (!isRefundOf(leg, attempt, notice.providerRef)) return strayed(ports, connection, notice, known, leg, attempt);

  if (notice.claims !== undefined && hear(leg, { ...notice, status: notice.claims }, now) === undefined) {
    await wakeIfSettled(ports, known);
    return 'known';
  }
  const answer = await wordOf(ports, known, { ...leg, providerRef: notice.providerRef }, connection, notice);
  if (answer === undefined) return 'not_ours';
  // A void releases all that is authorized, whatever of it this cancellation has asked for.
  const isAmount = leg.operation === 'void' || answer.amount === leg.amount;
  if (!isAmount || answer.currency !== known.currency) return 'unmatched';
  let changed = false;
  const after = await changeCancellation(ports.cancellations, at, (before) => {
    const current = before.legs.find(({ id }) => id === leg.id);
    const heard = current?.attempt === leg.attempt ? hear(current, answer, now) : undefined;
    changed = heard !== undefined;
    return heard && news(before, heard, by, now);
  });
  if (isRefusal(after)) return 'heard';
  await wakeIfSettled(ports, after);
  if (!changed) return 'heard';
  // The order stands again, and yet its money has gone back.
  return releasesUnits(after.status) && after.legs.some(({ id, status }) => id === leg.id && status === 'succeeded')
    ? 'unmatched'
    : 'changed';
}

/** What a refund's provider says of it, asked or signed. */
async function wordOf(
  ports: HearingPorts,
  known: Cancellation,
  leg: RefundLeg,
  connection: Connection,
  { signed }: PaymentNotice,
): Promise<(RefundAnswer & { currency: string; told?: true }) | undefined> {
  if (ports.channels[leg.channel].withoutQuery !== undefined) return signed && { ...signed, told: true };
  const answer = await askProvider(ports, known, leg, connection);
  return answer && { ...answer, currency: known.currency };
}

/** Which attempt of a leg a reference of ours names, if any that was made. */
function attemptNamed(cancellation: Cancellation, leg: RefundLeg, reference: string): number | undefined {
  for (let attempt = leg.attempt; attempt > 0; attempt -= 1)
    if (legReference(cancellation, { ...leg, attempt }) === reference) return attempt;
  return undefined;
}

/** Whether a refund at the provider is the one by which the leg's money goes back now. */
function isRefundOf(leg: RefundLeg, attempt: number, providerRef: string): boolean {
  if (leg.connectionId === undefined || attempt !== leg.attempt) return false;
  // None was sent yet, or a person ended it in another way.
  if (leg.status === 'planned' || leg.status === 'settled_by_hand' || leg.status === 'given_up') return false;
  return leg.status === 'submitting' || leg.providerRef === undefined || leg.providerRef === providerRef;
}

/** A refund that a leg has left behind is no matter while no money moves by it; else money moves past our books. */
async function strayed(
  ports: HearingPorts,
  connection: Connection,
  notice: PaymentNotice,
  known: Cancellation,
  leg: RefundLeg,
  attempt: number,
): Promise<Hearing> {
  const { claims, providerRef } = notice;
  const channel = channelNamed(connection.provider);
  if (channel === undefined || claims === 'failed' || claims === 'canceled') return 'known';
  const answer = await wordOf(ports, known, { ...leg, channel, attempt, providerRef }, connection, notice);
  return answer === undefined || answer.status === 'failed' || answer.status === 'canceled' ? 'heard' : 'unmatched';
}

/** Also for one that was found settled: whoever settled it may have died before he woke the run. */
async function wakeIfSettled(ports: HearingPorts, { status, legs, tenant, id }: Cancellation): Promise<void> {
  if (status !== 'refund_pending' || legs.some(isWaiting)) return;
  const token = await ports.cancellations.token(tenant, id, 'refunds');
  if (token !== undefined) await ports.workflow.wake(token);
}

/** Money that came back after success re-opens what was closed, for a person; everything else is one leg's progress. */
function news(before: Cancellation, heard: RefundLeg, by: HeardBy, now: Instant): Change {
  const changed = withLeg(before, heard);
  const entry = { actor: 'provider', step: by, outcome: heard.status, at: now, detail: heard.id };
  if (heard.status === 'bounced' && before.status === 'closed') {
    const failure = heard.failure ?? 'the refund came back';
    const reopened = { ...changed, status: 'in_case' as const, caseId: caseId(before.id), failure };
    const seconds = secondsToChoose(reopened, now);
    if (seconds === 0) return { after: reopened, entry, events: ['refund.bounced', 'case.opened'] };
    // He may answer before a person has found another way; whoever is first ends the case.
    const choice = { deadline: later(now, { length: seconds, unit: 'seconds' }) };
    return { after: { ...reopened, choice }, entry, events: ['refund.bounced', 'case.opened', 'refund.choice_needed'] };
  }
  // A notice is no sign of life of the run: only when it was the last one awaited is anybody to act on it.
  const after = changed.legs.some(isWaiting) ? changed : toBeTakenUp(changed, now);
  const events = before.legs.find(({ id }) => id === heard.id)?.status === heard.status ? [] : needToldBy(heard);
  return { after, entry, ...(events.length === 0 ? {} : { events }) };
}
