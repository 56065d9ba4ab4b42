import type { Cancellation, RefundLeg } from '../domain/cancellation';
import { AnswerSaved, PermanentFault, UnknownOutcome } from '../domain/faults';
import { providerKey, refundId } from '../domain/ids';
import { paymentDisputed, refsUnderDispute } from '../domain/dispute';
import { answerSaved, hear, mayBeOnItsWay, mayBeRepeated, needToldBy, withLeg, type LegNews } from '../domain/leg';
import { alive } from '../domain/run';
import { isPast, type Instant } from '../domain/time';
import { needsConnection, type PaymentChannelName } from '../domain/channel';
import type { CancellationStore } from '../ports/cancellation-store';
import type { Connection, Connections } from '../ports/connections';
import type { Disputes } from '../ports/disputes';
import type { PaymentChannel, RefundAnswer, RefundTrail } from '../ports/payment-channel';
import type { Run } from '../ports/workflow';
import { changeInRun, type Change } from './change-cancellation';

export interface RefundPorts {
  cancellations: CancellationStore;
  connections: Connections;
  channels: Readonly<Record<PaymentChannelName, PaymentChannel>>;
}

export type SendingPorts = RefundPorts & { disputes: Disputes };

/**
 * Carries out one refund leg: intent before the call, outcome after it. Entered again after a crash or an unknown
 * outcome it asks the provider first, so that money never moves twice.
 * @returns the leg as it now is; `planned` while it is too soon for it
 * @throws TransientFault, UnknownOutcome: enter again; AnswerSaved: enter again later
 */
export async function carryOutLeg(ports: SendingPorts, run: Run, legId: string, now: Instant): Promise<RefundLeg> {
  let again = false;
  const intended = await changeInRun(ports.cancellations, run, async (before) => {
    const leg = legOf(before, legId);
    again = leg.status === 'submitting' || leg.status === 'unknown';
    if (leg.status === 'unknown') return submitting(before, { ...leg, since: leg.since ?? now }, 'submitting', now);
    if (leg.status !== 'planned' && leg.status !== 'awaiting_funds') return undefined;
    if (leg.status === 'planned' && !isPast(leg.notBefore ?? now, now)) return undefined;
    const { failure: _failure, notBefore: _notBefore, ...sent } = leg;
    // Looked at before the intent: of one that is found later nobody knows whether it was sent.
    if (await isDisputedNow(ports, run, leg)) return stopped(before, sent, now);
    return submitting(before, { ...sent, since: now }, 'submitting', now);
  });
  const leg = legOf(intended, legId);
  if (leg.status !== 'submitting') return leg;

  const connection = await connectionOf(ports, run, leg);
  const known = again ? await askProvider(ports, intended, leg, connection) : undefined;
  if (known !== undefined) return recordNews(ports, run, legId, known, now);
  const early = again && mayBeOnItsWay(leg, now);
  if (early && leg.failure === answerSaved) {
    await markUnknown(ports, intended, leg, now, answerSaved);
    throw new AnswerSaved(`${leg.id}: its provider repeats a failure`);
  }
  const current = again && !early ? await newAttempt(ports, run, leg, now) : intended;
  const sent = legOf(current, legId);
  if (sent.status !== 'submitting') return sent;
  return recordNews(ports, run, legId, await move(ports, current, sent, connection, now), now);
}

const isDisputedNow = (ports: SendingPorts, run: Run, leg: RefundLeg): Promise<boolean> =>
  ports.disputes.stop(run.tenant, refsUnderDispute(leg));

/** The leg, which is not at its provider, is not sent there. */
function stopped(before: Cancellation, { since: _since, ...leg }: RefundLeg, now: Instant): Change {
  const after = alive(withLeg(before, { ...leg, status: 'failed', failure: paymentDisputed }), now);
  return { after, entry: { actor: 'system', step: 'refund-leg', outcome: 'failed', at: now, detail: leg.id } };
}

/**
 * Raises a leg's attempt, after the provider was asked and had no trace of the old one; recorded before it is used. One that
 * answers no questions, or keeps keys for ever, is given the same attempt again.
 * @throws PermanentFault when it would not know that attempt again: it may be alive, and only a person can find out
 */
async function newAttempt(ports: SendingPorts, run: Run, old: RefundLeg, now: Instant): Promise<Cancellation> {
  const { withoutQuery, keepsKeys = false } = ports.channels[old.channel];
  const again = keepsKeys || mayBeRepeated(old, withoutQuery?.repeatableFor, now);
  if (withoutQuery !== undefined && !again) {
    throw new PermanentFault(`${old.channel}: unknown_for_good: nobody can be asked what became of ${old.id}`);
  }
  return changeInRun(ports.cancellations, run, async (before) => {
    const { failure: _failure, ...leg } = legOf(before, old.id);
    if (again || leg.status !== 'submitting' || leg.attempt !== old.attempt) return undefined;
    if (await isDisputedNow(ports, run, leg)) return stopped(before, leg, now);
    return submitting(before, { ...leg, attempt: leg.attempt + 1, since: now }, `attempt ${leg.attempt + 1}`, now);
  });
}

function submitting(before: Cancellation, leg: RefundLeg, outcome: string, now: Instant): Change {
  const after = alive(withLeg(before, { ...leg, status: 'submitting' }), now);
  return { after, entry: { actor: 'system', step: 'refund-leg', outcome, at: now, detail: leg.id } };
}

/** Asks the provider what became of a leg that waits, and records it. */
export async function pollLeg(
  ports: RefundPorts,
  run: Run,
  cancellation: Cancellation,
  legId: string,
  now: Instant,
): Promise<RefundLeg> {
  const leg = legOf(cancellation, legId);
  const answer = await askProvider(ports, cancellation, leg, await connectionOf(ports, run, leg));
  return answer === undefined ? leg : recordNews(ports, run, legId, answer, now);
}

/** What the provider knows of a leg, by its own reference or by our id in its metadata. */
export async function askProvider(
  ports: Pick<RefundPorts, 'channels'>,
  cancellation: Cancellation,
  leg: RefundLeg,
  connection: Connection,
): Promise<RefundAnswer | undefined> {
  const channel = ports.channels[leg.channel];
  // No answer is no proof that nothing is alive: who would send something because of it looks at `withoutQuery` first.
  if (channel.withoutQuery !== undefined) return undefined;
  return channel.query({
    connection,
    paymentRef: leg.account ?? leg.paymentRef,
    ...(leg.captureRef === undefined ? {} : { captureRef: leg.captureRef }),
    ...(leg.providerRef === undefined ? {} : { providerRef: leg.providerRef }),
    legId: legReference(cancellation, leg),
    amount: leg.amount + (leg.bonus ?? 0),
    currency: cancellation.currency,
    trail: trailOf(cancellation, leg),
  });
}

/** Our id of a leg's attempt at the provider. A new attempt is a new object there, so that old ones are not mistaken for it. */
export function legReference(cancellation: Cancellation, leg: RefundLeg): string {
  return providerKey(refundId(cancellation.id, leg.id), leg.attempt);
}

function trailOf(cancellation: Cancellation, leg: RefundLeg): RefundTrail {
  const { tenant, orderId, id: cancellationId } = cancellation;
  return { tenant, orderId, cancellationId, legId: legReference(cancellation, leg), leg: leg.id, attempt: leg.attempt };
}

async function move(
  ports: RefundPorts,
  cancellation: Cancellation,
  leg: RefundLeg,
  connection: Connection,
  now: Instant,
): Promise<LegNews> {
  const { currency } = cancellation;
  const reference = legReference(cancellation, leg);
  const request = {
    connection,
    paymentRef: leg.account ?? leg.paymentRef,
    amount: leg.amount + (leg.bonus ?? 0),
    currency,
    key: reference,
    legId: reference,
    ...(leg.points === undefined ? {} : { points: leg.points }),
    trail: trailOf(cancellation, leg),
  };
  const channel = ports.channels[leg.channel];
  try {
    if (leg.operation === 'void') return await channel.reverse(request);
    return await channel.refund({ ...request, captureRef: leg.captureRef ?? leg.paymentRef });
  } catch (error) {
    if (error instanceof PermanentFault) return { status: 'failed', failureReason: error.message };
    if (error instanceof UnknownOutcome) await markUnknown(ports, cancellation, leg, now);
    if (error instanceof AnswerSaved) await markUnknown(ports, cancellation, leg, now, answerSaved);
    throw error;
  }
}

async function markUnknown(
  ports: RefundPorts,
  cancellation: Cancellation,
  leg: RefundLeg,
  now: Instant,
  failure?: string,
): Promise<void> {
  const run = {
    tenant: cancellation.tenant,
    orderId: cancellation.orderId,
    cancellationId: cancellation.id,
    generation: cancellation.run.generation,
  };
  await changeInRun(ports.cancellations, run, (before) => {
    const current = legOf(before, leg.id);
    if (current.status !== 'submitting') return undefined;
    const after = alive(withLeg(before, { ...current, status: 'unknown', ...(failure && { failure }) }), now);
    return { after, entry: { actor: 'system', step: 'refund-leg', outcome: 'unknown', at: now, detail: leg.id } };
  });
}

async function recordNews(
  ports: RefundPorts,
  run: Run,
  legId: string,
  news: LegNews,
  now: Instant,
): Promise<RefundLeg> {
  const saved = await changeInRun(ports.cancellations, run, (before) => {
    const leg = legOf(before, legId);
    const heard = hear(leg, news, now);
    if (heard === undefined) return undefined;
    const events = heard.status === leg.status ? [] : needToldBy(heard);
    return {
      ...(events.length === 0 ? {} : { events }),
      after: alive(withLeg(before, heard), now),
      entry: { actor: 'system', step: 'refund-leg', outcome: heard.status, at: now, detail: legId },
    };
  });
  return legOf(saved, legId);
}

/**
 * Our own ledger needs no account at an outside party.
 * @throws PermanentFault when there is none, or when it is not one that the leg may use: nobody is shown another's key
 */
export async function connectionOf(
  ports: Pick<RefundPorts, 'connections'>,
  run: Run,
  leg: RefundLeg,
): Promise<Connection> {
  if (leg.connectionId === undefined || !needsConnection(leg.channel))
    return { id: 'own', tenant: run.tenant, provider: leg.channel, apiKey: '', webhookSecrets: [] };
  const connection = await ports.connections.find(leg.connectionId);
  if (connection === undefined) throw new PermanentFault(`connection ${leg.connectionId} is not configured`);
  if (connection.tenant !== run.tenant)
    throw new PermanentFault(`connection ${leg.connectionId} belongs to another tenant`);
  if (connection.provider !== leg.channel)
    throw new PermanentFault(`connection ${leg.connectionId} leads to ${connection.provider}, not to ${leg.channel}`);
  return connection;
}

function legOf(cancellation: Cancellation, legId: string): RefundLeg {
  const leg = cancellation.legs.find(({ id }) => id === legId);
  if (leg === undefined) throw new PermanentFault(`${cancellation.id} has no leg ${legId}`);
  return leg;
}
