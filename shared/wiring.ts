import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { easypostCarrier } from './adapters/carriers/easypost';
import { easypostWebhook } from './adapters/carriers/easypost-webhook';
import { sfExpressCarrier } from './adapters/carriers/sf-express';
import { sfExpressWebhook } from './adapters/carriers/sf-express-webhook';
import { shipengineCarrier } from './adapters/carriers/shipengine';
import { shipengineWebhook } from './adapters/carriers/shipengine-webhook';
import { upsCarrier } from './adapters/carriers/ups';
import { upsWebhook } from './adapters/carriers/ups-webhook';
import { DynamoAccounts, DynamoPeople } from './adapters/dynamodb/accounts';
import { DynamoCancellationStore } from './adapters/dynamodb/cancellation-store';
import { DynamoCreditNotes } from './adapters/dynamodb/credit-notes';
import { DynamoDisputes } from './adapters/dynamodb/disputes';
import { DynamoGoodsExceptions } from './adapters/dynamodb/goods-exceptions';
import { DynamoKeptAnswers } from './adapters/dynamodb/kept-answers';
import { DynamoOpenPostage } from './adapters/dynamodb/open-postage';
import { DynamoOrderStore } from './adapters/dynamodb/order-store';
import { DynamoParkedEvents } from './adapters/dynamodb/parked-events';
import { DynamoReceipts } from './adapters/dynamodb/receipts';
import { DynamoStrayRefunds } from './adapters/dynamodb/stray-refunds';
import { DynamoReturns } from './adapters/dynamodb/returns';
import { DynamoShipmentFinder } from './adapters/dynamodb/shipment-finder';
import { eventsOf as readEvents, marksOf as readMarks } from './adapters/dynamodb/told-events';
import { DynamoViews } from './adapters/dynamodb/views';
import { DynamoWatermarks } from './adapters/dynamodb/watermarks';
import { EventBridgeBus } from './adapters/eventbridge/event-bus';
import { adyenChannel } from './adapters/payments/adyen';
import { adyenWebhook } from './adapters/payments/adyen-webhook';
import { alipayChannel } from './adapters/payments/alipay';
import { alipayWebhook } from './adapters/payments/alipay-webhook';
import { bankTransferChannel } from './adapters/payments/bank-transfer';
import { bankTransferWebhook } from './adapters/payments/bank-transfer-webhook';
import { klarnaChannel } from './adapters/payments/klarna';
import { OwnLedger } from './adapters/payments/own-ledger';
import { paypalChannel } from './adapters/payments/paypal';
import { paypalWebhook } from './adapters/payments/paypal-webhook';
import { squareChannel } from './adapters/payments/square';
import { squareWebhook } from './adapters/payments/square-webhook';
import { stripeChannel } from './adapters/payments/stripe';
import { stripeWebhook } from './adapters/payments/stripe-webhook';
import { wechatPayChannel } from './adapters/payments/wechat-pay';
import { wechatPayWebhook } from './adapters/payments/wechat-pay-webhook';
import { SecretConnections, SigningKey } from './adapters/secrets/connections';
import { StepFunctionsWorkflow } from './adapters/step-functions/workflow';
import { HttpStock } from './adapters/stock/http-stock';
import { OwnStock } from './adapters/stock/own-stock';
import { StockByTenant } from './adapters/stock/stock-by-tenant';
import { HmacTokens } from './adapters/tokens/hmac-tokens';
import type { CarrierName } from './domain/carrier';
import type { PaymentChannelName } from './domain/channel';
import { PermanentFault } from './domain/faults';
import type { Instant } from './domain/time';
import type { Accounts, People } from './ports/accounts';
import type { CancellationStore } from './ports/cancellation-store';
import type { Carrier, CarrierWebhook } from './ports/carrier';
import type { ConfiguredConnections, Connections } from './ports/connections';
import type { CreditNotes } from './ports/credit-notes';
import type { Disputes } from './ports/disputes';
import type { EventBus } from './ports/event-bus';
import type { GoodsExceptions } from './ports/goods-exceptions';
import type { KeptAnswers } from './ports/kept-answers';
import type { OpenPostage } from './ports/open-postage';
import type { OrderStore } from './ports/order-store';
import type { NamedByWebhook, PaymentChannel, PaymentWebhook } from './ports/payment-channel';
import type { Receipts } from './ports/receipts';
import type { StrayRefunds } from './ports/stray-refunds';
import type { Returns } from './ports/returns';
import type { ShipmentFinder } from './ports/shipment-finder';
import type { SignedTokens } from './ports/signed-tokens';
import type { StockKeeper } from './ports/stock-keeper';
import type { ParkedEvents, Views } from './ports/views';
import type { Watermarks } from './ports/watermarks';
import type { Workflow } from './ports/workflow';

/**
 * The only file that reads the environment and builds adapters. Each is built when first asked for and kept for the
 * life of the process. `@__PURE__` lets the bundler leave out what a function does not name.
 */

/** The clock of production. Everything below the edge gets the time as an argument. */
export const now = (): Instant => new Date().toISOString();

export const claimNames = /* @__PURE__ */ once(() => ({
  tenant: process.env['CLAIM_TENANT'] ?? 'tenant',
  role: process.env['CLAIM_ROLE'] ?? 'role',
  merchant: process.env['CLAIM_MERCHANT'] ?? 'merchant_id',
}));

export const orderStore = /* @__PURE__ */ once(
  (): OrderStore => new DynamoOrderStore(dynamo(), environment('ORDERS_TABLE')),
);
export const cancellationStore = /* @__PURE__ */ once(
  (): CancellationStore => new DynamoCancellationStore(dynamo(), environment('ORDERS_TABLE')),
);
export const creditNotes = /* @__PURE__ */ once(
  (): CreditNotes => new DynamoCreditNotes(dynamo(), environment('ORDERS_TABLE')),
);
export const goodsExceptions = /* @__PURE__ */ once(
  (): GoodsExceptions => new DynamoGoodsExceptions(dynamo(), environment('ORDERS_TABLE')),
);
export const openPostage = /* @__PURE__ */ once(
  (): OpenPostage => new DynamoOpenPostage(dynamo(), environment('ORDERS_TABLE')),
);
export const keptAnswers = /* @__PURE__ */ once(
  (): KeptAnswers => new DynamoKeptAnswers(dynamo(), environment('ORDERS_TABLE')),
);
export const accounts = /* @__PURE__ */ once((): Accounts => new DynamoAccounts(dynamo(), environment('ORDERS_TABLE')));
export const people = /* @__PURE__ */ once((): People => new DynamoPeople(dynamo(), environment('ORDERS_TABLE')));
export const receipts = /* @__PURE__ */ once((): Receipts => new DynamoReceipts(dynamo(), environment('ORDERS_TABLE')));
export const disputes = /* @__PURE__ */ once((): Disputes => new DynamoDisputes(dynamo(), environment('ORDERS_TABLE')));
export const strayRefunds = /* @__PURE__ */ once(
  (): StrayRefunds => new DynamoStrayRefunds(dynamo(), environment('ORDERS_TABLE')),
);
export const watermarks = /* @__PURE__ */ once(
  (): Watermarks => new DynamoWatermarks(dynamo(), environment('ORDERS_TABLE')),
);
export const returns = /* @__PURE__ */ once((): Returns => new DynamoReturns(dynamo(), environment('ORDERS_TABLE')));
export const shipmentFinder = /* @__PURE__ */ once(
  (): ShipmentFinder => new DynamoShipmentFinder(dynamo(), environment('ORDERS_TABLE')),
);
/** Our table, but for tenants that have connected a stock system of their own. */
export const stock = /* @__PURE__ */ once((): StockKeeper => {
  // Only who decides on orders has a right to their table.
  const own = new OwnStock(dynamo(), environment('STOCK_TABLE'), process.env['ORDERS_TABLE'] ?? '');
  const all = [...configuredConnections()].filter(([, { provider }]) => provider === 'stock_system');
  if (all.length === 0) return own;
  const systems = new Map(all.map(([id, { tenant }]) => [tenant, id]));
  const elsewhere = new HttpStock(
    async (tenant) => {
      const found = await connections().find(systems.get(tenant) ?? '');
      if (found === undefined) throw new PermanentFault(`the stock system of ${tenant} has no secret`);
      return found;
    },
    () => Date.now(),
  );
  return new StockByTenant((tenant) => (systems.has(tenant) ? elsewhere : own));
});
export const views = /* @__PURE__ */ once((): Views => new DynamoViews(dynamo(), environment('VIEWS_TABLE')));
export const parkedEvents = /* @__PURE__ */ once(
  (): ParkedEvents => new DynamoParkedEvents(dynamo(), environment('VIEWS_TABLE')),
);
/** How events are read off a change of the order table. */
export const eventsOf = readEvents;
/** How much is known of a change whose events cannot be read. */
export const marksOf = readMarks;
export const eventBus = /* @__PURE__ */ once(
  (): EventBus => new EventBridgeBus(new EventBridgeClient({}), environment('EVENT_BUS')),
);

/** How long a caller of the API waits for an instant cancellation before it gets a 202, in milliseconds. */
const patience = 800;

export const workflow = /* @__PURE__ */ once(
  (): Workflow =>
    new StepFunctionsWorkflow(
      // Without this a synchronous run looks for a host of its own, which an endpoint override does not have.
      new SFNClient({ disableHostPrefix: process.env['AWS_ENDPOINT_URL'] !== undefined }),
      { story: process.env['STORY_ARN'] ?? '', unwind: process.env['UNWIND_ARN'] ?? '' },
      patience,
    ),
);

/** `id=provider=tenant`, with commas; empty where no outside party is connected. */
export const configuredConnections = /* @__PURE__ */ once(
  (): ConfiguredConnections =>
    new Map(
      (process.env['CONNECTION_IDS'] ?? '')
        .split(',')
        .filter((entry) => entry !== '')
        .map((entry) => {
          const [id = '', provider = '', ...tenant] = entry.split('=');
          return [id, { provider, tenant: tenant.join('=') }];
        }),
    ),
);

export const connections = /* @__PURE__ */ once(
  (): Connections =>
    new SecretConnections(secrets(), environment('CONNECTION_SECRETS_PREFIX'), configuredConnections(), () =>
      Date.now(),
    ),
);

export const signedTokens = /* @__PURE__ */ once((): SignedTokens => {
  const key = new SigningKey(secrets(), environment('SIGNING_SECRET'));
  return new HmacTokens(() => key.get());
});

/** The record of payment channels: the compiler names a channel that is missing here. */
export const paymentChannels = /* @__PURE__ */ once((): Readonly<Record<PaymentChannelName, PaymentChannel>> => ({
  stripe: stripeChannel(),
  adyen: adyenChannel(),
  klarna: klarnaChannel(),
  paypal: paypalChannel(),
  alipay: alipayChannel({ now }),
  wechat_pay: wechatPayChannel({ now }),
  square: squareChannel(),
  bank_transfer: bankTransferChannel({ now }),
  store_credit: new OwnLedger(dynamo(), environment('ORDERS_TABLE'), 'store_credit', now),
  gift_card: new OwnLedger(dynamo(), environment('ORDERS_TABLE'), 'gift_card', now),
  loyalty_points: new OwnLedger(dynamo(), environment('ORDERS_TABLE'), 'loyalty_points', now),
}));
const webhooksOfPayments = /* @__PURE__ */ once(() => ({
  stripe: stripeWebhook,
  square: squareWebhook,
  adyen: adyenWebhook,
  alipay: alipayWebhook,
  wechat_pay: wechatPayWebhook,
  paypal: paypalWebhook,
  bank_transfer: bankTransferWebhook,
}));
/** Whose webhooks are heard; the compiler names one that the tests do not attack. */
export type PaymentWebhookName = keyof ReturnType<typeof webhooksOfPayments>;
export const paymentWebhooks: () => Readonly<Record<string, PaymentWebhook<NamedByWebhook>>> = webhooksOfPayments;
/** The record of carriers: the compiler names a carrier that is missing here. */
export const carriers = /* @__PURE__ */ once((): Readonly<Record<CarrierName, Carrier>> => ({
  easypost: easypostCarrier(),
  shipengine: shipengineCarrier(),
  ups: upsCarrier(),
  sf_express: sfExpressCarrier(),
}));
export const carrierWebhooks = /* @__PURE__ */ once((): Readonly<Record<string, CarrierWebhook>> => ({
  easypost: easypostWebhook,
  shipengine: shipengineWebhook,
  ups: upsWebhook,
  sf_express: sfExpressWebhook,
}));

const dynamo = /* @__PURE__ */ once(() =>
  DynamoDBDocumentClient.from(new DynamoDBClient({}), { marshallOptions: { removeUndefinedValues: true } }),
);
const secrets = /* @__PURE__ */ once(() => new SecretsManagerClient({}));

function environment(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`the environment lacks ${name}`);
  return value;
}

function once<Value>(build: () => Value): () => Value {
  let built: { value: Value } | undefined;
  return () => (built ??= { value: build() }).value;
}
