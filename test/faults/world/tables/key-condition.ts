/** Key conditions of a query: the partition, and optionally a range of it. */
import { compareTexts, type Value } from './attributes';
import { fits, isOrder, type Order } from './condition';
import { checkGiven, ExpressionText, remembering, type Given, type Used } from './expression-text';
import { invalid } from './refusals';

/** The keys that a query goes by: those of the table, or of an index. */
export interface KeyNames {
  readonly partitionKey: string;
  readonly sortKey?: string;
}

export interface Range {
  readonly partition: string;
  /** Whether a sort key lies within. */
  within(sort: string): boolean;
}

type Operator = '=' | Order | 'BETWEEN' | 'begins_with';

interface Part {
  readonly name: (given: Given) => string;
  readonly operator: Operator;
  readonly values: readonly ((given: Given) => Value)[];
}

interface KeyCondition extends Used {
  readonly parts: readonly Part[];
}

const keyConditionOf = remembering((text: string): KeyCondition => {
  const words = new ExpressionText(text);
  const parts = [partOf(words)];
  if (words.skip('AND')) parts.push(partOf(words));
  words.end();
  return { parts, names: words.names, values: words.values };
});

function partOf(words: ExpressionText): Part {
  if (words.skip('begins_with')) {
    words.expect('(');
    const name = words.path();
    words.expect(',');
    const value = words.value();
    words.expect(')');
    return { name, operator: 'begins_with', values: [value] };
  }
  const name = words.path();
  const operator = words.next();
  if (operator === 'BETWEEN') {
    const low = words.value();
    words.expect('AND');
    return { name, operator, values: [low, words.value()] };
  }
  if (operator !== '=' && !isOrder(operator)) return words.refuse();
  return { name, operator, values: [words.value()] };
}

/** @throws ValidationException for a condition that does not fit the keys */
export function rangeOf(text: string, given: Given, keys: KeyNames): Range {
  const condition = keyConditionOf(text);
  checkGiven(given, condition);
  let partition: string | undefined;
  let within: Range['within'] = () => true;
  for (const part of condition.parts) {
    const name = part.name(given);
    if (name === keys.partitionKey && part.operator === '=' && partition === undefined) {
      [partition = ''] = textsOf(part, name, given);
    } else if (name === keys.sortKey) within = withinOf(part.operator, textsOf(part, name, given));
    else throw invalid(name === keys.partitionKey ? 'Query key condition not supported' : missing(keys.partitionKey));
  }
  if (partition === undefined) throw invalid(missing(keys.partitionKey));
  return { partition, within };
}

const missing = (name: string): string => `Query condition missed key schema element: ${name}`;

function textsOf({ values }: Part, name: string, given: Given): string[] {
  return values.map((value) => {
    const text = value(given);
    if (typeof text !== 'string') {
      throw invalid('One or more parameter values were invalid: Condition parameter type does not match schema type');
    }
    if (text === '') {
      throw invalid(
        `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: ${name}`,
      );
    }
    return text;
  });
}

function withinOf(operator: Operator, [bound = '', upper = '']: readonly string[]): Range['within'] {
  if (operator === '=') return (sort) => sort === bound;
  if (operator === 'begins_with') return (sort) => sort.startsWith(bound);
  if (operator !== 'BETWEEN') return (sort) => fits(operator, compareTexts(sort, bound));
  if (compareTexts(bound, upper) > 0) {
    throw invalid('The BETWEEN operator requires upper bound to be greater than or equal to lower bound');
  }
  return (sort) => compareTexts(sort, bound) >= 0 && compareTexts(sort, upper) <= 0;
}
