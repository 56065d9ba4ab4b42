/** Secrets of the template: from the caller, from the template, or generated once and kept. */
import { randomBytes, randomUUID } from 'node:crypto';
import { ApiError } from './api-error';
import { flag, integer, isRecord, type Json, text } from './json';
import type { Store } from './stand-in';
import type { Model, ResolvedResource } from './template/model';

interface Secret {
  readonly arn: string;
  readonly name: string;
  value: string;
  version: string;
}

export class Secrets {
  private readonly byName = new Map<string, Secret>();

  constructor(private readonly store: Store) {}

  async load(model: Model, given: Readonly<Record<string, string>>): Promise<void> {
    for (const resource of model.ofType('AWS::SecretsManager::Secret')) {
      const { name, arn, properties } = resource;
      const known =
        given[name] ??
        given[resource.logicalId] ??
        (await this.store.get<string>(name)) ??
        text(properties['SecretString']);
      const value = known ?? generated(resource);
      if (known !== value || given[name] !== undefined) await this.store.put(name, value);
      this.byName.set(name, { arn, name, value, version: randomUUID() });
    }
  }

  /** The value of a secret by its name or ARN. */
  value(id: string): string | undefined {
    return this.find(id)?.value;
  }

  /** Answers one operation of the AWS JSON protocol. */
  async handle(operation: string, input: Json): Promise<unknown> {
    const secret = this.find(text(input['SecretId']) ?? '');
    if (!secret) {
      throw new ApiError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    }
    const { arn: ARN, name: Name, version: VersionId } = secret;
    switch (operation) {
      case 'GetSecretValue': {
        const stage = text(input['VersionStage']) ?? 'AWSCURRENT';
        if (stage !== 'AWSCURRENT') {
          throw new ApiError(
            'ResourceNotFoundException',
            `Secrets Manager can't find the specified secret value for staging label: ${stage}`,
          );
        }
        return { ARN, Name, VersionId, SecretString: secret.value, VersionStages: ['AWSCURRENT'], CreatedDate: 0 };
      }
      case 'DescribeSecret':
        return { ARN, Name, VersionIdsToStages: { [VersionId]: ['AWSCURRENT'] } };
      case 'PutSecretValue': {
        secret.value = text(input['SecretString']) ?? '';
        secret.version = randomUUID();
        await this.store.put(Name, secret.value);
        return { ARN, Name, VersionId: secret.version, VersionStages: ['AWSCURRENT'] };
      }
      default:
        throw ApiError.unsupported(`secretsmanager:${operation}`);
    }
  }

  private find(id: string): Secret | undefined {
    const direct = this.byName.get(id);
    if (direct) return direct;
    const name = id.replace(/^arn:.*:secret:/, '');
    // An ARN ends in a hyphen and six characters, which callers may leave away.
    return this.byName.get(name) ?? this.byName.get(name.replace(/-[^-]{6}$/, ''));
  }
}

function generated({ properties }: ResolvedResource): string {
  const wish = properties['GenerateSecretString'];
  if (!isRecord(wish)) return '';
  const length = integer(wish['PasswordLength']) ?? 32;
  const excluded = text(wish['ExcludeCharacters']) ?? '';
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  const signs = flag(wish['ExcludePunctuation']) ? '' : '!#$%&()*+,-./:;<=>?@[]^_{|}~';
  const alphabet = [...letters, ...signs].filter((character) => !excluded.includes(character));
  let password = '';
  while (password.length < length) password += alphabet[(randomBytes(1)[0] ?? 0) % alphabet.length] ?? '';
  const key = text(wish['GenerateStringKey']);
  if (!key) return password;
  const template: unknown = JSON.parse(text(wish['SecretStringTemplate']) ?? '{}');
  return JSON.stringify({ ...(isRecord(template) ? template : {}), [key]: password });
}
