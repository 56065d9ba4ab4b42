/** Condition expressions, as far as the adapters use them. */
import { compareBytes, compareTexts, isBytes, same, type Value, type ValueMap } from './attributes';
import { ExpressionText, remembering, type Given, type Used } from './expression-text';
import { invalid } from './refusals';

export interface Condition extends Used {
  readonly text: string;
  /** Whether it holds for an item, or for none where there is none. */
  holds(item: ValueMap | undefined, given: Given): boolean;
}

type Test = Condition['holds'];
type Operand = (item: ValueMap | undefined, given: Given) => Value | undefined;

export const conditionOf = remembering((text: string): Condition => {
  const words = new ExpressionText(text);
  const holds = anyOf(words);
  words.end();
  return { text, names: words.names, values: words.values, holds };
});

function anyOf(words: ExpressionText): Test {
  const first = allOf(words);
  if (!words.skip('OR')) return first;
  const rest = anyOf(words);
  return (item, given) => first(item, given) || rest(item, given);
}

function allOf(words: ExpressionText): Test {
  const first = notOf(words);
  if (!words.skip('AND')) return first;
  const rest = allOf(words);
  return (item, given) => first(item, given) && rest(item, given);
}

function notOf(words: ExpressionText): Test {
  if (!words.skip('NOT')) return single(words);
  const test = notOf(words);
  return (item, given) => !test(item, given);
}

function single(words: ExpressionText): Test {
  if (words.skip('(')) {
    // The service refuses redundant parentheses.
    if (words.peek() === '(') words.refuse();
    const test = anyOf(words);
    words.expect(')');
    return test;
  }
  if (words.skip('attribute_exists')) return exists(words, true);
  if (words.skip('attribute_not_exists')) return exists(words, false);
  return comparison(words);
}

function exists(words: ExpressionText, expected: boolean): Test {
  words.expect('(');
  const name = words.path();
  words.expect(')');
  return (item, given) => (item?.[name(given)] !== undefined) === expected;
}

function comparison(words: ExpressionText): Test {
  const left = operand(words);
  const operator = words.next();
  if (operator !== '=' && operator !== '<>' && !isOrder(operator)) return words.refuse();
  const right = operand(words);
  // What is absent equals nothing, so `<>` holds for it and every other comparison fails.
  if (operator === '=') {
    return (item, given) => {
      const value = left.read(item, given);
      return value !== undefined && same(value, right.read(item, given));
    };
  }
  if (operator === '<>') {
    return (item, given) => {
      const value = left.read(item, given);
      return value === undefined || !same(value, right.read(item, given));
    };
  }
  return (item, given) => {
    const one = left.read(item, given);
    const other = right.read(item, given);
    if (left.literal) checkOrdered(operator, one);
    if (right.literal) checkOrdered(operator, other);
    return inOrder(operator, one, other);
  };
}

function operand(words: ExpressionText): { read: Operand; literal: boolean } {
  if (words.peek()?.startsWith(':') === true) {
    const value = words.value();
    return { read: (_item, given) => value(given), literal: true };
  }
  const name = words.path();
  return { read: (item, given) => item?.[name(given)], literal: false };
}

export type Order = '<' | '<=' | '>' | '>=';
export const isOrder = (word: string): word is Order => word === '<' || word === '<=' || word === '>' || word === '>=';

/** Values of different types have no order. */
function inOrder(operator: Order, one: Value | undefined, other: Value | undefined): boolean {
  if (typeof one === 'number') return typeof other === 'number' && fits(operator, one - other);
  if (typeof one === 'string') return typeof other === 'string' && fits(operator, compareTexts(one, other));
  return isBytes(one) && isBytes(other) && fits(operator, compareBytes(one, other));
}

export function fits(operator: Order, difference: number): boolean {
  switch (operator) {
    case '<':
      return difference < 0;
    case '<=':
      return difference <= 0;
    case '>':
      return difference > 0;
    case '>=':
      return difference >= 0;
  }
}

function checkOrdered(operator: Order, value: Value | undefined): void {
  if (typeof value === 'number' || typeof value === 'string' || isBytes(value)) return;
  const type = value === null ? 'NULL' : typeof value === 'boolean' ? 'BOOL' : Array.isArray(value) ? 'LIST' : 'MAP';
  throw invalid(
    `Invalid ConditionExpression: Incorrect operand type for operator or function; operator: ${operator}, operand type: ${type}`,
  );
}
