/** Values as the document client takes and gives them, without the wire in between. */
import { invalid, Unmodelled } from './refusals';

export type Value = null | boolean | number | string | Uint8Array | readonly Value[] | ValueMap;
export interface ValueMap {
  readonly [name: string]: Value;
}

const deepest = 32;

/**
 * A copy of its own, as the table would hold it: members without a value are gone.
 * @throws Error for a number that the client refuses, Unmodelled for sets and class instances
 */
export function absorb(value: unknown, depth = 0): Value | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return value;
    case 'number':
      return absorbNumber(value);
    case 'object':
      return value === null ? null : absorbObject(value, depth);
    default:
      throw new Unmodelled(`a value of type ${typeof value}`);
  }
}

/** Negative zero is written as 0. */
export function absorbNumber(value: number): number {
  if (Number.isNaN(value) || !Number.isFinite(value)) throw new Error(`Special numeric value ${value} is not allowed`);
  if (value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER) {
    const [side, bound] = value > 0 ? ['greater', 'MAX'] : ['lesser', 'MIN'];
    throw new Error(
      `Number ${value} is ${side} than Number.${bound}_SAFE_INTEGER. Use NumberValue from @aws-sdk/lib-dynamodb.`,
    );
  }
  if (value !== 0 && Math.abs(value) < 1e-130) throw new Unmodelled(`a number as small as ${value}`);
  return value === 0 ? 0 : value;
}

function absorbObject(value: object, depth: number): Value {
  if (depth >= deepest) throw invalid('Nesting Levels have exceeded supported limits');
  if (Array.isArray(value)) {
    const list: Value[] = [];
    for (const member of value as unknown[]) {
      const own = absorb(member, depth + 1);
      if (own !== undefined) list.push(own);
    }
    return list;
  }
  if (isMap(value)) {
    const map: Record<string, Value> = {};
    for (const name in value) {
      const own = absorb(value[name], depth + 1);
      if (own !== undefined) map[name] = own;
    }
    return map;
  }
  if (isBytes(value)) return new Uint8Array(value);
  throw new Unmodelled(`a value that is a ${value.constructor.name}`);
}

/** Also of another realm: what the document client looks at is the constructor's name. */
function isMap(value: object): value is Record<string, unknown> {
  const { constructor } = value as { constructor?: { name?: unknown } };
  return constructor === Object || constructor === undefined || constructor.name === 'Object';
}

export function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && /^(Uint8Array|Buffer)$/.test(value.constructor.name);
}

/** A copy for somebody else. */
export function handOut(value: Value): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) return value.map(handOut);
  if (isBytes(value)) return new Uint8Array(value);
  const map: Record<string, unknown> = {};
  for (const name in value) map[name] = handOut(value[name] as Value);
  return map;
}

/** Equal as the database sees it: the order of a map's members does not matter, that of a list's does. */
export function same(one: Value | undefined, other: Value | undefined): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (isList(one) || isList(other)) {
    if (!isList(one) || !isList(other) || one.length !== other.length) return false;
    return one.every((member, at) => same(member, other[at]));
  }
  if (isBytes(one) || isBytes(other)) return isBytes(one) && isBytes(other) && compareBytes(one, other) === 0;
  let members = 0;
  for (const name in one) {
    members += 1;
    if (!same(one[name], other[name])) return false;
  }
  for (const _name in other) members -= 1;
  return members === 0;
}

export const isList = (value: Value): value is readonly Value[] => Array.isArray(value);

/** By the bytes of their UTF-8, which differs from JavaScript's order beyond the basic plane. */
export function compareTexts(one: string, other: string): number {
  if (one === other) return 0;
  const shorter = Math.min(one.length, other.length);
  for (let at = 0; at < shorter; at += 1) {
    const left = one.charCodeAt(at);
    const right = other.charCodeAt(at);
    if (left !== right) return weight(left) - weight(right);
  }
  return one.length - other.length;
}

/** Halves of a pair stand for characters above all others. */
const weight = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);

export function compareBytes(one: Uint8Array, other: Uint8Array): number {
  const shorter = Math.min(one.length, other.length);
  for (let at = 0; at < shorter; at += 1) {
    const difference = (one[at] as number) - (other[at] as number);
    if (difference !== 0) return difference;
  }
  return one.length - other.length;
}
