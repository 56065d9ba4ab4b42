/**
 * Breaking is an exception with a stable name. The names are what the state machines match in Retry and Catch,
 * so they are part of the contract between functions and ASL; they are listed in docs/errors.md.
 */

/** Nothing happened, or it is safe to do it again with the same key: retry. */
export class TransientFault extends Error {
  override readonly name = 'TransientFault';
}

/** It will never work, whoever asks again: compensate, or hand it to a person. */
export class PermanentFault extends Error {
  override readonly name = 'PermanentFault';
}

/** It may have happened: query before any retry, then a case. */
export class UnknownOutcome extends Error {
  override readonly name = 'UnknownOutcome';
}

/**
 * The provider repeats a failure that it has saved under the key: the same key gets no other answer, and the failure says
 * neither that money moved nor that it did not. Query, and a new key once nothing can be on its way any more.
 */
export class AnswerSaved extends Error {
  override readonly name = 'AnswerSaved';
}

/** A webhook that no live secret of its connection has signed, or that is out of its time tolerance. */
export class SignatureInvalid extends Error {
  override readonly name = 'SignatureInvalid';
}

/** This run was replaced by a younger generation; stop without touching anything. */
export class RunSuperseded extends Error {
  override readonly name = 'RunSuperseded';
}

/**
 * What the catalogue says of each fault. title: what it means; todo: what is done about it; endsIn: the steps of the
 * state machines in which a cancellation ends when nothing helps.
 */
export const faults = {
  TransientFault: {
    title: 'Nothing happened, or the same call is safe to repeat',
    todo: 'Repeated with the same key, later each time. When that does not help: undone if no refund may have left, else handed to a person.',
    endsIn: ['reinstate-order', 'open-case'],
  },
  PermanentFault: {
    title: 'It will never work, whoever asks again',
    todo: 'Not repeated. Undone if no refund may have left, else handed to a person.',
    endsIn: ['reinstate-order', 'open-case'],
  },
  UnknownOutcome: {
    title: 'It may have happened',
    todo: 'The provider or carrier is asked what became of it before anything is repeated. A carrier that does not know either is asked again after a minute, five times at most. When that does not help: undone if it was a recall, because no money has moved then; else a person decides.',
    endsIn: ['reinstate-order', 'open-case'],
  },
  AnswerSaved: {
    title: 'The provider repeats a failure that it has saved under the key',
    todo: 'The same key is not used again at once. The provider is asked what became of the refund; when it has no trace of it after ten minutes, a new key is used.',
    endsIn: ['reinstate-order', 'open-case'],
  },
  SignatureInvalid: {
    title: 'No live secret of the connection has signed the webhook, or its time is out of tolerance',
    todo: 'The sender is answered `signature_invalid`; nothing is read from the body and no state machine hears of it.',
    endsIn: [],
  },
  RunSuperseded: {
    title: 'A younger run of the same cancellation has taken over',
    todo: 'Nothing. The older run stops without touching anything; the younger one finishes.',
    endsIn: [],
  },
} as const satisfies Record<string, { title: string; todo: string; endsIn: readonly string[] }>;

export type FaultName = keyof typeof faults;
