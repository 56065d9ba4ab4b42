import type { Span } from '../domain/policy';
import type { Instant } from '../domain/time';
import type { Connection } from './connections';
import type { DisputeNews } from './disputes';

/**
 * A payment provider (or our own ledger), in the two operations that a cancellation needs, the one that makes
 * retries safe, and the one that makes webhooks dispensable. Amounts are minor units of our own ISO 4217 table; an adapter converts them to the
 * channel's units and refuses a currency that it does not know.
 *
 * Answers are values; trouble is an exception from `shared/domain/faults`:
 * `TransientFault` (nothing happened or it is safe to call again with the same key),
 * `UnknownOutcome` (the call may have been applied: query before any retry),
 * `AnswerSaved` (the same, and this key will get no other answer: query, and a new key only when nothing can be on its way),
 * `PermanentFault` (the provider will never do it; compensate or open a case).
 */
export interface PaymentChannel {
  /** Void what is only authorized; for a captured payment this refunds all that is left of it. Idempotent by `key`. */
  reverse(request: ReverseRequest): Promise<RefundAnswer>;
  /** Refund `amount` of one capture. Idempotent by `key`: the same key never moves money twice. */
  refund(request: RefundRequest): Promise<RefundAnswer>;
  /** Find what became of a leg: by provider reference, else by our `legId` in the provider's metadata. `undefined`: the provider has no trace of it. */
  query(request: QueryRequest): Promise<RefundAnswer | undefined>;
  /** What the provider would have told by webhook since an instant, a page at a time, newest first. */
  changesSince(request: ChangesRequest): Promise<NoticePage>;
  /** Present where the provider answers no questions about a refund: its `query` raises a `PermanentFault`, always. */
  readonly withoutQuery?: WithoutQuery;
  /**
   * Present where the provider knows a key for ever and wants a call again under it that was refused, or of which it has no
   * trace: a leg gets a new key only when there is a refund under the old one that failed.
   */
  readonly keepsKeys?: true;
}

/**
 * A provider that tells the outcome of a refund by notices only: what it has signed there (`PaymentNotice.signed`) is its
 * word. What became of a call whose answer was lost is found by making the same call again.
 */
export interface WithoutQuery {
  /** From the first call on a repetition under the same key is answered as that was, and moves nothing again. After that only a person can find out. */
  repeatableFor: Span;
}

export interface RefundRequest {
  connection: Connection;
  /** The provider's payment object, e.g. a Stripe PaymentIntent, or the account of our own ledger. */
  paymentRef: string;
  /** The provider's capture or charge that is refunded. */
  captureRef: string;
  /** Minor units, above zero. */
  amount: number;
  currency: string;
  /** Provider idempotency key: 32 to 40 characters of [0-9A-Za-z_-]. */
  key: string;
  legId: string;
  /** Where points were redeemed: how many of them this amount stands for. */
  points?: number;
  /** Kept with the provider's object so that its webhooks and lists lead back to the leg. */
  trail: RefundTrail;
}

export type ReverseRequest = Omit<RefundRequest, 'captureRef'>;

export interface QueryRequest {
  connection: Connection;
  paymentRef: string;
  captureRef?: string;
  providerRef?: string;
  legId: string;
  amount: number;
  currency: string;
  /** As it was given with the refund: where a channel keeps nothing else of ours, this is what it is asked for. */
  trail: RefundTrail;
}

export interface ChangesRequest {
  connection: Connection;
  since: Instant;
  /** `next` of the page before. */
  after?: string;
}

export interface NoticePage {
  notices: readonly ProviderNotice[];
  /** Ids of events about refunds that cannot be read: the provider changed, a person must look. */
  unreadable: readonly string[];
  /** Absent on the last page. */
  next?: string;
}

export interface RefundTrail extends NoticeTrail {
  /** The leg within its cancellation, `l1`. */
  leg: string;
  attempt: number;
}

/** What leads back from a provider's refund to our leg. */
export interface NoticeTrail {
  tenant: string;
  orderId: string;
  cancellationId: string;
  /** Our id of the leg's attempt. */
  legId: string;
}

/** What the provider says of a refund or void now. */
export interface RefundAnswer {
  status: 'pending' | 'requires_action' | 'succeeded' | 'failed' | 'canceled';
  /**
   * The provider's id of the refund. Of what was only released it is the `paymentRef` that was asked with, and of a refund
   * never: by this the books know whether captured money has gone back.
   */
  providerRef: string;
  /** Minor units in our table, as the provider states them. */
  amount: number;
  /** The bank's own reference of the refund (ARN), where the provider knows it by now. */
  trace?: string;
  /** The provider's own word for a failure, e.g. `expired_or_canceled_card`. */
  failureReason?: string;
}

/**
 * What a provider's event names. It is a hint: amount and state are re-read through `query` before anything changes, except
 * where the provider answers no questions.
 */
export interface PaymentNotice {
  /** The provider's event id; used only to save work on duplicates. */
  eventId: string;
  type: string;
  providerRef: string;
  trail: NoticeTrail | undefined;
  /** What it says of the refund; good for one thing: not to ask about what would be no news if it were true. */
  claims?: RefundAnswer['status'];
  /** The bank's reference that it names; good for the same. */
  trace?: string;
  /** What the provider has signed of the outcome, nothing else of the message. Believed of a channel `withoutQuery` only. */
  signed?: SignedOutcome;
}

export interface SignedOutcome extends RefundAnswer {
  currency: string;
}

/**
 * What a provider's event says of a dispute, believed as it was signed: at worst a refund is left to a person, or goes out as
 * if nothing had been heard.
 */
export interface DisputeNotice extends DisputeNews {
  /** The provider's event id. */
  eventId: string;
  type: string;
}

export type ProviderNotice = PaymentNotice | DisputeNotice;

/** What one message may name: providers that send several events at once give a list. */
export type NamedByWebhook = ProviderNotice | readonly ProviderNotice[] | undefined;

/** What a provider wants to read with a 200 before it counts its message as received. */
export interface Acknowledgement {
  contentType: string;
  body: string;
}

/** Verifies a provider's webhook over its raw bytes and says what it names. */
export interface PaymentWebhook<Named extends NamedByWebhook = PaymentNotice | undefined> {
  /** Absent: any 200 will do. */
  readonly acknowledgement?: Acknowledgement;
  /**
   * Fetches what `read` needs beyond the connection to verify this message: a certificate that the message names. Nothing
   * of the message is believed for it but the name. Absent where the secrets of the connection suffice.
   *
   * @throws {SignatureInvalid} when the message names nothing of this provider's
   * @throws {TransientFault} when it cannot be had now: the provider sends the message again
   */
  prepare?(connection: Connection, headers: Record<string, string | undefined>): Promise<void>;
  /**
   * @param now seconds since epoch, UTC
   * @throws {SignatureInvalid} when no live secret of the connection signs these bytes or the time stamp is out of tolerance
   * @returns undefined, or an empty list, for an authentic message that concerns neither a refund nor a dispute
   */
  read(connection: Connection, rawBody: Uint8Array, headers: Record<string, string | undefined>, now: number): Named;
}
