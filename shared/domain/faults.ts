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

/** A webhook that no live secret of its connection has signed, or that is out of its time tolerance. */
export class SignatureInvalid extends Error {
  override readonly name = 'SignatureInvalid';
}

/** This run was replaced by a younger generation; stop without touching anything. */
export class RunSuperseded extends Error {
  override readonly name = 'RunSuperseded';
}
