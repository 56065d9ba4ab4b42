/** Finds a party's accounts where the application keeps them: one JSON secret per connection. */
import { list, record, text } from '../json';
import { settingsOf, type AccountSource, type PartyAccount } from './party-settings';

/**
 * @param names of the secrets, e.g. `order-cancellation/laptop/connections/con_stripe_demo`
 * @returns a source that leaves out secrets that are missing or hold no account
 */
export function secretAccounts(names: readonly string[]): AccountSource {
  return async (host) => {
    const found = await Promise.all(names.map(async (name) => accountOf(await host.secret(name))));
    return found.filter((account) => account !== undefined);
  };
}

function accountOf(secret: string | undefined): PartyAccount | undefined {
  if (secret === undefined) return undefined;
  const value = record(JSON.parse(secret));
  const id = text(value['id']);
  const apiKey = text(value['apiKey']);
  if (!id || !apiKey) return undefined;
  const webhookSecrets = list(value['webhookSecrets']).filter((one) => typeof one === 'string');
  return { id, apiKey, webhookSecrets, settings: settingsOf(value['settings']) };
}
