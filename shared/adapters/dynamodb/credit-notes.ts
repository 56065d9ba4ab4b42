import { GetCommand, QueryCommand, TransactWriteCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { CreditNote } from '../../domain/credit-note';
import { numberEvents, type TimelineEntry } from '../../domain/events';
import type { CreditNotes } from '../../ports/credit-notes';
import type { OrderHeader } from '../../ports/order-store';
import { marksOf } from './cancellation-item';
import * as keys from './keys';
import { toHeader, toHeadItem } from './order-items';
import { failedConditions, wasLost } from './outcome';
import { packHead, packLines, unpackHead, unpackLines } from './packed-credit-note';

const isNew = 'attribute_not_exists(pk)';
const versionUnchanged = '#version = :version';
/** A counter that is not there has given no number: the first is taken by making it, every other by moving it on. */
const lastIsStill = '#last = :last';

/** Lines per item, as of an order: a note of thousands of lines is above what one item can hold. */
const linesPerItem = 250;

/** A note lies in its order's partition, with as many items of lines as it needs; the merchant's number is an item of its own. */
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
    const items: Record<string, unknown>[] = [];
    let ExclusiveStartKey: Record<string, unknown> | undefined;
    do {
      const page = await this.client.send(
        new QueryCommand({
          TableName: this.table,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :note)',
          ExpressionAttributeValues: {
            ':pk': keys.orderPartition(tenant, orderId),
            ':note': keys.creditNoteSort(cancellationId),
          },
          ConsistentRead: true,
          ...(ExclusiveStartKey === undefined ? {} : { ExclusiveStartKey }),
        }),
      );
      items.push(...(page.Items ?? []));
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
    return toNote(items);
  }

  async issue(order: OrderHeader, note: CreditNote, entry: TimelineEntry): Promise<'issued' | 'exists' | 'lost'> {
    const { tenant, merchantId, version, sequence } = order;
    const events = numberEvents(sequence, entry.at, ['credit_note.issued']);
    // Without what only an aggregate has: a header is written as it is read.
    const after = { ...toHeader({ ...order }), version: version + 1, sequence: sequence + events.length };
    const [head, ...chunks] = toNoteItems(order, note);
    const counter = { pk: keys.merchantPartition(tenant, merchantId), sk: keys.creditNumberSort, last: note.number };
    const before = note.number - 1;
    const put = (Item: Record<string, unknown>) => ({ TableName: this.table, Item });
    try {
      await this.client.send(
        new TransactWriteCommand({
          TransactItems: [
            { Put: { ...put({ ...head, entry, ...marksOf(events) }), ConditionExpression: isNew } },
            { Put: { ...put(counter), ...(before === 0 ? { ConditionExpression: isNew } : lastIs(before)) } },
            {
              Put: {
                ...put({ ...toHeadItem(after, entry, []) }),
                ConditionExpression: versionUnchanged,
                ExpressionAttributeNames: { '#version': 'version' },
                ExpressionAttributeValues: { ':version': version },
              },
            },
            ...chunks.map((chunk) => ({ Put: put(chunk) })),
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

const lastIs = (last: number) => ({
  ConditionExpression: lastIsStill,
  ExpressionAttributeNames: { '#last': 'last' },
  ExpressionAttributeValues: { ':last': last },
});

/** The first one tells, the others have further lines. */
function toNoteItems({ tenant, merchantId, id: orderId }: OrderHeader, note: CreditNote): Record<string, unknown>[] {
  const pk = keys.orderPartition(tenant, orderId);
  const sk = keys.creditNoteSort(note.cancellationId);
  const head = { pk, sk, tenant, merchantId, orderId, creditNote: packHead(note) };
  const items: Record<string, unknown>[] = [{ ...head, lines: packLines(note.lines.slice(0, linesPerItem)) }];
  for (let start = linesPerItem; start < note.lines.length; start += linesPerItem) {
    const lines = packLines(note.lines.slice(start, start + linesPerItem));
    items.push({ pk, sk: keys.creditNoteChunk(note.cancellationId, items.length), lines });
  }
  return items;
}

/** @param items those of one note, in the order of their keys */
export function toNote(items: readonly Record<string, unknown>[]): CreditNote | undefined {
  const [head] = items;
  if (head === undefined) return undefined;
  const { lineCount, ...note } = unpackHead(head['creditNote'] as string);
  const lines = items.flatMap((item) => unpackLines(item['lines'] as string));
  const cancellationId = keys.cancellationOfNote(head['sk'] as string);
  if (lines.length !== lineCount) throw new Error(`the credit note of ${cancellationId} has lost lines`);
  return { cancellationId, ...note, lines };
}

/**
 * What the first item of a note says by itself. Lines are there when it holds all of them; of a longer note they are left out,
 * which keeps an event of it within what the bus takes.
 */
export function noteInHead(item: Record<string, unknown>) {
  const { lineCount, ...note } = unpackHead(item['creditNote'] as string);
  const lines = unpackLines(item['lines'] as string);
  const cancellationId = keys.cancellationOfNote(item['sk'] as string);
  return { cancellationId, ...note, lineCount, ...(lines.length === lineCount ? { lines } : {}) };
}
