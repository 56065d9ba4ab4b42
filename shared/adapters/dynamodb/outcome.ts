import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';

/**
 * Whether a write was refused by its condition, or lost against another transaction on the same item. In both cases
 * nothing was written and the caller has to read again; every other error is passed on.
 */
export function wasLost(error: unknown): boolean {
  if (error instanceof ConditionalCheckFailedException) return true;
  if (!(error instanceof TransactionCanceledException)) return false;
  return reasonsOf(error).every(
    (code) => code === 'None' || code === 'ConditionalCheckFailed' || code === 'TransactionConflict',
  );
}

/** Which parts of a cancelled transaction had a failing condition. */
export function failedConditions(error: unknown): boolean[] {
  if (!(error instanceof TransactionCanceledException)) return [];
  return reasonsOf(error).map((code) => code === 'ConditionalCheckFailed');
}

function reasonsOf(error: TransactionCanceledException): string[] {
  return (error.CancellationReasons ?? []).map((reason) => reason.Code ?? 'None');
}

/** What one part of a cancelled transaction found instead, when it asked for it and its condition failed. */
export function foundInstead(error: unknown, part: number): Record<string, unknown> | undefined {
  if (!(error instanceof TransactionCanceledException)) return undefined;
  const item = error.CancellationReasons?.[part]?.Item;
  return item && unmarshall(item);
}
