/** Sizes as the database counts them: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
import { isBytes, isList, type Value, type ValueMap } from './attributes';

/** Names in UTF-8 and values. */
export function sizeOfItem(item: ValueMap): number {
  let size = 0;
  for (const name in item) size += Buffer.byteLength(name) + sizeOf(item[name] as Value);
  return size;
}

export function sizeOf(value: Value): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'number') return sizeOfNumber(value);
  if (value === null || typeof value === 'boolean') return 1;
  if (isBytes(value)) return value.length;
  // Three bytes for a list or map, and one for each of its members.
  if (isList(value)) return value.reduce<number>((sum, member) => sum + 1 + sizeOf(member), 3);
  let size = 3;
  for (const name in value) size += 1 + Buffer.byteLength(name) + sizeOf(value[name] as Value);
  return size;
}

/** About one byte for two significant digits and one more; another for a sign. */
function sizeOfNumber(value: number): number {
  if (value === 0) return 1;
  const [digits = ''] = Math.abs(value).toExponential().replace('.', '').split('e');
  return Math.ceil(digits.length / 2) + 1 + (value < 0 ? 1 : 0);
}
