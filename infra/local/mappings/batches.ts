/** What a function's answer says about the records of its batch. */
import type { InvokeOutcome } from '../lambda/function-pool';
import { isRecord, list, text } from '../json';

/**
 * The identifiers reported as failed, or 'all': the function failed, or named something that is not in the batch.
 * Without `reports` the answer's content means nothing.
 */
export function failedItems(
  outcome: InvokeOutcome,
  reports: boolean,
  known: ReadonlySet<string>,
): 'all' | 'none' | ReadonlySet<string> {
  if (outcome.error) return 'all';
  if (!reports) return 'none';
  const answer: unknown = JSON.parse(outcome.payload);
  if (!isRecord(answer)) return 'none';
  const failures = list(answer['batchItemFailures']);
  if (failures.length === 0) return 'none';
  const named = new Set<string>();
  for (const failure of failures) {
    const id = isRecord(failure) ? text(failure['itemIdentifier']) : undefined;
    if (!id || !known.has(id)) return 'all';
    named.add(id);
  }
  return named;
}
