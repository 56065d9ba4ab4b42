/** What must be true of the documents that go out. */
import { creditReference, reversesSale } from '../../../shared/domain/credit-note';
import { orderPartition } from '../../../shared/adapters/dynamodb/keys';
import { sum } from './aftermath';
import type { Check } from './invariants';

/** Each closed sale is reversed by one note, to the minor unit; a merchant's numbers are 1, 2, 3, ... */
export const creditNotesAreWhole: Check = ({ cancellations, creditNotes: notes, setAside }) => {
  const wrong: string[] = [];
  for (const cancellation of cancellations) {
    const own = notes.filter(({ note }) => note.cancellationId === cancellation.id);
    const waits = own.length === 0 && setAside.has(orderPartition(cancellation.tenant, cancellation.orderId));
    if (own.length !== 1 && reversesSale(cancellation) && !waits)
      wrong.push(`${cancellation.id} has ${own.length} credit notes`);
    for (const { note } of own) {
      const lines = sum(note.lines.map(({ amount }) => amount)) - sum(note.deductions.map(({ amount }) => amount));
      if (lines !== note.total || note.total !== cancellation.refund)
        wrong.push(
          `${creditReference(note)} says ${note.total}, its lines ${lines}, the refund is ${cancellation.refund}`,
        );
      if (cancellation.counted !== true) wrong.push(`${cancellation.id} never closed and has ${creditReference(note)}`);
    }
  }
  for (const merchant of new Set(notes.map((each) => each.merchant))) {
    const numbers = notes.filter((each) => each.merchant === merchant).map(({ note }) => note.number);
    const gapless = numbers.sort((a, b) => a - b).every((number, index) => number === index + 1);
    if (!gapless) wrong.push(`the notes of ${merchant} are numbered ${numbers.join()}`);
  }
  return wrong;
};
