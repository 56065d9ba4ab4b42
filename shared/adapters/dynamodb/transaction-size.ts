import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';

export type Writes = NonNullable<TransactWriteCommandInput['TransactItems']>;

/** What DynamoDB takes at most: actions and bytes of one transaction, bytes of one item. */
const limits = { actions: 100, bytes: 4 * 1024 * 1024, itemBytes: 400 * 1024 };

/** Whether DynamoDB would refuse a transaction whatever the table holds. Better said in our words than as its error. */
export function isTooLarge(writes: Writes): boolean {
  if (writes.length > limits.actions) return true;
  const sizes = writes.map(({ Put }) => sizeOf(Put?.Item ?? {}));
  return sizes.some((size) => size > limits.itemBytes) || sizes.reduce((sum, size) => sum + size, 0) > limits.bytes;
}

/** Names and values in bytes; what is no text counts as its JSON, which is never shorter. */
function sizeOf(item: Record<string, unknown>): number {
  return Object.entries(item).reduce(
    (sum, [name, value]) =>
      sum +
      Buffer.byteLength(name) +
      Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value ?? null)),
    0,
  );
}
