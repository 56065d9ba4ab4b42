import type { Stage } from './stage';

/** What `npm start` runs. Nothing of it is reachable from outside the machine. */
export const stage: Stage = {
  name: 'laptop',
  identity: { kind: 'issuer', issuer: 'https://issuer.laptop.invalid', audience: ['order-cancellation'] },
  claims: { tenant: 'tenant', role: 'role', merchant: 'merchant_id' },
  allowedOrigins: ['*'],
  throttle: { rate: 1000, burst: 2000 },
  connections: [
    { id: 'con_stripe_demo', tenant: 'demo', provider: 'stripe' },
    { id: 'con_adyen_demo', tenant: 'demo', provider: 'adyen' },
    { id: 'con_klarna_demo', tenant: 'demo', provider: 'klarna' },
    { id: 'con_paypal_demo', tenant: 'demo', provider: 'paypal' },
    { id: 'con_alipay_demo', tenant: 'demo', provider: 'alipay' },
    { id: 'con_wechat_pay_demo', tenant: 'demo', provider: 'wechat_pay' },
    { id: 'con_square_demo', tenant: 'demo', provider: 'square' },
    { id: 'con_bank_transfer_demo', tenant: 'demo', provider: 'bank_transfer' },
    { id: 'con_easypost_demo', tenant: 'demo', provider: 'easypost' },
    { id: 'con_shipengine_demo', tenant: 'demo', provider: 'shipengine' },
    { id: 'con_ups_demo', tenant: 'demo', provider: 'ups' },
    { id: 'con_sf_express_demo', tenant: 'demo', provider: 'sf_express' },
    // This tenant's stock is kept in a system of its own; where its stand-in is, only the host knows.
    {
      id: 'con_stock_system_demo',
      tenant: 'elsewhere',
      provider: 'stock_system',
      baseUrl: 'https://stock.laptop.invalid',
    },
  ],
  logRetentionDays: 7,
  eventArchiveDays: 7,
  removal: 'retain',
};
