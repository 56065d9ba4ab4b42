/** The outside parties of the laptop: their stand-ins, and the connections that lead to them. */
import type { LaptopOptions } from './laptop';
import { alipayStandIn } from './stand-ins/alipay';
import { easypostStandIn } from './stand-ins/easypost';
import { rsaPair } from './stand-ins/rsa-pair';
import { paypalStandIn } from './stand-ins/paypal';
import { paypalAuthority } from './stand-ins/paypal-signer';
import { secretAccounts } from './stand-ins/secret-accounts';
import { stripeStandIn } from './stand-ins/stripe';

const secretOf = (connectionId: string): string => `order-cancellation/laptop/connections/${connectionId}`;

const alipaysKey = rsaPair();

const connections = {
  con_stripe_demo: {
    tenant: 'demo',
    provider: 'stripe',
    apiKey: 'sk_test_laptop',
    webhookSecrets: ['whsec_laptop_stripe'],
  },
  con_alipay_demo: {
    tenant: 'demo',
    provider: 'alipay',
    apiKey: '2021000000000000',
    settings: { privateKey: rsaPair().privateKey, sellerId: '2088000000000000' },
    webhookSecrets: [alipaysKey.publicKey],
  },
  con_paypal_demo: {
    tenant: 'demo',
    provider: 'paypal',
    apiKey: 'laptop-paypal-secret',
    settings: { clientId: 'laptop-paypal', webhookCa: paypalAuthority.certificate },
    webhookSecrets: ['1JE4291016473214C'],
  },
  con_easypost_demo: {
    tenant: 'demo',
    provider: 'easypost',
    apiKey: 'EZTK_laptop',
    webhookSecrets: ['laptop-easypost'],
  },
} as const;

/** What `startLaptop` needs so that the service finds its payment provider and its carrier. */
export function outsideParties(): Pick<LaptopOptions, 'standIns' | 'secrets'> {
  const secrets = Object.entries(connections).map(([id, connection]) => [
    secretOf(id),
    JSON.stringify({ id, ...connection, baseUrl: '{{baseUrl}}' }),
  ]);
  return {
    standIns: [
      stripeStandIn({ accounts: secretAccounts([secretOf('con_stripe_demo')]) }),
      alipayStandIn({
        accounts: secretAccounts([secretOf('con_alipay_demo')]),
        privateKey: alipaysKey.privateKey,
      }),
      paypalStandIn({ accounts: secretAccounts([secretOf('con_paypal_demo')]) }),
      easypostStandIn({ accounts: secretAccounts([secretOf('con_easypost_demo')]) }),
    ],
    secrets: Object.fromEntries(secrets) as Record<string, string>,
  };
}
