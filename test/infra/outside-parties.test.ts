import { outsideParties } from '../../infra/local/parties';

const { standIns = [] } = outsideParties();

describe('all outside parties of the laptop share one port', () => {
  const square = { 'square-version': '2025-08-20' };
  test.each([
    ['POST', '/v1/refunds', {}, 'stripe'],
    ['GET', '/v1/payment_intents/pi_1', {}, 'stripe'],
    ['POST', '/v1/oauth2/token', {}, 'paypal'],
    ['GET', '/v1/notifications/webhooks-events', {}, 'paypal'],
    ['GET', '/v1/notifications/webhooks-events/', {}, 'paypal'],
    ['GET', '/v1/notifications/certs/CERT-1-2-3', {}, 'paypal'],
    ['GET', '/v2/checkout/orders/ORDER1', {}, 'paypal'],
    ['POST', '/v2/payments/authorizations/AUTH1/void', {}, 'paypal'],
    ['POST', '/v2/payments/captures/CAPTURE1/refund', {}, 'paypal'],
    ['GET', '/v2/payments/refunds/REFUND1', {}, 'paypal'],
    ['POST', '/v2/refunds', square, 'square'],
    ['GET', '/v2/refunds/refund1', square, 'square'],
    ['GET', '/v2/payments/payment1', square, 'square'],
    ['POST', '/v2/payments/payment1/cancel', square, 'square'],
    ['POST', '/v72/payments/PSP1/refunds', {}, 'adyen'],
    ['POST', '/btl/v4/transfers', {}, 'bank_transfer'],
    ['GET', '/btl/v4/transfers/TRANSFER1', {}, 'bank_transfer'],
    ['POST', '/v2/shipments/shp_1/refund', {}, 'easypost'],
    ['POST', '/v2/refunds', {}, 'easypost'],
    ['GET', '/v1/labels/se-1', {}, 'shipengine'],
    ['PUT', '/v1/labels/se-1/void', {}, 'shipengine'],
    ['GET', '/v1/labels/se-1/track', {}, 'shipengine'],
    ['GET', '/jwks', {}, 'shipengine'],
    ['POST', '/std/service', {}, 'sf_express'],
    ['POST', '/stock/v1/movements', {}, 'stock_system'],
    ['POST', '/security/v1/oauth/token', {}, 'ups'],
    ['DELETE', '/api/shipments/v2409/void/cancel/1Z1', {}, 'ups'],
    ['GET', '/api/track/v1/details/1Z1', {}, 'ups'],
    ['POST', '/api/deliveryintercept/v2/return/1Z1', {}, 'ups'],
  ])('%s %s is for the right one', (method, path, headers, name) => {
    expect(standIns.find((one) => one.matches(method, path, headers))?.name).toBe(name);
  });

  test('each has its own name, and its own connection', () => {
    const names = standIns.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(Object.keys(outsideParties().secrets ?? {}).join()).toContain(`con_${name}_demo`);
  });
});
