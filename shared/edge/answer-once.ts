import { fingerprint } from '../domain/ids';
import { isRefusal, refuse, type Refusal } from '../domain/refusal';
import type { Attempt, KeptAnswers } from '../ports/kept-answers';
import type { ApiRequest, Reply } from './http';
import { log } from './log';

/**
 * Carries a request out once per caller and Idempotency-Key: the same request again gets the first answer. Only answers
 * are kept; a refusal or an error gives the key back, so that the request can be sent again.
 */
export async function answerOnce(
  answers: KeptAnswers,
  route: string,
  request: ApiRequest<unknown, unknown>,
  handle: () => Promise<Reply | Refusal>,
): Promise<Reply | Refusal> {
  const attempt = attemptOf(route, request);
  const taken = await answers.take(attempt);
  switch (taken.outcome) {
    case 'reused':
      return refuse('idempotency_key_reused', 'It was used for another route or payload.');
    case 'running':
      return refuse('request_running', 'The first one has not been answered yet.');
    case 'answered':
      return { ...taken.answer, headers: { 'idempotent-replayed': 'true' } };
    case 'taken':
  }
  try {
    const answer = await handle();
    await afterwards(attempt, isRefusal(answer) ? answers.release(attempt) : answers.keep(attempt, answer));
    return answer;
  } catch (error) {
    await afterwards(attempt, answers.release(attempt));
    throw error;
  }
}

function attemptOf(
  route: string,
  { caller, idempotencyKey, query, body, now, requestId }: ApiRequest<unknown, unknown>,
) {
  const { tenant, role, subject, merchantId = '' } = caller;
  return {
    tenant,
    key: fingerprint(role, merchantId, subject, idempotencyKey),
    request: fingerprint(route, JSON.stringify([query, body])),
    owner: requestId,
    now,
  };
}

/** What was done is done: without its record, a repetition is carried out again after the lease, which handlers bear. */
async function afterwards(attempt: Attempt, recorded: Promise<void>): Promise<void> {
  try {
    await recorded;
  } catch (error) {
    log('warn', { event: 'answer_not_recorded', requestId: attempt.owner, error });
  }
}
