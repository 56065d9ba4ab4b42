/** Watches every change of a cancellation: its log must be a path of the state machine, and so must each leg's. */
import {
  initialStatuses,
  isSettled,
  legTransitions,
  mayBecome,
  type Cancellation,
} from '../../../shared/domain/cancellation';
import { fromItem } from '../../../shared/adapters/dynamodb/cancellation-item';

interface Change {
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
}

export function leapsOf({ before, after }: Change): string[] {
  if (typeof after?.['cancellationId'] !== 'string' || typeof after['body'] !== 'string') return [];
  const now = fromItem(after);
  if (before === undefined) {
    return initialStatuses.includes(now.status) && now.revision === 1
      ? []
      : [`${now.id} begins as ${now.status} with revision ${now.revision}`];
  }
  const was = fromItem(before);
  return [
    ...(now.revision === was.revision + 1 ? [] : [`${now.id} went from revision ${was.revision} to ${now.revision}`]),
    ...(now.run.generation >= was.run.generation ? [] : [`${now.id} went back to run ${now.run.generation}`]),
    ...(now.status === was.status || mayBecome(was.status, now.status)
      ? []
      : [`${now.id} went from ${was.status} to ${now.status}`]),
    ...legLeaps(was, now, (after['entry'] as { step?: string }).step === 'work-case'),
  ];
}

/** What a person may make of a leg that is not settled, once its provider was asked. */
const byHand = ['planned', 'succeeded', 'settled_by_hand', 'given_up'];

function legLeaps(was: Cancellation, now: Cancellation, worked: boolean): string[] {
  return now.legs.flatMap((leg) => {
    const old = was.legs.find(({ id }) => id === leg.id);
    if (old === undefined || old.status === leg.status) return [];
    if (worked && !isSettled(old) && byHand.includes(leg.status)) return [];
    return legTransitions[old.status].includes(leg.status)
      ? []
      : [`${now.id} ${leg.id} went from ${old.status} to ${leg.status}`];
  });
}
