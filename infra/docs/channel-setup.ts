import type { PaymentChannelName } from '../../shared/domain/channel';

/** What somebody has to do before a channel moves money: the connection's secret, and what the provider is told. */
export interface ConnectionSetup {
  /** Who moves the money. */
  provider: string;
  /** What has to be settled with the provider before anything else. */
  first?: string;
  /** What stands in the secret under this name. */
  apiKey: string;
  /** What each entry of the list is. */
  webhookSecrets: string;
  settings: readonly Setting[];
  /** What to change for a test account. */
  trial: string;
  /** How the outcome of a refund becomes known here when the answer to it is not the outcome. */
  toldBy: 'webhook' | 'query' | 'webhook or query';
  webhook: WebhookSetup | NoWebhook;
  /** What is peculiar about changing this provider's keys. */
  rotation: string;
}

export interface Setting {
  name: string;
  required: boolean;
  /** One sentence. */
  says: string;
}

export interface WebhookSetup {
  /** As the adapter reads them. */
  events: readonly string[];
  how: string;
  /** The body that the provider wants to read; absent: any 200 will do. */
  reads?: string;
  /** What becomes of a message that does not arrive. */
  missed: string;
  guide: string;
}

export interface NoWebhook {
  none: string;
}

export interface NothingToSetUp {
  nothing: string;
}

export type ChannelSetup = ConnectionSetup | NothingToSetUp;

const listed = "It is found in the provider's own list, which is read every fifteen minutes.";
const polled = 'The provider is asked about every refund that is under way.';
const ownLedger = { nothing: 'Our own ledger: no connection, no secret, no webhook.' };

/** How each channel is set up: the compiler names one that is missing here. */
export const channelSetup: Readonly<Record<PaymentChannelName, ChannelSetup>> = {
  stripe: {
    provider: 'Stripe',
    apiKey:
      'A secret key (`sk_...`), or a restricted one (`rk_...`) that may write refunds and payment intents and read events.',
    webhookSecrets: 'The signing secret of the endpoint (`whsec_...`).',
    settings: [],
    trial: 'The key of a sandbox (`sk_test_...`); the address is the same.',
    toldBy: 'webhook or query',
    webhook: {
      events: [
        ...['refund.created', 'refund.updated', 'refund.failed'],
        ...['charge.dispute.created', 'charge.dispute.updated', 'charge.dispute.closed'],
      ],
      how: 'Add an endpoint with this address and these events. A message that was signed more than five minutes ago is refused.',
      missed: listed,
      guide: 'https://docs.stripe.com/webhooks',
    },
    rotation:
      'Roll the secret of the endpoint and let the old one expire later, not at once: until then Stripe signs with both.',
  },
  adyen: {
    provider: 'Adyen',
    apiKey: 'The API key of a credential that may call the Checkout API for the merchant account.',
    webhookSecrets: 'The HMAC key of the webhook, in hexadecimal, as the Customer Area shows it.',
    settings: [
      {
        name: 'merchantAccount',
        required: true,
        says: "Which of the company's merchant accounts this connection is; messages about others are ignored.",
      },
      {
        name: 'liveEndpointPrefix',
        required: false,
        says: 'For live payments: the prefix of the live addresses (Customer Area, Developers, API URLs).',
      },
    ],
    trial: 'Leave `liveEndpointPrefix` out: calls then go to the test address.',
    toldBy: 'webhook',
    webhook: {
      events: [
        ...['REFUND', 'REFUND_FAILED', 'REFUNDED_REVERSED', 'CANCELLATION', 'CANCEL_OR_REFUND', 'TECHNICAL_CANCEL'],
        ...['NOTIFICATION_OF_CHARGEBACK', 'CHARGEBACK', 'CHARGEBACK_REVERSED', 'SECOND_CHARGEBACK'],
        ...['DISPUTE_DEFENSE_PERIOD_ENDED', 'ISSUER_RESPONSE_TIMEFRAME_EXPIRED', 'PREARBITRATION_OPEN'],
        ...['PREARBITRATION_WON', 'PREARBITRATION_LOST', 'PREARBITRATION_ISSUER_WITHDRAWN', 'SCHEME_ARBITRATION'],
        ...['SCHEME_ARBITRATION_WON', 'SCHEME_ARBITRATION_LOST'],
      ],
      how: 'Add a Standard webhook in JSON with this address and an HMAC key, and see that these events are among its own.',
      reads: '[accepted]',
      missed: 'Adyen cannot be asked, so a refund of which no message comes stays pending until a person settles it.',
      guide: 'https://docs.adyen.com/development-resources/webhooks/best-practices/',
    },
    rotation:
      'Generate a new HMAC key. Adyen takes a while to use it everywhere, so the old one stays in the list until no message comes under it.',
  },
  klarna: {
    provider: 'Klarna',
    apiKey: 'The API key as Klarna shows it (`klarna_live_api_...`), or the password that belongs to `username`.',
    webhookSecrets: 'An empty list.',
    settings: [
      { name: 'region', required: false, says: 'Where the account is: `eu` (if absent), `na` or `oc`.' },
      { name: 'username', required: false, says: 'For credentials of the older kind, name and password.' },
    ],
    trial:
      'A test key (`klarna_test_api_...`) and `baseUrl` `https://api.playground.klarna.com`; see https://docs.klarna.com/api/api-urls/ for other regions.',
    toldBy: 'query',
    webhook: {
      none: 'Klarna tells nothing of a refund. One that was created is done, and a lost answer is found in the order.',
    },
    rotation: 'Several keys may live at the same time: disable the old one last.',
  },
  paypal: {
    provider: 'PayPal',
    apiKey: 'The secret of the REST app.',
    webhookSecrets:
      'The id of the webhook at PayPal. It is no secret, but part of what is signed, so that messages to others do not verify.',
    settings: [
      { name: 'clientId', required: true, says: 'The client id of the same REST app.' },
      {
        name: 'webhookCa',
        required: false,
        says: "PEM of the authorities that may vouch for PayPal's webhook certificate; absent: the public ones that come with Node.",
      },
    ],
    trial: 'The credentials of a sandbox app and `baseUrl` `https://api-m.sandbox.paypal.com`.',
    toldBy: 'webhook or query',
    webhook: {
      events: [
        ...['PAYMENT.CAPTURE.REFUNDED', 'PAYMENT.REFUND.PENDING', 'PAYMENT.REFUND.FAILED'],
        ...['CUSTOMER.DISPUTE.CREATED', 'CUSTOMER.DISPUTE.UPDATED', 'CUSTOMER.DISPUTE.RESOLVED'],
      ],
      how: 'Add a webhook to the app whose `clientId` the connection has: PayPal tells and lists events of that app only.',
      missed: `${listed} The list is empty for an app that has subscribed to none of these events.`,
      guide: 'https://developer.paypal.com/api/rest/webhooks',
    },
    rotation:
      'The id of a webhook does not change; one that is made anew has another, which stands beside the old one until that is deleted. An app may have a second secret: disable the first one last.',
  },
  alipay: {
    provider: 'Alipay',
    apiKey: 'The id of the app (APPID).',
    webhookSecrets:
      "Alipay's public key for the app (public key mode), which signs its answers and its notices. Without one nothing is sent.",
    settings: [
      {
        name: 'privateKey',
        required: true,
        says: "The app's own RSA private key, as PEM or as the bare base64 of Alipay's tools.",
      },
      {
        name: 'sellerId',
        required: true,
        says: "The shop's account at Alipay (2088...), which notices name; one for another seller is refused.",
      },
      {
        name: 'unpaid',
        required: false,
        says: '`cancel` for shops with the in-store product: an unpaid trade is then cancelled; else it is closed.',
      },
    ],
    trial: "The app of Alipay's sandbox, and `baseUrl` with the gateway's host that it names.",
    toldBy: 'webhook or query',
    webhook: {
      events: ['gmt_refund', 'alipay.trade.refund.depositback.completed'],
      how: 'Optional. Alipay tells of a refund where it tells of the payment, at the `notify_url` that your checkout has given, in notices with `gmt_refund`: pass these on, byte for byte. The other message goes to the gateway of the app.',
      reads: 'success',
      missed: `${polled} As a rule Alipay has answered before.`,
      guide: 'https://opendocs.alipay.com/open/270/105902',
    },
    rotation:
      "Alipay's key: the new one goes in beside the old one before the app is switched. The app's own key has one place on each side: what Alipay refuses between the two changes has failed for good, so choose an hour without refunds.",
  },
  wechat_pay: {
    provider: 'WeChat Pay',
    apiKey: 'The merchant id (mchid).',
    webhookSecrets: 'The APIv3 key, 32 characters, which opens notices.',
    settings: [
      { name: 'privateKey', required: true, says: "The private key of the merchant's API certificate, as PEM." },
      { name: 'serial', required: true, says: 'The serial number of that certificate.' },
      {
        name: 'platformKey.<serial>',
        required: true,
        says: 'A platform certificate, or a public key `PUB_KEY_ID_...`, that may sign for WeChat Pay, as PEM; one setting for each.',
      },
      {
        name: 'notifyUrl',
        required: false,
        says: 'The address below, sent with each refund; absent: as set on the merchant platform.',
      },
    ],
    trial: 'None that we know of: a test needs a real merchant and small sums.',
    toldBy: 'webhook or query',
    webhook: {
      events: ['REFUND.SUCCESS', 'REFUND.ABNORMAL', 'REFUND.CLOSED'],
      how: 'Nothing to subscribe to: put the address into `notifyUrl`. WeChat Pay wants its 200 within five seconds, and now and then sends a message with a wrong signature (`WECHATPAY/SIGNTEST/`) to see it refused.',
      missed: polled,
      guide: 'https://pay.weixin.qq.com/doc/v3/merchant/4012082053',
    },
    rotation:
      'You choose the APIv3 key, so the new one goes in before it is set on the merchant platform. A new platform key goes in under its own serial before WeChat Pay signs with it. `privateKey` and `serial` change together, while the old certificate is still valid.',
  },
  square: {
    provider: 'Square',
    apiKey:
      "The seller's access token, with PAYMENTS_READ and PAYMENTS_WRITE. Nothing here renews it: replace one that expires in time.",
    webhookSecrets: 'The signature key of the webhook subscription.',
    settings: [
      {
        name: 'notificationUrl',
        required: true,
        says: 'The address below as it is registered at Square, letter by letter: it is part of what is signed.',
      },
      {
        name: 'merchantId',
        required: false,
        says: 'The seller whose events these are, where one application serves several sellers; others are ignored.',
      },
    ],
    trial: 'A sandbox token and `baseUrl` `https://connect.squareupsandbox.com`.',
    toldBy: 'webhook or query',
    webhook: {
      events: ['refund.created', 'refund.updated', 'dispute.created', 'dispute.state.updated'],
      how: 'Add a webhook subscription to the application with this address and these events.',
      missed: `${listed} Of disputes it is told by webhook only: a missed one stops no refund here, and Square may refuse it then.`,
      guide: 'https://developer.squareup.com/docs/webhooks/webhook-subscriptions-api',
    },
    rotation:
      'Square replaces the signature key at once. What it sends before the new one is in the list is refused, and sent again.',
  },
  bank_transfer: {
    provider: 'Adyen (Transfers API)',
    first:
      'Ask Adyen whether your contract lets you have transfer instruments of your buyers: its guides tie them to the owner of the balance account.',
    apiKey: 'The API key of a credential that may use the Transfers API of the balance platform.',
    webhookSecrets: 'The HMAC key of the transfer webhook, in hexadecimal, as the Customer Area shows it.',
    settings: [
      {
        name: 'balanceAccountId',
        required: true,
        says: 'The balance account (`BA...`) out of which is paid; messages about others are ignored.',
      },
      {
        name: 'priority',
        required: false,
        says: 'How fast it pays, and what that costs the shop: `regular` (if absent), `fast`, `wire`, `instant` or `crossBorder`.',
      },
      { name: 'live', required: false, says: '`true` for live payments; else calls go to the test address.' },
    ],
    trial: 'Leave `live` out.',
    toldBy: 'webhook or query',
    webhook: {
      events: ['balancePlatform.transfer.created', 'balancePlatform.transfer.updated'],
      how: "Add a transfer webhook to the balance platform with this address and an HMAC key. It is told of every balance account; other accounts' transfers are ignored.",
      missed: `${listed} What a bank returns more than 14 days after a payout was made is told by webhook only.`,
      guide: 'https://docs.adyen.com/api-explorer/transfer-webhooks/4/overview',
    },
    rotation:
      'As with Adyen: generate a new HMAC key, and keep the old one in the list until no message comes under it.',
  },
  store_credit: ownLedger,
  gift_card: ownLedger,
  loyalty_points: ownLedger,
};
