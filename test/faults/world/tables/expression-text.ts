/** What condition, key condition and update expressions have in common: their words, and what the words stand for. */
import type { Value, ValueMap } from './attributes';
import { invalid, Unmodelled } from './refusals';
import { reservedWords } from './reserved-words';

/** What comes with an expression: `#name` and `:value`. */
export interface Given {
  readonly names: Readonly<Record<string, string>> | undefined;
  readonly values: ValueMap | undefined;
}

const word = /\s*(?:([#:]?[A-Za-z_][A-Za-z0-9_]*)|(<=|>=|<>|[=<>(),]))/y;

/** Reads an expression word by word, and notes which names and values it uses. */
export class ExpressionText {
  readonly names = new Set<string>();
  readonly values = new Set<string>();
  private readonly words: string[] = [];
  private place = 0;

  constructor(readonly text: string) {
    word.lastIndex = 0;
    let end = 0;
    for (let found = word.exec(text); found !== null; found = word.exec(text)) {
      this.words.push((found[1] ?? found[2]) as string);
      end = word.lastIndex;
    }
    if (text.slice(end).trim() !== '') this.refuse();
  }

  peek(): string | undefined {
    return this.words[this.place];
  }

  /** Goes past a word if it comes next. */
  skip(expected: string): boolean {
    if (this.words[this.place] !== expected) return false;
    this.place += 1;
    return true;
  }

  expect(expected: string): void {
    if (!this.skip(expected)) this.refuse();
  }

  next(): string {
    const next = this.words[this.place];
    if (next === undefined) return this.refuse();
    this.place += 1;
    return next;
  }

  /** The name of an attribute of the item itself; paths into it are not used. */
  path(): (given: Given) => string {
    const next = this.next();
    if (next.startsWith('#')) {
      this.names.add(next);
      return ({ names }) => names?.[next] as string;
    }
    // Before a parenthesis stands a function, and one that is not imitated.
    const isName = /^[A-Za-z]/.test(next) && !keywords.has(next.toUpperCase()) && this.peek() !== '(';
    if (!isName) return this.refuse();
    if (reservedWords.has(next.toUpperCase())) {
      throw invalid(`Invalid expression: Attribute name is a reserved keyword; reserved keyword: ${next}`);
    }
    return () => next;
  }

  value(): (given: Given) => Value {
    const next = this.next();
    if (!next.startsWith(':')) return this.refuse();
    this.values.add(next);
    return ({ values }) => values?.[next] as Value;
  }

  end(): void {
    if (this.place < this.words.length) this.refuse();
  }

  refuse(): never {
    throw new Unmodelled(`the expression "${this.text}", from its word ${this.place + 1} on`);
  }
}

const keywords = new Set(['AND', 'OR', 'NOT', 'IN', 'BETWEEN', 'SET', 'REMOVE', 'ADD', 'DELETE']);

/** An expression that was read, with what it uses. */
export interface Used {
  readonly names: ReadonlySet<string>;
  readonly values: ReadonlySet<string>;
}

/** @throws ValidationException unless exactly the names and values are given that the expressions of a request use */
export function checkGiven({ names, values }: Given, one: Used | undefined, other?: Used): void {
  if (names !== undefined) checkUsed('Names', names, one?.names, other?.names);
  if (values !== undefined) checkUsed('Values', values, one?.values, other?.values);
  if (one !== undefined) checkDefined(one, names, values);
  if (other !== undefined) checkDefined(other, names, values);
}

function checkUsed(
  kind: 'Names' | 'Values',
  given: object,
  one?: ReadonlySet<string>,
  other?: ReadonlySet<string>,
): void {
  if (one === undefined && other === undefined) {
    throw invalid(`ExpressionAttribute${kind} can only be specified when using expressions`);
  }
  let some = false;
  for (const name in given) {
    some = true;
    if (one?.has(name) !== true && other?.has(name) !== true) {
      throw invalid(`Value provided in ExpressionAttribute${kind} unused in expressions: keys: {${name}}`);
    }
  }
  if (!some) throw invalid(`ExpressionAttribute${kind} must not be empty`);
}

function checkDefined(used: Used, names: Given['names'], values: Given['values']): void {
  for (const name of used.names) {
    if (names?.[name] !== undefined) continue;
    throw invalid(`An expression attribute name used in the document path is not defined; attribute name: ${name}`);
  }
  for (const name of used.values) {
    if (values?.[name] !== undefined) continue;
    throw invalid(`An expression attribute value used in expression is not defined; attribute value: ${name}`);
  }
}

/** Reads each text once. */
export function remembering<Read>(read: (text: string) => Read): (text: string) => Read {
  const known = new Map<string, Read>();
  return (text) => {
    let found = known.get(text);
    if (found === undefined) {
      found = read(text);
      known.set(text, found);
    }
    return found;
  };
}
