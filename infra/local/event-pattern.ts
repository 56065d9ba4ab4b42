import { isIP } from 'node:net';
import { isRecord } from './json';

/** The pattern itself is wrong, whatever the event; EventBridge refuses it with the same name. */
export class InvalidEventPattern extends Error {
  override readonly name = 'InvalidEventPattern';
}

/** Whether one value of an event satisfies an operator; `undefined` stands for a field that is absent. */
type Test = (value: unknown) => boolean;
/** Whether a place in an event satisfies a part of a pattern. */
type Match = (value: unknown) => boolean;

/**
 * Compiles a pattern of an EventBridge rule or of a stream filter. Throws InvalidEventPattern. A field's pattern is a
 * list of alternatives; fields are joined by "and", `$or` by "or".
 */
export function compile(pattern: unknown): (event: unknown) => boolean {
  if (!isRecord(pattern) || Object.keys(pattern).length === 0) {
    throw new InvalidEventPattern('An event pattern is an object with at least one field.');
  }
  return compileObject(pattern, '');
}

function compileObject(pattern: Readonly<Record<string, unknown>>, path: string): Match {
  const parts = Object.entries(pattern).map(([key, inner]): Match => {
    const here = path === '' ? key : `${path}.${key}`;
    if (key === '$or' && isAlternatives(inner)) {
      const alternatives = inner.map((alternative, index) => compileObject(alternative, `${here}[${index}]`));
      return (value) => alternatives.some((matches) => matches(value));
    }
    const matches = compileField(inner, here);
    return (value) => matches(isRecord(value) ? value[key] : undefined);
  });
  return (value) => {
    // An array of objects satisfies a pattern when one of them does.
    if (Array.isArray(value)) return value.some((item: unknown) => parts.every((matches) => matches(item)));
    return parts.every((matches) => matches(value));
  };
}

/** `$or` is an operator only over a list of at least two patterns; otherwise it is a field's name. */
function isAlternatives(value: unknown): value is Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) && value.length > 1 && value.every((item) => isRecord(item) && !looksLikeOperator(item));
}

function looksLikeOperator(value: Readonly<Record<string, unknown>>): boolean {
  const keys = Object.keys(value);
  return keys.length === 1 && keys.every((key) => key in OPERATORS);
}

function compileField(pattern: unknown, path: string): Match {
  if (isRecord(pattern)) {
    if (Object.keys(pattern).length === 0) throw new InvalidEventPattern(`Empty objects are not allowed, at ${path}.`);
    return compileObject(pattern, path);
  }
  if (!Array.isArray(pattern)) throw new InvalidEventPattern(`'${path}' must be an object or an array.`);
  if (pattern.length === 0) throw new InvalidEventPattern(`Empty arrays are not allowed, at ${path}.`);
  const tests = pattern.map((alternative: unknown) => compileAlternative(alternative, path));
  return (value) => tests.some((test) => test(value));
}

/** The test of one member of a field's list, which sees the field's whole value. */
function compileAlternative(alternative: unknown, path: string): Test {
  if (!isRecord(alternative)) {
    if (Array.isArray(alternative)) throw new InvalidEventPattern(`A list within a list is not allowed, at ${path}.`);
    return anyValue((value) => value === alternative);
  }
  const [operator, ...more] = Object.keys(alternative);
  if (operator === undefined || more.length > 0) {
    throw new InvalidEventPattern(`An operator is an object with one key, at ${path}.`);
  }
  const build = OPERATORS[operator];
  if (!build) throw new InvalidEventPattern(`Unrecognized match type ${operator}, at ${path}.`);
  return build(alternative[operator], path);
}

const OPERATORS: Readonly<Record<string, (operand: unknown, path: string) => Test>> = {
  exists: (operand, path) => {
    if (typeof operand !== 'boolean') throw new InvalidEventPattern(`exists takes true or false, at ${path}.`);
    return (value) => isLeaf(value) === operand;
  },
  prefix: (operand, path) => anyValue(affix('prefix', operand, path, (text, part) => text.startsWith(part))),
  suffix: (operand, path) => anyValue(affix('suffix', operand, path, (text, part) => text.endsWith(part))),
  'equals-ignore-case': (operand, path) => {
    const wanted = text(operand, 'equals-ignore-case', path).toLowerCase();
    return anyValue((value) => typeof value === 'string' && value.toLowerCase() === wanted);
  },
  wildcard: (operand, path) => {
    const expression = wildcard(operand, path);
    return anyValue((value) => typeof value === 'string' && expression.test(value));
  },
  numeric: (operand, path) => anyValue(numeric(operand, path)),
  cidr: (operand, path) => anyValue(cidr(operand, path)),
  'anything-but': (operand, path) => {
    const unwanted = anythingBut(operand, path);
    // Any value of a list may be the other one; a field that is absent is not "anything".
    return anyValue((value) => !unwanted(value));
  },
};

/** A list satisfies a test when one of its values does. */
function anyValue(test: Test): Test {
  return (value) => {
    if (Array.isArray(value)) return value.some((item: unknown) => isLeaf(item) && test(item));
    return isLeaf(value) && test(value);
  };
}

/** Objects, absent fields and empty lists have no value of their own. */
function isLeaf(value: unknown): boolean {
  if (value === undefined) return false;
  return Array.isArray(value) ? value.length > 0 : !isRecord(value);
}

function text(operand: unknown, operator: string, path: string): string {
  if (typeof operand !== 'string')
    throw new InvalidEventPattern(`${operator} match pattern must be a string, at ${path}.`);
  return operand;
}

function affix(
  operator: string,
  operand: unknown,
  path: string,
  matches: (text: string, part: string) => boolean,
): Test {
  if (isRecord(operand)) {
    const [key, ...more] = Object.keys(operand);
    if (key !== 'equals-ignore-case' || more.length > 0) {
      throw new InvalidEventPattern(`${operator} takes a string or equals-ignore-case, at ${path}.`);
    }
    const part = text(operand[key], operator, path).toLowerCase();
    return (value) => typeof value === 'string' && matches(value.toLowerCase(), part);
  }
  const part = text(operand, operator, path);
  return (value) => typeof value === 'string' && matches(value, part);
}

/** `*` stands for any characters, `\*` and `\\` for themselves. */
function wildcard(operand: unknown, path: string): RegExp {
  const pattern = text(operand, 'wildcard', path);
  let source = '';
  for (let place = 0; place < pattern.length; place += 1) {
    const character = pattern.charAt(place);
    if (character === '*') {
      if (pattern.charAt(place + 1) === '*') {
        throw new InvalidEventPattern(`Consecutive wildcard characters, at ${path}.`);
      }
      source += '[^]*';
      continue;
    }
    if (character === '\\') {
      place += 1;
      const escaped = pattern.charAt(place);
      if (escaped !== '*' && escaped !== '\\') throw new InvalidEventPattern(`Invalid escape character, at ${path}.`);
      source += `\\${escaped}`;
      continue;
    }
    source += character.replace(/[.+?^${}()|[\]/]/, '\\$&');
  }
  return new RegExp(`^${source}$`);
}

const COMPARISONS: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

/** Numbers that EventBridge can compare lie within this distance of 0. */
const LARGEST_NUMBER = 5e9;

function numeric(operand: unknown, path: string): Test {
  if (!Array.isArray(operand) || operand.length === 0 || operand.length > 4 || operand.length % 2 === 1) {
    throw new InvalidEventPattern(`numeric takes one or two pairs of comparison and number, at ${path}.`);
  }
  const signs: string[] = [];
  const tests: ((value: number) => boolean)[] = [];
  for (let place = 0; place < operand.length; place += 2) {
    const sign: unknown = operand[place];
    const bound: unknown = operand[place + 1];
    const compare = typeof sign === 'string' ? COMPARISONS[sign] : undefined;
    if (!compare || typeof bound !== 'number' || Math.abs(bound) > LARGEST_NUMBER) {
      throw new InvalidEventPattern(`numeric takes comparisons (=, <, <=, >, >=) with numbers, at ${path}.`);
    }
    signs.push(String(sign));
    tests.push((value) => compare(value, bound));
  }
  if (signs.length === 2 && !(signs[0]?.startsWith('>') && signs[1]?.startsWith('<'))) {
    throw new InvalidEventPattern(`A numeric range has a lower bound first, then an upper one, at ${path}.`);
  }
  return (value) => typeof value === 'number' && tests.every((test) => test(value));
}

function cidr(operand: unknown, path: string): Test {
  const [network = '', mask = '', ...more] = text(operand, 'cidr', path).split('/');
  const base = addressBits(network);
  const length = /^\d{1,3}$/.test(mask) ? Number(mask) : NaN;
  if (!base || more.length > 0 || !(length <= base.width)) {
    throw new InvalidEventPattern(`Malformed CIDR, at ${path}.`);
  }
  const drop = BigInt(base.width - length);
  return (value) => {
    const address = typeof value === 'string' ? addressBits(value) : undefined;
    return address?.width === base.width && address.bits >> drop === base.bits >> drop;
  };
}

function addressBits(address: string): { readonly bits: bigint; readonly width: number } | undefined {
  const version = isIP(address);
  if (version === 4) {
    const bits = address.split('.').reduce((sum, part) => (sum << 8n) | BigInt(Number(part)), 0n);
    return { bits, width: 32 };
  }
  if (version !== 6 || address.includes('.') || address.includes('%')) return undefined;
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = new Array<string>(8 - left.length - right.length).fill('0');
  const bits = [...left, ...zeros, ...right].reduce((sum, part) => (sum << 16n) | BigInt(`0x${part}`), 0n);
  return { bits, width: 128 };
}

/** What `anything-but` excludes: values of one type, or strings by one operator. */
function anythingBut(operand: unknown, path: string): Test {
  const invalid = (): InvalidEventPattern =>
    new InvalidEventPattern(`anything-but takes strings, numbers, or one operator over strings, at ${path}.`);
  if (!isRecord(operand)) {
    const values: readonly unknown[] = Array.isArray(operand) ? (operand as unknown[]) : [operand];
    const [first] = values;
    if (typeof first !== 'string' && typeof first !== 'number') throw invalid();
    if (!values.every((value) => typeof value === typeof first)) throw invalid();
    return (value) => values.includes(value);
  }
  const [operator = '', ...more] = Object.keys(operand);
  const inner = operand[operator];
  const parts: readonly unknown[] = Array.isArray(inner) ? (inner as unknown[]) : [inner];
  if (more.length > 0 || parts.length === 0 || !parts.every((part) => typeof part === 'string')) throw invalid();
  if (!['prefix', 'suffix', 'equals-ignore-case', 'wildcard'].includes(operator)) throw invalid();
  // Nothing would be left to match.
  if (operator !== 'wildcard' && operator !== 'equals-ignore-case' && parts.includes('')) throw invalid();
  const tests = parts.map((part) => compileAlternative({ [operator]: part }, path));
  return (value) => tests.some((test) => test(value));
}
