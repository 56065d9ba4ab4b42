import { GetCommand, TransactWriteCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { CreditNote } from '../../domain/credit-note';
import { numberEvents, type TimelineEntry } from '../../domain/events';
import type { CreditNotes } from '../../ports/credit-notes';
import type { OrderHeader } from '../../ports/order-store';
import { marksOf } from './cancellation-item';
import * as keys from './keys';
import { toHeader, toHeadItem } from './order-items';
import { failedConditions, wasLost } from './outcome';

const isNew = 'attribute_not_exists(pk)';
const versionUnchanged = '#version = :version';
const nextNumber = 'attribute_not_exists(pk) OR #last = :last';

/** A note lies in its order's partition; the merchant's number is an item of its own. */
export class DynamoCreditNotes implements CreditNotes {
  constructor(
    private readonly client: DynamoDBDocumentClient,
    private readonly table: string,
  ) {}

  async lastNumber(tenant: string, merchantId: string): Promise<number> {
    const Key = { pk: keys.merchantPartition(tenant, merchantId), sk: keys.creditNumberSort };
    const { Item } = await this.client.send(new GetCommand({ TableName: this.table, Key, ConsistentRead: true }));
    return (Item?.['last'] as number | undefined) ?? 0;
  }

  async find(tenant: string, orderId: string, cancellationId: string): Promise<CreditNote | undefined> {
    const Key = { pk: keys.orderPartition(tenant, orderId), sk: keys.creditNoteSort(cancellationId) };
    const { Item } = await this.client.send(new GetCommand({ TableName: this.table, Key, ConsistentRead: true }));
    return Item && toNote(Item);
  }

  async issue(order: OrderHeader, note: CreditNote, entry: TimelineEntry): Promise<'issued' | 'exists' | 'lost'> {
    const { tenant, merchantId, id: orderId, version, sequence } = order;
    const events = numberEvents(sequence, entry.at, ['credit_note.issued']);
    // Without what only an aggregate has: a header is written as it is read.
    const after = { ...toHeader({ ...order }), version: version + 1, sequence: sequence + events.length };
    const put = (Item: Record<string, unknown>, ConditionExpression: string, values: Record<string, unknown> = {}) => ({
      Put: {
        TableName: this.table,
        Item,
        ConditionExpression,
        ...(Object.keys(values).length === 0
          ? {}
          : {
              ExpressionAttributeNames: Object.fromEntries(Object.keys(values).map((name) => [`#${name}`, name])),
              ExpressionAttributeValues: Object.fromEntries(
                Object.entries(values).map(([name, value]) => [`:${name}`, value]),
              ),
            }),
      },
    });
    try {
      await this.client.send(
        new TransactWriteCommand({
          TransactItems: [
            put(
              {
                pk: keys.orderPartition(tenant, orderId),
                sk: keys.creditNoteSort(note.cancellationId),
                tenant,
                merchantId,
                orderId,
                entry,
                ...marksOf(events),
                creditNote: JSON.stringify(note),
              },
              isNew,
            ),
            put(
              { pk: keys.merchantPartition(tenant, merchantId), sk: keys.creditNumberSort, last: note.number },
              nextNumber,
              { last: note.number - 1 },
            ),
            put(toHeadItem(after, entry, []) as unknown as Record<string, unknown>, versionUnchanged, { version }),
          ],
        }),
      );
      return 'issued';
    } catch (error) {
      if (!wasLost(error)) throw error;
      return failedConditions(error)[0] === true ? 'exists' : 'lost';
    }
  }
}

export const toNote = (item: Record<string, unknown>): CreditNote =>
  JSON.parse(item['creditNote'] as string) as CreditNote;
