/** Names and environment of the simulated stage; functions find them as they would on AWS. */
import { rsaPair } from '../../../infra/local/stand-ins/rsa-pair';

export const tableNames = { orders: 'orders', stock: 'stock', views: 'views' } as const;
export const storyArn = 'arn:aws:states:eu-central-1:000000000000:stateMachine:order-cancellation';
export const unwindArn = 'arn:aws:states:eu-central-1:000000000000:stateMachine:unwind-order';

/** Two tenants with a provider and a carrier each, so that a write into the wrong one would be seen. */
export const tenants = ['north', 'south'] as const;
export type Tenant = (typeof tenants)[number];

/** Every stage has these. */
const ordinary = ['stripe', 'easypost'] as const;
/** Only where a story is about them: each one more is read by every reconciliation. */
export const furtherProviders = ['adyen', 'wechat_pay'] as const;
export type FurtherProvider = (typeof furtherProviders)[number];
/** The same of carriers. */
export const furtherCarriers = ['sf_express'] as const;
export type FurtherCarrier = (typeof furtherCarriers)[number];
export type FurtherParty = FurtherProvider | FurtherCarrier;
export type PartyName = (typeof ordinary)[number] | FurtherParty;

export const connectionTo = (party: PartyName, tenant: string): string => `con_${party}_${tenant}`;
export const stripeConnection = (tenant: string): string => connectionTo('stripe', tenant);

export const connectionsTo = (party: PartyName): string[] => tenants.map((tenant) => connectionTo(party, tenant));

/** `CONNECTION_IDS` of a stage with so many parties. */
export function connectionIds(further: readonly FurtherParty[]): string {
  return tenants
    .flatMap((tenant) => [...ordinary, ...further].map((party) => `${connectionTo(party, tenant)}=${party}=${tenant}`))
    .join(',');
}

const secretPrefix = 'connections/';
const signingSecret = 'signing';

export const environment: Readonly<Record<string, string>> = {
  ORDERS_TABLE: tableNames.orders,
  STOCK_TABLE: tableNames.stock,
  VIEWS_TABLE: tableNames.views,
  EVENT_BUS: 'bus',
  STORY_ARN: storyArn,
  UNWIND_ARN: unwindArn,
  CONNECTION_IDS: connectionIds([]),
  CONNECTION_SECRETS_PREFIX: secretPrefix,
  SIGNING_SECRET: signingSecret,
};

export const baseUrl = 'http://localhost:8000';

/** What each connection's secret says besides its own id. */
const credentials: Readonly<Record<PartyName, (tenant: Tenant) => object>> = {
  stripe: (tenant) => ({ apiKey: `sk_test_${tenant}`, webhookSecrets: [`whsec_${tenant}`] }),
  easypost: (tenant) => ({ apiKey: `EZTK_${tenant}`, webhookSecrets: [`easypost-${tenant}`] }),
  adyen: (tenant) => ({
    apiKey: `AQE_${tenant}`,
    settings: { merchantAccount: `${tenant}-shop` },
    webhookSecrets: [Buffer.from(`adyen-${tenant}`.padEnd(32, '.')).toString('hex')],
  }),
  wechat_pay: (tenant) => ({
    apiKey: `190000000${tenants.indexOf(tenant)}`,
    settings: {
      privateKey: rsaPair().privateKey,
      serial: String(tenants.indexOf(tenant)).padStart(40, '0'),
      [`platformKey.${wechatPaysKey().serial}`]: wechatPaysKey().publicKey,
    },
    webhookSecrets: [`apiv3-key-${tenant}`.padEnd(32, '.')],
  }),
  sf_express: (tenant) => ({
    apiKey: `checkword-${tenant}`,
    settings: { partnerId: `${tenant}-shop`, ...returnAddress },
    webhookSecrets: [`checkword-${tenant}`],
  }),
};

const returnAddress = {
  returnProvince: '广东省',
  returnCity: '深圳市',
  returnCounty: '福田区',
  returnAddress: '1 Warehouse Road',
  returnContact: 'Warehouse',
  returnPhone: '0755-0000000',
};

/** WeChat Pay's own key, with which it signs for every merchant. */
export const wechatPaysKey = once(() => ({ serial: 'PUB_KEY_ID_01', ...rsaPair() }));

/** A secret's text by its name; made when first asked for, because a pair of keys takes time that most runs do not need. */
export function secretNamed(name: string): string | undefined {
  return known.get(name)?.();
}

/** @param connection its id */
export const secretOfConnection = (connection: string): string => secretNamed(`${secretPrefix}${connection}`) ?? '{}';

const known: ReadonlyMap<string, () => string> = new Map([
  [signingSecret, () => 'a-signing-secret-of-the-simulated-stage-0123456789'],
  ...tenants.flatMap((tenant) =>
    [...ordinary, ...furtherProviders, ...furtherCarriers].map((provider): [string, () => string] => {
      const id = connectionTo(provider, tenant);
      const text = once(() => JSON.stringify({ id, tenant, provider, ...credentials[provider](tenant), baseUrl }));
      return [`${secretPrefix}${id}`, text];
    }),
  ),
]);

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => (made ??= { value: make() }).value;
}
