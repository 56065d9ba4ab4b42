/** Our own ledger, with DynamoDB's tables in memory; dynamodb.test.ts shows its conditions to a real engine. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { ledgerBalance, ledgerPartition, type OwnLedgerKind } from '../../shared/adapters/dynamodb/keys';
import { OwnLedger } from '../../shared/adapters/payments/own-ledger';
import { PermanentFault } from '../../shared/domain/faults';
import type { PaymentChannel } from '../../shared/ports/payment-channel';
import { shapes } from '../faults/contract/subject';
import { Tables } from '../faults/world/tables/tables';
import { leg, paymentChannelSuite, type ChannelWorld } from './payment-channel.suite';

const at = '2026-03-01T12:00:00.000Z';
const tenant = 'acme';

let accounts = 0;

function ledgerOf(kind: OwnLedgerKind) {
  const tables = new Tables(shapes, { changed: () => undefined });
  const client = {
    send: async (command: { readonly input: object }) =>
      tables.carryOut(command.constructor.name, command.input, Date.parse(at)),
  } as unknown as DynamoDBDocumentClient;
  const balance = (account: string, of: string): number => {
    const [pk, sk] = [ledgerPartition(kind, tenant, account), ledgerBalance(of)];
    const found = [...tables.items('orders')].find((item) => item['pk'] === pk && item['sk'] === sk);
    return Number(found?.['amount'] ?? 0);
  };
  return { ledger: new OwnLedger(client, 'orders', kind, () => at), balance };
}

function worldOf(kind: OwnLedgerKind): () => Promise<ChannelWorld> {
  const { ledger, balance } = ledgerOf(kind);
  const inPoints = kind === 'loyalty_points';
  // A point stands for half a minor unit.
  const counted: PaymentChannel = {
    refund: (request) => ledger.refund({ ...request, points: request.amount * 2 }),
    reverse: (request) => ledger.reverse({ ...request, points: request.amount * 2 }),
    query: (request) => ledger.query(request),
    changesSince: () => ledger.changesSince(),
  };
  return async () => ({
    channel: inPoints ? counted : ledger,
    connection: { id: 'own', tenant, provider: kind, apiKey: '', webhookSecrets: [] },
    captured: async () => {
      accounts += 1;
      return { paymentRef: `account_${accounts}`, captureRef: `account_${accounts}` };
    },
    givenBack: async (account) => (inPoints ? balance(account, 'POINTS') / 2 : balance(account, 'EUR')),
    paysOut: true,
    close: async () => undefined,
  });
}

paymentChannelSuite('store_credit', worldOf('store_credit'));
paymentChannelSuite('gift_card', worldOf('gift_card'));
paymentChannelSuite('loyalty_points', worldOf('loyalty_points'));

describe('Our own ledger', () => {
  const request = () => ({
    connection: { id: 'own', tenant, provider: 'store_credit', apiKey: '', webhookSecrets: [] },
    ...{ paymentRef: 'cus_1', captureRef: 'cus_1', amount: 700, currency: 'EUR', ...leg() },
  });

  test('keeps the balances of an account apart by currency', async () => {
    const { ledger, balance } = ledgerOf('store_credit');
    await ledger.refund(request());
    await ledger.refund({ ...request(), currency: 'KWD', amount: 5 });
    expect([balance('cus_1', 'EUR'), balance('cus_1', 'KWD')]).toEqual([700, 5]);
  });

  test.each([0, -1, 0.5, Number.NaN, Number.MAX_SAFE_INTEGER + 1])('credits no %d', async (amount) => {
    const { ledger, balance } = ledgerOf('store_credit');
    await expect(ledger.refund({ ...request(), amount })).rejects.toBeInstanceOf(PermanentFault);
    expect(balance('cus_1', 'EUR')).toBe(0);
  });

  test('has nothing to tell that nobody asked for', async () => {
    const { ledger } = ledgerOf('store_credit');
    await ledger.refund(request());
    expect(await ledger.changesSince()).toEqual({ notices: [], unreadable: [] });
  });
});
