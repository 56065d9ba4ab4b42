/** Names and environment of the simulated stage; functions find them as they would on AWS. */
export const tableNames = { orders: 'orders', stock: 'stock', views: 'views' } as const;
export const storyArn = 'arn:aws:states:eu-central-1:000000000000:stateMachine:order-cancellation';
export const unwindArn = 'arn:aws:states:eu-central-1:000000000000:stateMachine:unwind-order';

/** Two tenants with a provider and a carrier each, so that a write into the wrong one would be seen. */
export const tenants = ['north', 'south'] as const;
export type Tenant = (typeof tenants)[number];

export const stripeConnection = (tenant: string): string => `con_stripe_${tenant}`;
export const easypostConnection = (tenant: string): string => `con_easypost_${tenant}`;

export const secretPrefix = 'connections/';
const signingSecret = 'signing';

export const environment: Readonly<Record<string, string>> = {
  ORDERS_TABLE: tableNames.orders,
  STOCK_TABLE: tableNames.stock,
  VIEWS_TABLE: tableNames.views,
  EVENT_BUS: 'bus',
  STORY_ARN: storyArn,
  UNWIND_ARN: unwindArn,
  CONNECTION_IDS: tenants
    .flatMap((tenant) => [`${stripeConnection(tenant)}=${tenant}`, `${easypostConnection(tenant)}=${tenant}`])
    .join(','),
  CONNECTION_SECRETS_PREFIX: secretPrefix,
  SIGNING_SECRET: signingSecret,
};

export const baseUrl = 'http://localhost:8000';

export const secrets: ReadonlyMap<string, string> = new Map([
  [signingSecret, 'a-signing-secret-of-the-simulated-stage-0123456789'],
  ...tenants.flatMap((tenant): [string, string][] => [
    [
      `${secretPrefix}${stripeConnection(tenant)}`,
      JSON.stringify({
        id: stripeConnection(tenant),
        tenant,
        provider: 'stripe',
        apiKey: `sk_test_${tenant}`,
        webhookSecrets: [`whsec_${tenant}`],
        baseUrl,
      }),
    ],
    [
      `${secretPrefix}${easypostConnection(tenant)}`,
      JSON.stringify({
        id: easypostConnection(tenant),
        tenant,
        provider: 'easypost',
        apiKey: `EZTK_${tenant}`,
        webhookSecrets: [`easypost-${tenant}`],
        baseUrl,
      }),
    ],
  ]),
]);
