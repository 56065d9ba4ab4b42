/** What each provider's events say of disputes; that only signed messages are read is shown with each webhook. */
import { disputeOf as adyens } from '../../shared/adapters/payments/adyen-dispute';
import type { SignedItem } from '../../shared/adapters/payments/adyen-signature';
import { disputesOf as paypals } from '../../shared/adapters/payments/paypal-dispute';
import { disputeOfEvent as squares } from '../../shared/adapters/payments/square-dispute';
import { noticeOf as stripes } from '../../shared/adapters/payments/stripe-notice';
import { PermanentFault } from '../../shared/domain/faults';

describe('Stripe', () => {
  const dispute = { id: 'du_1', object: 'dispute', charge: 'ch_1', payment_intent: 'pi_1', status: 'needs_response' };
  const event = (more: object = {}, type = 'charge.dispute.created') => ({
    id: 'evt_1',
    object: 'event',
    type,
    created: 1_767_225_600,
    data: { object: { ...dispute, ...more } },
  });

  test('names the PaymentIntent, and the time by which later news is told', () =>
    expect(stripes(event())).toEqual({
      eventId: 'evt_1',
      type: 'charge.dispute.created',
      dispute: 'du_1',
      payment: 'pi_1',
      stops: true,
      order: 1_767_225_600,
    }));

  test.each([
    ['needs_response', true],
    ['under_review', true],
    ['lost', true],
    ['prevented', true],
    ['a state of tomorrow', true],
    ['won', false],
    ['warning_needs_response', false],
    ['warning_under_review', false],
    ['warning_closed', false],
  ])('%s stops refunds: %p', (status, stops) =>
    expect(stripes(event({ status }, 'charge.dispute.updated'))).toMatchObject({ stops }),
  );

  test('names the charge where there is no PaymentIntent', () =>
    expect(stripes(event({ payment_intent: null }))).toMatchObject({ payment: 'ch_1' }));

  test.each([{ id: undefined }, { status: undefined }, { payment_intent: null, charge: undefined }])(
    'cannot be read without %p, so a person must look',
    (missing) => expect(() => stripes(event(missing))).toThrow(PermanentFault),
  );

  test('tells of funds in events that repeat the others and are ignored', () =>
    expect(stripes(event({}, 'charge.dispute.funds_withdrawn'))).toBeUndefined());
});

describe('Adyen', () => {
  const item = (eventCode: string, more: Partial<SignedItem> = {}): SignedItem => ({
    pspReference: 'DISPUTE000000001',
    originalReference: 'PAYMENT000000001',
    merchantAccountCode: 'Shop',
    merchantReference: 'order 1001',
    value: 1_000,
    currency: 'EUR',
    eventCode,
    success: true,
    ...more,
  });

  test('names the payment by the signed reference of the original', () =>
    expect(adyens(item('NOTIFICATION_OF_CHARGEBACK'))).toEqual({
      eventId: 'NOTIFICATION_OF_CHARGEBACK:DISPUTE000000001',
      type: 'NOTIFICATION_OF_CHARGEBACK',
      dispute: 'DISPUTE000000001',
      payment: 'PAYMENT000000001',
      stops: true,
      order: 1,
    }));

  test.each([
    ['CHARGEBACK', true],
    ['CHARGEBACK_REVERSED', true],
    ['SECOND_CHARGEBACK', true],
    ['PREARBITRATION_LOST', true],
    ['PREARBITRATION_WON', false],
    ['ISSUER_RESPONSE_TIMEFRAME_EXPIRED', false],
    ['SCHEME_ARBITRATION_WON', false],
  ])('%s stops refunds: %p', (eventCode, stops) => expect(adyens(item(eventCode))).toMatchObject({ stops }));

  test('counts the course of a dispute, because its events have no signed time', () => {
    const course = ['NOTIFICATION_OF_CHARGEBACK', 'CHARGEBACK', 'CHARGEBACK_REVERSED', 'SECOND_CHARGEBACK'];
    const orders = course.map((eventCode) => adyens(item(eventCode))?.order ?? 0);
    expect(orders).toEqual([...new Set(orders)].sort());
  });

  test.each(['REQUEST_FOR_INFORMATION', 'NOTIFICATION_OF_FRAUD', 'REFUND', 'constructor'])('%s is none', (eventCode) =>
    expect(adyens(item(eventCode))).toBeUndefined(),
  );

  test('without a payment it is about nothing', () =>
    expect(adyens(item('CHARGEBACK', { originalReference: '' }))).toBeUndefined());
});

describe('Square', () => {
  const dispute = {
    id: 'dts_1',
    disputed_payment: { payment_id: 'pay_1' },
    state: 'EVIDENCE_REQUIRED',
    version: 3,
  };
  const event = (more: object = {}, type = 'dispute.state.updated') => ({
    event_id: 'evt_1',
    type,
    data: { type: 'dispute', object: { dispute: { ...dispute, ...more } } },
  });

  test('names the payment, and the version by which later news is told', () =>
    expect(squares(event())).toEqual({
      eventId: 'evt_1',
      type: 'dispute.state.updated',
      dispute: 'dts_1',
      payment: 'pay_1',
      stops: true,
      order: 3,
    }));

  test.each([
    ['PROCESSING', true],
    ['LOST', true],
    ['ACCEPTED', true],
    ['WON', false],
    ['INQUIRY_PROCESSING', false],
    ['INQUIRY_CLOSED', false],
  ])('%s stops refunds: %p', (state, stops) => expect(squares(event({ state }))).toMatchObject({ stops }));

  test.each([{ id: undefined }, { disputed_payment: {} }, { state: undefined }, { version: undefined }])(
    'cannot be read without %p, so a person must look',
    (missing) => expect(() => squares(event(missing))).toThrow(PermanentFault),
  );

  test('is silent on anything else', () => expect(squares(event({}, 'refund.updated'))).toBeUndefined());
});

describe('PayPal', () => {
  const resource = {
    dispute_id: 'PP-D-1',
    disputed_transactions: [{ seller_transaction_id: 'CAP1' }, { seller_transaction_id: 'CAP2' }],
    status: 'OPEN',
  };
  const event = (more: object = {}, type = 'CUSTOMER.DISPUTE.CREATED') => ({
    id: 'WH-1',
    event_type: type,
    create_time: '2026-01-01T00:00:00.000Z',
    resource: { ...resource, ...more },
  });

  test('names each capture', () =>
    expect(paypals(event())).toEqual(
      ['CAP1', 'CAP2'].map((payment) => ({
        eventId: 'WH-1',
        type: 'CUSTOMER.DISPUTE.CREATED',
        dispute: 'PP-D-1',
        payment,
        stops: true,
        order: 1_767_225_600_000,
      })),
    ));

  test.each([
    ['UNDER_REVIEW', undefined, true],
    ['RESOLVED', undefined, true],
    ['RESOLVED', 'RESOLVED_BUYER_FAVOUR', true],
    ['RESOLVED', 'RESOLVED_WITH_PAYOUT', true],
    ['RESOLVED', 'ACCEPTED', true],
    ['RESOLVED', 'RESOLVED_SELLER_FAVOUR', false],
    ['RESOLVED', 'CANCELED_BY_BUYER', false],
    ['OPEN', 'RESOLVED_SELLER_FAVOUR', true],
  ])('%s with outcome %s stops refunds: %p', (status, outcome_code, stops) =>
    expect(
      paypals(event({ status, dispute_outcome: { outcome_code } }, 'CUSTOMER.DISPUTE.RESOLVED'))?.[0],
    ).toMatchObject({ stops }),
  );

  test.each([{ dispute_id: undefined }, { disputed_transactions: undefined }, { disputed_transactions: [{}] }])(
    'cannot be read without %p, so a person must look',
    (missing) => expect(() => paypals(event(missing))).toThrow(PermanentFault),
  );

  test('is silent on anything else', () => expect(paypals(event({}, 'PAYMENT.CAPTURE.REFUNDED'))).toBeUndefined());
});
