/** A hash of an item in which the order of its attributes does not matter. Two of them, of other seeds, make 64 bits. */
import { isBytes, isList, type Value, type ValueMap } from './attributes';

export function hashOf(value: Value, seed: number): number {
  if (typeof value === 'string') return hashOfText(value, seed ^ 0x51);
  if (typeof value === 'number') return hashOfText(String(value), seed ^ 0x4e);
  if (value === null) return mix(seed ^ 0x30);
  if (typeof value === 'boolean') return mix(seed ^ (value ? 0x31 : 0x32));
  if (isBytes(value)) return value.reduce((hash, byte) => mix(hash ^ byte), seed ^ 0x42);
  if (isList(value)) return value.reduce<number>((hash, member) => mix(hash ^ hashOf(member, seed)), seed ^ 0x4c);
  return hashOfMap(value, seed ^ 0x4d);
}

function hashOfMap(map: ValueMap, seed: number): number {
  let sum = seed;
  for (const name in map) sum = (sum + mix(hashOf(map[name] as Value, hashOfText(name, seed)))) | 0;
  return mix(sum);
}

/** Takes two characters at a time: most of an item is text. */
export function hashOfText(text: string, seed: number): number {
  let hash = Math.imul(seed ^ text.length, 0x9e3779b1);
  const even = text.length & ~1;
  for (let at = 0; at < even; at += 2) {
    hash = Math.imul(hash ^ (text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16)), 0x85ebca6b);
    hash ^= hash >>> 15;
  }
  return mix(even < text.length ? hash ^ text.charCodeAt(even) : hash);
}

/** The last step of MurmurHash3: each bit of the input moves half of the bits of the result. */
export function mix(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
