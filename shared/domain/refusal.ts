/**
 * Refusing is a value. Every code is part of the API's contract, is described in docs/errors.md (checked both ways by
 * a test) and has one HTTP status and one sentence that says what to do.
 */
export interface Refusal {
  code: RefusalCode;
  /** What this case is about, for a person. Never internals. */
  detail: string;
  /** JSON pointer or name of the field that is to be changed. */
  param?: string;
  /** Further facts a client can act upon, e.g. `allowed`, `until`, `winner`. */
  facts?: Readonly<Record<string, unknown>>;
}

/** status: HTTP status; title: what went wrong; todo: what the caller can do. */
export const refusals = {
  malformed_json: {
    status: 400,
    title: 'The body is not JSON',
    todo: 'Send a JSON object with content-type application/json.',
  },
  unknown_field: { status: 400, title: 'A field is not known', todo: 'Remove the field that `param` names.' },
  invalid_field: { status: 400, title: 'A field has a wrong value', todo: 'Correct the field that `param` names.' },
  body_too_large: {
    status: 413,
    title: 'The body is too large',
    todo: 'Send at most 256 KB, or 4 MB to a batch or an order.',
  },
  idempotency_key_missing: {
    status: 400,
    title: 'The Idempotency-Key header is missing',
    todo: 'Send a new key for each intended change and repeat it on retries.',
  },
  idempotency_key_reused: {
    status: 422,
    title: 'The Idempotency-Key was used for another request',
    todo: 'Use a new key for a new request.',
  },
  request_running: {
    status: 409,
    title: 'A request with this key is still running',
    todo: 'Repeat the same request in a moment.',
  },
  token_incomplete: {
    status: 403,
    title: 'The token lacks a claim',
    todo: 'Ask the issuer for a token with tenant, role and subject.',
  },
  role_not_allowed: { status: 403, title: 'This role may not do this', todo: 'Use a token of a role that may.' },
  not_found: {
    status: 404,
    title: 'There is no such thing',
    todo: 'Check the id; things of others answer like missing ones.',
  },
  credit_note_not_issued: {
    status: 404,
    title: 'The cancellation has no credit note',
    todo: 'Look again a moment after it has closed; `status` says how it stands. What came to nothing, and what nobody paid, has none.',
  },
  conflict_try_again: { status: 409, title: 'Too many changes at once', todo: 'Repeat the same request.' },
  order_version_stale: { status: 409, title: 'A newer version of the order is known', todo: 'Send a higher version.' },
  order_frozen: {
    status: 409,
    title: 'The order has cancellations or shipments, so its lines and money are fixed',
    todo: 'Change stages only.',
  },
  order_totals_wrong: {
    status: 422,
    title: 'The order does not add up',
    todo: 'Correct the amounts that `detail` names.',
  },
  order_too_large: {
    status: 422,
    title: 'The order is too large to be stored in one piece',
    todo: 'Send fewer lines, captures or shipments; parcels can be claimed one by one.',
  },
  connection_unknown: {
    status: 422,
    title: 'There is no such connection to this channel or carrier',
    todo: 'Use the id of a connection that is configured for this tenant and leads to that channel or carrier.',
  },
  currency_not_supported: {
    status: 422,
    title: 'The payment channel does not take this currency',
    todo: 'Send the payment under the channel that took it, or correct the currency.',
  },
  currency_unknown: { status: 422, title: 'The currency is not known', todo: 'Use a current ISO 4217 code.' },
  payment_shrinks: {
    status: 409,
    title: 'A payment may gain captures but not lose them',
    todo: 'Send all captures known so far.',
  },
  line_unknown: { status: 422, title: 'The order has no such line', todo: 'Use line ids of the order.' },
  quantity_not_available: {
    status: 409,
    title: 'Fewer units are left than asked for',
    todo: 'Ask for at most the available quantity in `facts`.',
  },
  nothing_to_cancel: {
    status: 409,
    title: 'Nothing of this order is left to cancel',
    todo: 'See the order for what became of it.',
  },
  units_already_cancelled: {
    status: 409,
    title: 'These units are already cancelled',
    todo: 'See the cancellation named in `facts`.',
  },
  cancellation_open: {
    status: 409,
    title: 'A cancellation is open on these units',
    todo: 'Follow the cancellation named in `facts`.',
  },
  hold_not_asked: {
    status: 409,
    title: 'The warehouse was not asked',
    todo: 'Only a cancellation with `warehouse` waits for its word.',
  },
  shipment_not_left: {
    status: 409,
    title: 'The parcel has never left',
    todo: 'Look at `facts.position`; only what has left can come back.',
  },
  exception_unknown: {
    status: 409,
    title: 'The parcel is not on the list of exceptions as that',
    todo: 'See `facts.kind`, or `GET /v1/goods/exceptions`.',
  },
  parcel_not_whole: {
    status: 409,
    title: 'A parcel on its way holds more than what is to be cancelled',
    todo: 'Cancel all that is in the parcel that `facts.shipment` names, or none of it.',
  },
  already_shipped: { status: 409, title: 'The units have left', todo: 'Return them after delivery.' },
  window_elapsed: { status: 409, title: 'The time to cancel is over', todo: 'Ask the merchant.' },
  stage_passed: { status: 409, title: 'It is too far along to be cancelled', todo: 'Ask the merchant.' },
  gift_card_spent: { status: 409, title: 'The gift card has been spent', todo: 'Cancel the other lines.' },
  too_close_to_start: { status: 409, title: 'It starts too soon to be cancelled', todo: 'Ask the merchant.' },
  account_blocked: { status: 409, title: 'The account is not in good standing', todo: 'Contact support.' },
  exceeds_captured: {
    status: 409,
    title: 'The refund would be above what is left of the payments',
    todo: 'Send the missing payments, or contact support.',
  },
  quote_invalid: { status: 422, title: 'The quote is not one of ours', todo: 'Ask for a quote.' },
  quote_expired: { status: 409, title: 'The quote has expired', todo: 'Ask for a new quote.' },
  quote_stale: { status: 409, title: 'The order has changed since the quote', todo: 'Use the new quote in `facts`.' },
  reason_not_allowed: {
    status: 422,
    title: 'This party may not give this reason',
    todo: 'Use a reason listed in `facts`.',
  },
  destination_not_allowed: {
    status: 422,
    title: 'Only the buyer may choose where his money goes',
    todo: 'Leave `destination` out, or let the buyer ask.',
  },
  transition_not_allowed: {
    status: 409,
    title: 'The cancellation is not in a state for this',
    todo: 'See `facts.allowed` for what it can become.',
  },
  already_answered: {
    status: 409,
    title: 'The merchant has already answered',
    todo: 'See the answer on the cancellation.',
  },
  too_late_to_withdraw: {
    status: 409,
    title: 'The cancellation is being carried out',
    todo: 'Order again if you still want it.',
  },
  units_cancelled: {
    status: 409,
    title: 'A cancellation took these units first',
    todo: 'Do not hand them over; see the winner in `facts`.',
  },
  label_taken: {
    status: 409,
    title: 'The label or tracking code is of another parcel',
    todo: 'Send what the carrier gave for this parcel; each label is of one shipment.',
  },
  location_unknown: {
    status: 422,
    title: 'Nothing of this is held at that location',
    todo: 'Use the location that the order names for the line.',
  },
  shipment_conflict: {
    status: 409,
    title: 'The shipment is known with other contents',
    todo: 'Use a new shipment reference.',
  },
  return_step_not_allowed: {
    status: 409,
    title: 'The return is not at this step',
    todo: 'See `facts.allowed` for what it can become.',
  },
  return_expired: {
    status: 409,
    title: 'It was sent back too late',
    todo: 'Agree with the buyer; `sentBackAt` says when it was sent, if that was earlier.',
  },
  units_not_in_return: {
    status: 422,
    title: 'The return does not have these units',
    todo: 'Name at most the available units in `facts`.',
  },
  inspection_incomplete: {
    status: 422,
    title: 'Not every unit that arrived is inspected',
    todo: 'Say of each unit in `facts` what was found.',
  },
  reduction_too_high: {
    status: 422,
    title: 'The reduction takes all that the units cost',
    todo: 'Keep less, or say `none`.',
  },
  case_action_not_allowed: { status: 409, title: 'The case does not allow this now', todo: 'See the case.' },
  withdrawal_invalid: { status: 422, title: 'The withdrawal is not one of ours', todo: 'Start the withdrawal again.' },
  withdrawal_expired: {
    status: 409,
    title: 'The withdrawal was not confirmed in time',
    todo: 'Start the withdrawal again.',
  },
  signature_invalid: {
    status: 401,
    title: 'The signature does not verify',
    todo: 'Check the secret of this connection.',
  },
  internal_error: {
    status: 500,
    title: 'Something of ours broke',
    todo: 'Repeat the same request; quote request_id to support.',
  },
} as const satisfies Record<string, { status: number; title: string; todo: string }>;

export type RefusalCode = keyof typeof refusals;

export function refuse(code: RefusalCode, detail: string, more: Omit<Refusal, 'code' | 'detail'> = {}): Refusal {
  return { code, detail, ...more };
}

/** A result that is either a value or a refusal; narrow it with `isRefusal`. */
export function isRefusal(value: unknown): value is Refusal {
  return (
    typeof value === 'object' &&
    value !== null &&
    'code' in value &&
    'detail' in value &&
    Object.hasOwn(refusals, (value as Refusal).code)
  );
}
