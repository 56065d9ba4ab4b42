/**
 * The door of the payment webhooks with all that lies behind it, in one process: the production handler and its middleware,
 * the adapters, and DynamoDB's tables in memory. Secrets and time are the test's, and what the providers answer is too.
 */
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import type * as DocumentClient from '@aws-sdk/lib-dynamodb';
import type * as SecretsManager from '@aws-sdk/client-secrets-manager';
import type * as Wiring from '../../../shared/wiring';
import { handler } from '../../../functions/webhooks/payment-result';
import type { Cancellation, RefundLeg } from '../../../shared/domain/cancellation';
import type { PaymentChannelName } from '../../../shared/domain/channel';
import { derivedId, providerKey, refundId } from '../../../shared/domain/ids';
import { cancellationStore, orderStore } from '../../../shared/wiring';
import type { Connection } from '../../../shared/ports/connections';
import type { RefundAnswer, RefundTrail } from '../../../shared/ports/payment-channel';
import { shapes } from '../../faults/contract/subject';
import { Tables } from '../../faults/world/tables/tables';
import { anOrder, withCancellation } from '../../support/orders';
import type { Account, Message } from './attacker';

/** Everything is where the mocks below can reach it when they are asked, which is after this file was read. */
const inside = {
  tables: new Tables(shapes, { changed: ({ expired }) => (inside.writes += expired ? 0 : 1) }),
  secrets: new Map<string, string>(),
  secretsRead: 0,
  writes: 0,
  truth: undefined as RefundAnswer | undefined,
  asked: 0,
};

jest.mock('@aws-sdk/lib-dynamodb', (): unknown => ({
  ...jest.requireActual<typeof DocumentClient>('@aws-sdk/lib-dynamodb'),
  DynamoDBDocumentClient: {
    from: () => ({
      send: async (command: { readonly input: object }) =>
        inside.tables.carryOut(command.constructor.name, command.input, Date.now()),
    }),
  },
}));

jest.mock('@aws-sdk/client-secrets-manager', (): unknown => ({
  ...jest.requireActual<typeof SecretsManager>('@aws-sdk/client-secrets-manager'),
  SecretsManagerClient: class {
    async send({ input }: { input: { SecretId: string } }) {
      inside.secretsRead += 1;
      return { SecretString: inside.secrets.get(input.SecretId) };
    }
  },
}));

/** Every channel as it is, but for the provider's word: it is the test's. */
jest.mock('../../../shared/wiring', (): unknown => {
  const actual = jest.requireActual<typeof Wiring>('../../../shared/wiring');
  const query = async (): Promise<RefundAnswer | undefined> => {
    inside.asked += 1;
    return inside.truth;
  };
  const paymentChannels = () =>
    Object.fromEntries(
      Object.entries(actual.paymentChannels()).map(([name, { withoutQuery }]) => [
        name,
        { query, ...(withoutQuery && { withoutQuery }) },
      ]),
    );
  return { ...actual, paymentChannels };
});

export interface Answer {
  readonly status: number;
  readonly type: string | undefined;
  readonly body: string;
}

/** A refund that is under way, and whose it is. */
export interface Staged {
  readonly trail: RefundTrail;
  readonly cancellation: Cancellation;
}

export const SECRETS = 'connections/';
export const TENANTS = { ours: 'acme', theirs: 'rival' } as const;

export class Door {
  private counter = 0;

  /** @param startAt seconds since epoch */
  constructor(channels: readonly PaymentChannelName[], startAt: number) {
    const ids = channels.flatMap((name) => [
      `con_${name}_ours=${name}=${TENANTS.ours}`,
      `con_${name}_theirs=${name}=${TENANTS.theirs}`,
    ]);
    Object.assign(process.env, {
      ORDERS_TABLE: 'orders',
      CONNECTION_IDS: ids.join(','),
      CONNECTION_SECRETS_PREFIX: SECRETS,
    });
    // Only what the time is: sockets and timers go on by themselves.
    jest.useFakeTimers({
      now: startAt * 1000,
      doNotFake: [
        'hrtime',
        'nextTick',
        'performance',
        'queueMicrotask',
        'setImmediate',
        'clearImmediate',
        'setInterval',
        'clearInterval',
        'setTimeout',
        'clearTimeout',
      ],
    });
  }

  get now(): number {
    return Math.floor(Date.now() / 1000);
  }

  pass(seconds: number): void {
    jest.setSystemTime(Date.now() + seconds * 1000);
  }

  /** Puts a connection's secret in its place, and waits until the one before is no longer used. */
  hold({ id, ...secret }: Connection): void {
    this.write(id, JSON.stringify(secret));
  }

  write(connectionId: string, secret: string): void {
    inside.secrets.set(SECRETS + connectionId, secret);
    this.pass(301);
  }

  get secretsRead(): number {
    return inside.secretsRead;
  }

  /** How many items were written, whatever they are. */
  get writes(): number {
    return inside.writes;
  }

  /** Everything that is stored for a tenant. */
  itemsOf(account: Account): unknown[] {
    const all = [...inside.tables.items('orders')];
    return all.filter(({ pk }) => String(pk).startsWith(`T#${TENANTS[account]}#`));
  }

  /** How often a provider was asked what became of a refund. */
  get asked(): number {
    return inside.asked;
  }

  /** What every provider says from now on when it is asked. */
  tell(truth: RefundAnswer | undefined): void {
    inside.truth = truth;
  }

  /** Everything whose time has passed by then is deleted: receipts are. */
  expire(days: number): void {
    inside.tables.expire(this.now + days * 86_400);
  }

  /** As API Gateway hands a request over. */
  async post(
    channel: string,
    connectionId: string,
    { body, headers }: { body: string | Buffer } & Pick<Message, 'headers'>,
  ): Promise<Answer> {
    const event = {
      rawPath: `/webhooks/payments/${channel}/${connectionId}`,
      pathParameters: { channel, connectionId },
      headers,
      requestContext: { requestId: 'r1' },
      isBase64Encoded: typeof body !== 'string',
      body: typeof body === 'string' ? body : body.toString('base64'),
    } as unknown as APIGatewayProxyEventV2;
    const answer = await handler(event, {} as Context);
    return { status: answer.statusCode, type: answer.headers['content-type'], body: answer.body };
  }

  /** An order of our tenant with one refund that was sent and not yet heard of. */
  async stage(
    leg: Omit<RefundLeg, 'id' | 'operation' | 'status' | 'attempt' | 'providerRef'> & { currency: string },
    providerRef: (trail: RefundTrail) => string,
  ): Promise<Staged> {
    this.counter += 1;
    const tenant = TENANTS.ours;
    const { currency, ...sent } = leg;
    const placed = anOrder({ lines: [{ id: '1' }], currency });
    const orderId = derivedId('ord', tenant, this.counter);
    const { contract, lines, version: _v, sequence: _s, status: _o, cancelledUnits: _c, ...header } = placed.order;
    const { payments } = placed;
    const news = { header: { ...header, id: orderId, tenant }, contract, lines, payments, shipments: [] };
    const entry = { actor: 'system', step: 'test', outcome: 'staged', at: new Date().toISOString() };
    if ((await orderStore().insert(news, [], entry)) !== 'stored') throw new Error('the order was not stored');
    const aggregate = await orderStore().find(tenant, orderId);
    if (aggregate === undefined) throw new Error('the order is not there');

    const id = derivedId('can', orderId);
    const trail = {
      tenant,
      orderId,
      cancellationId: id,
      leg: 'l1',
      attempt: 1,
      legId: providerKey(refundId(id, 'l1'), 1),
    };
    const pending: RefundLeg = {
      ...sent,
      id: 'l1',
      operation: 'refund',
      status: 'pending',
      attempt: 1,
      providerRef: providerRef(trail),
    };
    const [made] = withCancellation(aggregate, { units: {}, legs: [pending] }, 'refund_pending').cancellations;
    if (made === undefined) throw new Error('no cancellation was made');
    const cancellation = { ...made, id };
    if ((await cancellationStore().record(aggregate, cancellation, [], entry)) !== 'recorded')
      throw new Error('the cancellation was not recorded');
    return { trail, cancellation: await this.cancellation(trail) };
  }

  /** What our books say of it now. */
  async cancellation({ tenant, orderId, cancellationId }: RefundTrail): Promise<Cancellation> {
    const found = await cancellationStore().find(tenant, orderId, cancellationId);
    if (found === undefined) throw new Error('the cancellation is not there');
    return found;
  }

  /** The money came back: what was once told of it is no longer so. */
  async bounce(trail: RefundTrail): Promise<void> {
    const before = await this.cancellation(trail);
    const legs = before.legs.map((leg) => ({ ...leg, status: 'bounced' as const }));
    const after: Cancellation = { ...before, legs, status: 'in_case', caseId: 'cas_1', failure: 'it came back' };
    const entry = { actor: 'provider', step: 'test', outcome: 'bounced', at: new Date().toISOString() };
    if ((await cancellationStore().save(before, after, entry)) !== 'saved') throw new Error('it was not saved');
  }
}
