import { PermanentFault } from '../../domain/faults';
import type { Connection } from '../../ports/connections';

type Members = Readonly<Record<string, unknown>>;

/** Names that may be told; anything else in the place of a name may be a secret that somebody put there. */
const NAME = /^[A-Za-z][\w.-]{0,80}$/;

/**
 * A connection out of the text of its secret, of which a person wrote a part: the shape is in docs/channels.md, Credentials.
 *
 * @param stage whose it is and to whom it leads, by the stage
 * @throws {PermanentFault} which names the connection and the member that is wrong, and nothing of what is in it
 */
export function readConnection(
  id: string,
  stage: Pick<Connection, 'tenant' | 'provider'>,
  secret: string | undefined,
): Connection {
  const members = membersOf(secret);
  if (members === undefined) throw wrong(id, 'is no JSON object');
  const { settings, baseUrl, webhookSecrets } = members;
  for (const member of ['tenant', 'provider'] as const) {
    if (text(id, members, member) !== stage[member])
      throw wrong(id, `has a ${member} that is not the one of the stage`);
  }
  if (!Array.isArray(webhookSecrets)) throw wrong(id, 'has no list webhookSecrets');
  const strange = webhookSecrets.findIndex((one) => typeof one !== 'string');
  if (strange >= 0) throw wrong(id, `has a webhookSecrets[${strange}] that is no text`);
  return {
    id,
    tenant: stage.tenant,
    provider: stage.provider,
    apiKey: text(id, members, 'apiKey'),
    webhookSecrets: webhookSecrets as string[],
    ...(settings === undefined ? {} : { settings: settingsOf(id, settings) }),
    ...(baseUrl === undefined ? {} : { baseUrl: text(id, members, 'baseUrl') }),
  };
}

function settingsOf(id: string, settings: unknown): Readonly<Record<string, string>> {
  if (!isObject(settings)) throw wrong(id, 'has settings that are no object');
  for (const [name, value] of Object.entries(settings)) {
    if (typeof value !== 'string') throw wrong(id, `has a settings.${NAME.test(name) ? name : '?'} that is no text`);
  }
  return settings as Readonly<Record<string, string>>;
}

/** What the error of the parser says would quote the secret. */
function membersOf(secret: string | undefined): Members | undefined {
  try {
    const found: unknown = JSON.parse(secret ?? '');
    return isObject(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

function text(id: string, members: Members, name: string): string {
  const value = members[name];
  if (typeof value !== 'string' || value === '') throw wrong(id, `has no text ${name}`);
  return value;
}

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const wrong = (id: string, what: string): PermanentFault =>
  new PermanentFault(`connection ${id}: its secret ${what} (docs/channels.md, Credentials)`);
