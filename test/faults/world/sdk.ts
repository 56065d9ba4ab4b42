/** The SDK's clients, up to `send`: from there on the world answers. */
import type { TableAction } from '../../../infra/functions';
import { TransactionCanceledException, TransactionConflictException } from '@aws-sdk/client-dynamodb';
import type { Cloud } from './cloud';
import { packageNamed } from './packages';
import type { FaultKind } from '../plan';

interface Command {
  readonly constructor: { readonly name: string };
  readonly input: Record<string, unknown>;
}

export function sdkModules(cloud: () => Cloud): Record<string, unknown> {
  const real = (name: string): Record<string, unknown> => ({ ...packageNamed(name) });
  class DynamoDBClient {}
  class DynamoDBDocumentClient {
    static from(): DynamoDBDocumentClient {
      return new DynamoDBDocumentClient();
    }
    send(command: Command): Promise<unknown> {
      return table(cloud(), command);
    }
  }
  class SFNClient {
    send(command: Command, options?: { abortSignal?: AbortSignal }): Promise<unknown> {
      return states(cloud(), command, options?.abortSignal);
    }
  }
  class EventBridgeClient {
    send(command: Command): Promise<unknown> {
      return bus(cloud(), command);
    }
  }
  class SecretsManagerClient {
    send(command: Command): Promise<unknown> {
      return secret(cloud(), command);
    }
  }
  return {
    '@aws-sdk/client-dynamodb': { ...real('@aws-sdk/client-dynamodb'), DynamoDBClient },
    '@aws-sdk/lib-dynamodb': { ...lightCommands(real('@aws-sdk/lib-dynamodb')), DynamoDBDocumentClient },
    '@aws-sdk/client-sfn': { ...real('@aws-sdk/client-sfn'), SFNClient },
    '@aws-sdk/client-eventbridge': { ...real('@aws-sdk/client-eventbridge'), EventBridgeClient },
    '@aws-sdk/client-secrets-manager': { ...real('@aws-sdk/client-secrets-manager'), SecretsManagerClient },
  };
}

/** Commands that carry their input and nothing else: the real ones build a stack of middleware that nobody here calls. */
function lightCommands(exported: Record<string, unknown>): Record<string, unknown> {
  const light = Object.keys(exported)
    .filter((name) => name.endsWith('Command'))
    .map((name) => {
      const command = class {
        constructor(readonly input: object) {}
      };
      Object.defineProperty(command, 'name', { value: name });
      return [name, command] as const;
    });
  return { ...exported, ...Object.fromEntries(light) };
}

const always = ['crash_before', 'crash_after', 'throttled', 'slow', 'overtaken', 'hung'] as const;
const ofRead: readonly FaultKind[] = [...always, 'timeout_lost'];
const ofStaleRead: readonly FaultKind[] = [...ofRead, 'stale', 'staler'];
const ofWrite: readonly FaultKind[] = [...always, 'timeout_lost', 'timeout_applied', 'conflict', 'repeated'];
/** The SDK repeats a transaction under its own token, so its repetition answers as the first would have. */
const ofTransaction: readonly FaultKind[] = ofWrite.filter((kind) => kind !== 'repeated');
const ofCall: readonly FaultKind[] = [...always, 'timeout_lost', 'timeout_applied'];

function table(cloud: Cloud, { constructor: { name }, input }: Command): Promise<unknown> {
  const read = name === 'GetCommand' || name === 'QueryCommand';
  const eventual =
    name === 'QueryCommand' ? input['ConsistentRead'] !== true : input['ConsistentRead'] !== true && read;
  const kinds = !read ? (name === 'TransactWriteCommand' ? ofTransaction : ofWrite) : eventual ? ofStaleRead : ofRead;
  return cloud.call({
    label: labelOf(name, input),
    effect: !read,
    kinds,
    request: () => JSON.stringify(input),
    perform: (kind) => {
      if (!read) watchTenants(cloud, input);
      return cloud.tables.carryOut(name, input, cloud.world.now, kind === 'stale' ? 1 : kind === 'staler' ? 3 : 0);
    },
    failure: (kind) => (kind === 'conflict' ? conflict(name, input) : awsError(kind)),
  });
}

/** Every write of a process that works for a tenant goes to a partition of that tenant. */
function watchTenants(cloud: Cloud, input: Record<string, unknown>): void {
  const tenant = cloud.world.current?.tenant;
  if (tenant === undefined) return;
  const actions = (input['TransactItems'] as Record<string, Record<string, unknown>>[] | undefined) ?? [{ one: input }];
  for (const action of actions.flatMap((item) => Object.values(item))) {
    const partition = String(((action['Item'] ?? action['Key']) as Record<string, unknown>)['pk']);
    if (partition.startsWith('T#') && !partition.startsWith(`T#${tenant}#`)) {
      cloud.crossings.push(`${cloud.world.current?.name ?? ''} for ${tenant} wrote ${partition}`);
    }
  }
}

function awsError(kind: FaultKind): Error {
  if (kind === 'throttled') {
    return Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException', $retryable: { throttling: true } });
  }
  return Object.assign(new Error('Connection timed out after 3000 ms'), { name: 'TimeoutError' });
}

function conflict(name: string, input: Record<string, unknown>): Error {
  const $metadata = {};
  if (name !== 'TransactWriteCommand') {
    return new TransactionConflictException({
      message: 'Transaction is ongoing for the item',
      $metadata,
    });
  }
  const items = input['TransactItems'] as unknown[];
  return new TransactionCanceledException({
    message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${items
      .map((_, at) => (at === 0 ? 'TransactionConflict' : 'None'))
      .join(', ')}]`,
    CancellationReasons: items.map((_, at) => (at === 0 ? { Code: 'TransactionConflict' } : { Code: 'None' })),
    $metadata,
  });
}

/** `PutItem orders cancellation`: the action, the table, and what kind of item its key says it is. */
function labelOf(name: string, input: Record<string, unknown>): string {
  if (name === 'TransactWriteCommand') {
    const parts = (input['TransactItems'] as Record<string, Record<string, unknown>>[]).map((item) => {
      const [[kind, action] = ['?', {}]] = Object.entries(item);
      const key = (action['Item'] ?? action['Key']) as Record<string, unknown>;
      return `${kind} ${kindOf(key)}`;
    });
    return `TransactWriteItems ${[...new Set(parts)].join(' + ')}`;
  }
  const action = name.replace('Command', name === 'QueryCommand' ? '' : 'Item') as TableAction;
  const target = String(input['TableName']);
  if (name === 'QueryCommand') {
    const values = Object.values(input['ExpressionAttributeValues'] as Record<string, unknown>).map(String);
    return `${action} ${target} ${(input['IndexName'] as string | undefined) ?? partitionKind(values[0] ?? '')}`;
  }
  return `${action} ${target} ${kindOf((input['Item'] ?? input['Key']) as Record<string, unknown>)}`;
}

function kindOf(key: Record<string, unknown>): string {
  const sort = String(key['sk']);
  return `${partitionKind(String(key['pk']))}/${/^[A-Z]+(?=#|$)/.exec(sort)?.[0] ?? '*'}`;
}

const partitionKind = (partition: string): string =>
  /^T#[^#]+#([A-Z]+)#/.exec(partition)?.[1] ?? partition.replace(/#\d+$/, '');

function states(cloud: Cloud, { constructor: { name }, input }: Command, signal?: AbortSignal): Promise<unknown> {
  const { label, perform } = statesCall(cloud, name, input);
  return cloud.call({
    label,
    effect: true,
    kinds: ofCall,
    request: () => JSON.stringify(input),
    perform,
    failure: awsError,
    ...(signal === undefined ? {} : { signal }),
  });
}

function statesCall(
  cloud: Cloud,
  name: string,
  input: Record<string, unknown>,
): { label: string; perform: () => Promise<unknown> } {
  const { engine } = cloud.machines;
  const asSdk = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => cloud.throwAsSfn(error));
  switch (name) {
    case 'StartExecutionCommand':
      return {
        label: 'StartExecution order-cancellation',
        perform: () => asSdk(engine.startExecution(input as never)),
      };
    case 'StartSyncExecutionCommand':
      return {
        label: 'StartSyncExecution unwind-order',
        perform: () => asSdk(engine.startSyncExecution(input as never)),
      };
    case 'SendTaskSuccessCommand':
      return { label: 'SendTaskSuccess', perform: () => asSdk(engine.sendTaskSuccess(input as never)) };
    default:
      throw cloud.unmodelled(`states: ${name}`);
  }
}

function bus(cloud: Cloud, { constructor: { name }, input }: Command): Promise<unknown> {
  if (name !== 'PutEventsCommand') throw cloud.unmodelled(`events: ${name}`);
  const entries = input['Entries'] as Record<string, unknown>[];
  return cloud.call({
    label: 'PutEvents',
    effect: true,
    kinds: [...ofCall, 'conflict'],
    request: () => JSON.stringify(entries),
    perform: () => cloud.bus.put(entries),
    failure: awsError,
    // The bus takes some entries and not others: here the last one is refused.
    otherwise: (kind) => (kind === 'conflict' ? cloud.bus.putAllButLast(entries) : undefined),
  });
}

function secret(cloud: Cloud, { constructor: { name }, input }: Command): Promise<unknown> {
  if (name !== 'GetSecretValueCommand') throw cloud.unmodelled(`secrets: ${name}`);
  return cloud.call({
    label: 'GetSecretValue',
    effect: false,
    kinds: ofRead,
    request: () => JSON.stringify(input),
    perform: () => cloud.secret(String(input['SecretId'])),
    failure: awsError,
  });
}
