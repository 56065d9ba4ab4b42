/** What a kill can leave behind half way, put there by hand: found by the campaign, kept as a test of its own. */
import { marshall } from '@aws-sdk/util-dynamodb';
import { fromItem, toItem } from '../../../shared/adapters/dynamodb/cancellation-item';
import type { Cancellation, CancellationState, LegStatus, RefundLeg } from '../../../shared/domain/cancellation';
import { expected, onLaptop, until, useService } from '../../support/service';

const service = useService();

/** The stored cancellation, as if it had been killed while it was carried out, with its legs at these states. */
async function killedWith(id: string, orderId: string, legs: readonly LegStatus[]): Promise<void> {
  const items = await service.local.partition('Orders', `T#demo#O#${orderId}`);
  const before = fromItem(items.find(({ sk }) => sk === `CAN#${id}`) ?? {});
  const { graceUntil: _graceUntil, ...facts } = before as Cancellation & { graceUntil?: string };
  const state: CancellationState = { status: 'executing' };
  const after: Cancellation = {
    ...facts,
    ...state,
    legs: before.legs.map((leg, at) => legAt(leg, legs[at] ?? leg.status, before.requestedAt)),
    run: { ...before.run, leaseUntil: before.requestedAt },
    revision: before.revision + 1,
  };
  const entry = { actor: 'system', step: 'refund-leg', outcome: 'submitting', at: before.requestedAt };
  const { TableNames } = await service.local.aws<{ TableNames: string[] }>('DynamoDB_20120810.ListTables', {});
  await service.local.aws('DynamoDB_20120810.PutItem', {
    TableName: TableNames.find((name) => name.includes('Orders')),
    Item: marshall(toItem(after, entry, []), { removeUndefinedValues: true }),
  });
}

function legAt(leg: RefundLeg, status: LegStatus, since: string): RefundLeg {
  if (status === 'failed') return { ...leg, status, providerRef: 're_refused', failure: 'expired_or_canceled_card' };
  return status === 'submitting' ? { ...leg, status, since } : { ...leg, status };
}

describe('Killed while one card was refused and nobody knew of the other', () => {
  onLaptop('the other is found out first: a person gets what is left, not what a machine can do', async () => {
    const order = await service.order({
      lines: [{ quantity: 5 }],
      tenders: [{ card: 3_000 }, { card: 2_000 }],
      policy: { graceMinutes: 60 },
    });
    const { id } = expected(await service.cancel({ orderId: order.id }), 202);
    await service.local.idle();
    await killedWith(id, order.id, ['submitting', 'failed']);
    const ended = await until(
      async () => {
        await service.local.goBy({ minutes: 4 }, 60);
        return service.cancellation(id);
      },
      ({ status }) => status === 'in_case',
      `${id} as in_case`,
    );
    expect(ended.legs.map(({ status }) => status)).toEqual(['succeeded', 'failed']);
    expect(await service.local.refundsOn(...order.payments)).toMatchObject([{ amount: 3_000, status: 'succeeded' }]);
    const moved = await service.local.movements(order);
    expect(moved.filter(({ type }) => type === 'release')).toMatchObject([{ quantity: 5 }]);
  });

  onLaptop('and the one that was never sent is not sent either: it is undone', async () => {
    const order = await service.order({
      lines: [{ quantity: 5 }],
      tenders: [{ card: 3_000 }, { card: 2_000 }],
      policy: { graceMinutes: 60 },
    });
    const { id } = expected(await service.cancel({ orderId: order.id }), 202);
    await service.local.idle();
    await killedWith(id, order.id, ['planned', 'failed']);
    await until(
      async () => {
        await service.local.goBy({ minutes: 4 }, 60);
        return service.cancellation(id);
      },
      ({ status }) => status === 'undone',
      `${id} as undone`,
    );
    expect(await service.local.refundsOn(...order.payments)).toEqual([]);
    expect(await service.local.stock(order)).toMatchObject({ reserved: 5, available: 0 });
  });
});
