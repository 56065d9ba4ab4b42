/** What must be true of the documents that go out. */
import { creditReference, reversesSale, type CreditNote } from '../../../shared/domain/credit-note';
import type { Cancellation } from '../../../shared/domain/cancellation';
import { components } from '../../../shared/domain/order';
import { orderPartition } from '../../../shared/adapters/dynamodb/keys';
import { partitionOf, sum } from './aftermath';
import type { Check } from './invariants';

/** Each sale that was reversed has one note over it to the minor unit, and the notes of an order reverse it no further. */
export const creditNotesAreWhole: Check = ({ orders, cancellations, creditNotes, unissued }) => {
  const notesOf = ({ id }: Cancellation) =>
    creditNotes.filter(({ note }) => note.cancellationId === id).map(({ note }) => note);
  const ofEach = cancellations.flatMap((cancellation) => {
    const own = notesOf(cancellation);
    const waits = own.length === 0 && unissued.has(orderPartition(cancellation.tenant, cancellation.orderId));
    return [
      ...(own.length === 1 || !reversesSale(cancellation) || waits
        ? []
        : [`${cancellation.id} has ${own.length} credit notes`]),
      ...own.flatMap((note) => faultsOf(note, cancellation)),
    ];
  });
  const ofOrders = orders.flatMap(({ header, placed, cancellations: own }) => {
    if (header.status !== 'cancelled' || !own.every((one) => isReversed(one) === notesOf(one).length > 0)) return [];
    const reversed = sum(own.flatMap(notesOf).flatMap(({ lines }) => lines.map(({ amount }) => amount)));
    const unpaid = own.every((one) => notesOf(one).length === 0);
    return unpaid || reversed === header.total ? [] : [`${placed.id} of ${header.total} is reversed by ${reversed}`];
  });
  return [...ofEach, ...ofOrders];
};

const isReversed = ({ units, counted }: Cancellation): boolean => counted === true && Object.keys(units).length > 0;

function faultsOf(note: CreditNote, { id, counted, refund, money, deductions = [] }: Cancellation): string[] {
  const reference = creditReference(note);
  const given = sum(note.lines.map(({ amount, fee }) => amount - fee));
  const fees = [sum(note.lines.map(({ fee }) => fee)), sum(deductions.map(({ amount }) => amount))];
  const ofLines = components.map((component) => sum(note.lines.map((line) => line[component])));
  const decided = components.map((component) => money[component]);
  return [
    ...(given === note.total && note.total === refund
      ? []
      : [`${reference} says ${note.total}, its lines ${given}, the refund is ${refund}`]),
    ...(fees[0] === fees[1] ? [] : [`${reference} keeps ${fees.join(', and the cancellation ')}`]),
    ...(ofLines.join() === decided.join() ? [] : [`${reference} is of ${ofLines.join()}, ${id} of ${decided.join()}`]),
    ...(note.lines.every(({ amount, fee }) => fee >= 0 && fee <= amount)
      ? []
      : [`${reference} gives less than nothing`]),
    ...(counted === true ? [] : [`${id} never closed and has ${reference}`]),
  ];
}

/** A merchant's numbers are 1, 2, 3, ..., and whoever listens has heard of each as it is stored. */
export const creditNotesAreGapless: Check = ({ orders, creditNotes, events, setAside }) => {
  const ofMerchants = [...new Set(creditNotes.map(({ merchant }) => merchant))].flatMap((merchant) => {
    const numbers = creditNotes.filter((each) => each.merchant === merchant).map(({ note }) => note.number);
    const gapless = numbers.sort((a, b) => a - b).every((number, index) => number === index + 1);
    return gapless ? [] : [`the notes of ${merchant} are numbered ${numbers.join()}`];
  });
  const told = new Map(
    events.flatMap(({ type, data }) => {
      const note = data['creditNote'] as CreditNote | undefined;
      return type === 'credit_note.issued' && note !== undefined ? [[note.cancellationId, note]] : [];
    }),
  );
  const heldBack = new Set(orders.filter((order) => setAside.has(partitionOf(order))).map(({ placed }) => placed.id));
  const untold = creditNotes.flatMap(({ orderId, note }) => {
    const heard = told.get(note.cancellationId);
    if (heldBack.has(orderId)) return [];
    const same = heard?.number === note.number && JSON.stringify(heard.lines) === JSON.stringify(note.lines);
    return same ? [] : [`${creditReference(note)} of ${orderId} was told as ${JSON.stringify(heard)}`];
  });
  return [...ofMerchants, ...untold];
};
