import type { CreditNote, CreditNoteLine } from '../../domain/credit-note';
import { refundOf } from '../../domain/freeze';
import { components, type UnitMoney } from '../../domain/order';

/**
 * A credit note as JSON lists without field names, as a cancellation's body is: one of a few lines stays under one write unit
 * (1,024 bytes). Position is meaning; the first element says which layout it is.
 */
const layout = 1;

/** A note without its lines, of which it knows the number. */
export type NoteHead = Omit<CreditNote, 'lines' | 'cancellationId'> & { lineCount: number };

type Packed = readonly unknown[];

export function packHead({ lines, components: money, ...note }: CreditNote): string {
  return JSON.stringify([
    layout,
    note.number,
    Date.parse(note.issuedAt),
    note.currency,
    note.total,
    packMoney(money),
    note.deductions.map(({ code, amount }) => [code, amount]),
    lines.length,
    ...(note.rounding === undefined ? [] : [note.rounding]),
  ]);
}

export function unpackHead(text: string): NoteHead {
  const packed = JSON.parse(text) as Packed;
  if (packed[0] !== layout)
    throw new Error(`a credit note is stored in layout ${String(packed[0])}, which is not known`);
  const [, number, issuedAt, currency, total, money, deductions, lineCount, rounding] = packed as [
    number,
    number,
    number,
    string,
    number,
    number[],
    [string, number][],
    number,
    number | undefined,
  ];
  return {
    number,
    issuedAt: new Date(issuedAt).toISOString(),
    currency,
    total,
    components: unpackMoney(money),
    deductions: deductions.map(([code, amount]) => ({ code, amount })),
    lineCount,
    ...(rounding === undefined ? {} : { rounding }),
  };
}

export function packLines(lines: readonly CreditNoteLine[]): string {
  return JSON.stringify(
    lines.map(({ lineId, sku, quantity, fee, ...money }) => [lineId, sku, quantity, fee, ...packMoney(money)]),
  );
}

export function unpackLines(text: string): CreditNoteLine[] {
  return (JSON.parse(text) as [string, string, number, number, ...number[]][]).map(
    ([lineId, sku, quantity, fee, ...amounts]) => {
      const money = unpackMoney(amounts);
      return { lineId, sku, quantity, ...money, amount: refundOf(money), fee };
    },
  );
}

const packMoney = (money: UnitMoney): number[] => components.map((component) => money[component]);

const unpackMoney = (amounts: readonly number[]): UnitMoney =>
  Object.fromEntries(components.map((component, index) => [component, amounts[index] ?? 0])) as unknown as UnitMoney;
