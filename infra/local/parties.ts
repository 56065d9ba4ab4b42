/** The outside parties of the laptop: their stand-ins, and the connections that lead to them. */
import type { LaptopOptions } from './laptop';
import { adyenStandIn } from './stand-ins/adyen';
import { adyenTransfersStandIn } from './stand-ins/adyen-transfers';
import { alipayStandIn } from './stand-ins/alipay';
import { easypostStandIn } from './stand-ins/easypost';
import { klarnaStandIn } from './stand-ins/klarna';
import { paypalStandIn } from './stand-ins/paypal';
import { paypalAuthority } from './stand-ins/paypal-signer';
import { rsaPair } from './stand-ins/rsa-pair';
import { sfExpressStandIn } from './stand-ins/sf-express';
import { shipengineStandIn } from './stand-ins/shipengine';
import { squareStandIn } from './stand-ins/square';
import { secretAccounts } from './stand-ins/secret-accounts';
import { stockSystemStandIn } from './stand-ins/stock-system';
import { stripeStandIn } from './stand-ins/stripe';
import { upsStandIn } from './stand-ins/ups';
import { wechatPayStandIn } from './stand-ins/wechat-pay';

const secretOf = (connectionId: string): string => `order-cancellation/laptop/connections/${connectionId}`;

const alipaysKey = rsaPair();
const wechatPaysKey = rsaPair();
const wechatPaysSerial = 'PUB_KEY_ID_0000000000000000000000000000000001';

const connections = {
  con_stripe_demo: {
    tenant: 'demo',
    provider: 'stripe',
    apiKey: 'sk_test_laptop',
    webhookSecrets: ['whsec_laptop_stripe'],
  },
  con_klarna_demo: {
    tenant: 'demo',
    provider: 'klarna',
    apiKey: 'klarna_test_laptop',
    webhookSecrets: [],
  },
  con_adyen_demo: {
    tenant: 'demo',
    provider: 'adyen',
    apiKey: 'AQE_laptop',
    settings: { merchantAccount: 'LaptopDemo' },
    webhookSecrets: ['6c6170746f702d616479656e2d686d61632d6b65792d6e6f742d736563726574'],
  },
  con_paypal_demo: {
    tenant: 'demo',
    provider: 'paypal',
    apiKey: 'laptop-paypal-secret',
    settings: { clientId: 'laptop-paypal', webhookCa: paypalAuthority.certificate },
    webhookSecrets: ['1JE4291016473214C'],
  },
  con_alipay_demo: {
    tenant: 'demo',
    provider: 'alipay',
    apiKey: '2021000000000000',
    settings: { privateKey: rsaPair().privateKey, sellerId: '2088000000000000' },
    webhookSecrets: [alipaysKey.publicKey],
  },
  con_wechat_pay_demo: {
    tenant: 'demo',
    provider: 'wechat_pay',
    apiKey: '1900000001',
    settings: {
      privateKey: rsaPair().privateKey,
      serial: '0000000000000000000000000000000000000001',
      [`platformKey.${wechatPaysSerial}`]: wechatPaysKey.publicKey,
    },
    webhookSecrets: ['laptop-wechat-pay-apiv3-key-0000'],
  },
  con_square_demo: {
    tenant: 'demo',
    provider: 'square',
    apiKey: 'EAAA-laptop-square',
    settings: { notificationUrl: '{{baseUrl}}/webhooks/payments/square/con_square_demo' },
    webhookSecrets: ['laptop-square-signature-key'],
  },
  con_bank_transfer_demo: {
    tenant: 'demo',
    provider: 'bank_transfer',
    apiKey: 'AQE_laptop_transfers',
    settings: { balanceAccountId: 'BA00000000000000000000001' },
    webhookSecrets: ['6c6170746f702d7472616e73666572732d686d61632d6e6f742d736563726574'],
  },
  con_easypost_demo: {
    tenant: 'demo',
    provider: 'easypost',
    apiKey: 'EZTK_laptop',
    webhookSecrets: ['laptop-easypost'],
  },
  con_shipengine_demo: {
    tenant: 'demo',
    provider: 'shipengine',
    apiKey: 'TEST_laptop_shipengine',
    webhookSecrets: ['laptop-shipengine'],
  },
  con_ups_demo: {
    tenant: 'demo',
    provider: 'ups',
    apiKey: 'laptop-ups-secret',
    settings: { clientId: 'laptop-ups', contactName: 'Laptop Demo', contactPhone: '+15550100' },
    webhookSecrets: ['laptop-ups-credential'],
  },
  con_sf_express_demo: {
    tenant: 'demo',
    provider: 'sf_express',
    apiKey: 'laptop-sf-checkword',
    settings: {
      partnerId: 'LAPTOP',
      returnProvince: '广东省',
      returnCity: '深圳市',
      returnCounty: '南山区',
      returnAddress: '软件产业基地 1 栋',
      returnContact: 'Laptop Demo',
      returnPhone: '+8675500000000',
    },
    webhookSecrets: ['laptop-sf-checkword'],
  },
  // A tenant that keeps its stock in a system of its own.
  con_stock_system_demo: {
    tenant: 'elsewhere',
    provider: 'stock_system',
    apiKey: 'laptop-stock-system',
    webhookSecrets: [],
  },
} as const;

/** What `startLaptop` needs so that the service finds its payment providers and its carriers. */
export function outsideParties(): Pick<LaptopOptions, 'standIns' | 'secrets'> {
  const secrets = Object.entries(connections).map(([id, connection]) => [
    secretOf(id),
    JSON.stringify({ id, ...connection, baseUrl: '{{baseUrl}}' }),
  ]);
  return {
    standIns: [
      stripeStandIn({ accounts: secretAccounts([secretOf('con_stripe_demo')]) }),
      adyenStandIn({ accounts: secretAccounts([secretOf('con_adyen_demo')]) }),
      klarnaStandIn({ accounts: secretAccounts([secretOf('con_klarna_demo')]) }),
      paypalStandIn({ accounts: secretAccounts([secretOf('con_paypal_demo')]) }),
      alipayStandIn({
        accounts: secretAccounts([secretOf('con_alipay_demo')]),
        privateKey: alipaysKey.privateKey,
      }),
      wechatPayStandIn({
        accounts: secretAccounts([secretOf('con_wechat_pay_demo')]),
        platform: { serial: wechatPaysSerial, privateKey: wechatPaysKey.privateKey },
      }),
      squareStandIn({ accounts: secretAccounts([secretOf('con_square_demo')]) }),
      adyenTransfersStandIn({ accounts: secretAccounts([secretOf('con_bank_transfer_demo')]) }),
      easypostStandIn({ accounts: secretAccounts([secretOf('con_easypost_demo')]) }),
      shipengineStandIn({ accounts: secretAccounts([secretOf('con_shipengine_demo')]) }),
      upsStandIn({ accounts: secretAccounts([secretOf('con_ups_demo')]) }),
      sfExpressStandIn({ accounts: secretAccounts([secretOf('con_sf_express_demo')]) }),
      stockSystemStandIn({ accounts: secretAccounts([secretOf('con_stock_system_demo')]) }),
    ],
    secrets: Object.fromEntries(secrets) as Record<string, string>,
  };
}
