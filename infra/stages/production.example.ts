import type { Stage } from './stage';

/** Copy to `production.ts`, fill in, and run `npm run deploy -- --stage production`. */
export const stage: Stage = {
  name: 'production',
  account: '111122223333',
  region: 'eu-central-1',
  identity: { kind: 'cognito', domainPrefix: 'shop-example-orders' },
  // Cognito puts custom attributes into the id token under this prefix.
  claims: { tenant: 'custom:tenant', role: 'custom:role', merchant: 'custom:merchant_id' },
  allowedOrigins: ['https://shop.example'],
  throttle: { rate: 500, burst: 1000 },
  connections: [
    { id: 'con_stripe_main', tenant: 'shop', provider: 'stripe' },
    { id: 'con_easypost_main', tenant: 'shop', provider: 'easypost' },
  ],
  logRetentionDays: 90,
  eventArchiveDays: 400,
  removal: 'retain',
  alarmEmail: 'on-call@shop.example',
};
