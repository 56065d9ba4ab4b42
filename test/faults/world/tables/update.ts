/** Update expressions, as far as the adapters use them: `ADD` of numbers. */
import type { Value, ValueMap } from './attributes';
import { ExpressionText, remembering, type Given, type Used } from './expression-text';
import { invalid, Unfit, Unmodelled } from './refusals';

export interface Update extends Used {
  readonly parts: readonly { readonly name: (given: Given) => string; readonly value: (given: Given) => Value }[];
}

export const updateOf = remembering((text: string): Update => {
  const words = new ExpressionText(text);
  words.expect('ADD');
  const parts = [];
  do parts.push({ name: words.path(), value: words.value() });
  while (words.skip(','));
  words.end();
  return { parts, names: words.names, values: words.values };
});

/** What is added to which attribute. @throws ValidationException for what no item could take */
export function additionsOf(update: Update, given: Given, keys: readonly string[]): ReadonlyMap<string, number> {
  const additions = new Map<string, number>();
  for (const { name, value } of update.parts) {
    const attribute = name(given);
    const amount = value(given);
    if (typeof amount !== 'number') {
      throw invalid('Invalid UpdateExpression: Incorrect operand type for operator or function; operator: ADD');
    }
    if (keys.includes(attribute)) {
      throw invalid(
        `One or more parameter values were invalid: Cannot update attribute ${attribute}. This attribute is part of the key`,
      );
    }
    if (additions.has(attribute)) {
      throw invalid(
        `Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [${attribute}], path two: [${attribute}]`,
      );
    }
    additions.set(attribute, amount);
  }
  return additions;
}

/** @throws Unfit for what is no number; Unmodelled for sums that are exact in the database only */
export function sumsOf(additions: ReadonlyMap<string, number>, item: ValueMap | undefined): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [name, amount] of additions) {
    const present = item?.[name] ?? 0;
    if (typeof present !== 'number' || item?.[name] === null) {
      throw new Unfit('An operand in the update expression has an incorrect data type');
    }
    const sum = present + amount;
    if (!Number.isSafeInteger(present) || !Number.isSafeInteger(amount) || !Number.isSafeInteger(sum)) {
      throw new Unmodelled(`the sum of ${present} and ${amount}`);
    }
    sums[name] = sum;
  }
  return sums;
}
