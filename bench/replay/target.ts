import { availableParallelism } from 'node:os';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { assembly } from '../../infra/local/assembly';
import { startLaptop } from '../../infra/local/laptop';
import { stripeStandIn } from '../../infra/local/stand-ins/stripe';
import { Host } from './host';
import { stripeConnection, type Naming } from './intake';

/** Where a replay runs, and under which names. */
export interface Target {
  host: Host;
  naming: Naming;
  /** Rejects when the host cannot go on, e.g. because the disk is full. */
  failed: Promise<never>;
  close(): Promise<void>;
}

const tenant = 'demo';

/** A running laptop host, or one of our own whose clock starts with the file. */
export async function openTarget(url: string | undefined, startAt: number): Promise<Target> {
  if (url === undefined) return startOwn(startAt);
  const run = Date.now().toString(36);
  const naming = { tenant, merchantId: `replay-${run}`, prefix: `${run}-`, location: `replay-${run}` };
  return { host: new Host(url), naming, failed: new Promise(() => undefined), close: () => Promise.resolve() };
}

async function startOwn(startAt: number): Promise<Target> {
  const account = { id: stripeConnection, apiKey: 'sk_test_replay', webhookSecrets: ['whsec_replay'] };
  const laptop = await startLaptop({
    assembly: await assembly(),
    port: 0,
    now: startAt,
    log: 'silent',
    workersPerFunction: availableParallelism(),
    standIns: [stripeStandIn({ accounts: () => Promise.resolve([account]) })],
  });
  try {
    await connect(laptop.baseUrl, account);
  } catch (error) {
    await laptop.close();
    throw error;
  }
  const naming = { tenant, merchantId: 'replay', prefix: '', location: 'replay' };
  const failed = laptop.failed.then((reason) => Promise.reject(new Error(reason)));
  // Whoever races against it hears of it; nobody else has to.
  failed.catch(() => undefined);
  return { host: new Host(laptop.baseUrl), naming, failed, close: () => laptop.close() };
}

/** Points the card connection at the stand-in; its address is known only once the host has a port. */
async function connect(baseUrl: string, account: { id: string; apiKey: string; webhookSecrets: string[] }) {
  const secrets = new SecretsManagerClient({
    endpoint: baseUrl,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'replay', secretAccessKey: 'replay' },
  });
  const { id, apiKey, webhookSecrets } = account;
  const connection = { id, tenant, provider: 'stripe', apiKey, webhookSecrets, baseUrl };
  await secrets.send(
    new PutSecretValueCommand({
      SecretId: `order-cancellation/laptop/connections/${id}`,
      SecretString: JSON.stringify(connection),
    }),
  );
  secrets.destroy();
}
