import jsonata from 'jsonata';
import type { Clock } from '../clock';
import { expressionIn } from './definition';
import { EvaluationFailure, InvalidDefinition } from './errors';
import { stepFunctionsFunctions } from './functions';

/** A runaway expression must not hold the host: wall time in milliseconds, and depth of calls. */
const GUARD = { timeout: 10_000, stack: 1_000 };

/** What an expression sees: `$states` and the variables, by name without the dollar sign. */
export type Bindings = Readonly<Record<string, unknown>>;

/** Who is asking, for the cause that AWS words in full. */
export interface Asker {
  readonly stateName: string;
  readonly enteredEventId: number;
}

/** Compiles each expression once and evaluates it. */
export class Expressions {
  private readonly compiled = new Map<string, jsonata.Expression>();
  private readonly functions: Readonly<Record<string, unknown>>;

  constructor(clock: Clock) {
    const format = jsonata('$fromMillis($millis, $picture, $timezone)');
    this.functions = stepFunctionsFunctions(clock, (millis, picture, timezone): Promise<unknown> =>
      format.evaluate(undefined, { millis, picture, timezone }),
    );
  }

  /** The compiled expression; throws InvalidDefinition when its syntax is wrong. */
  compile(source: string): jsonata.Expression {
    const known = this.compiled.get(source);
    if (known) return known;
    try {
      const fresh = jsonata(source, GUARD);
      this.compiled.set(source, fresh);
      return fresh;
    } catch (error) {
      throw new InvalidDefinition(`The JSONata expression '${source}' cannot be read: ${messageOf(error)}`);
    }
  }

  /**
   * `template` with every expression in it replaced by its value. `field` is its place in the state, e.g. `Output`.
   * Throws EvaluationFailure, worded as AWS does.
   */
  async fill(template: unknown, field: string, bindings: Bindings, asker: Asker): Promise<unknown> {
    const source = expressionIn(template);
    if (source !== undefined) return this.evaluate(source, field, bindings, asker);
    if (Array.isArray(template)) {
      const filled: unknown[] = [];
      for (const [index, item] of template.entries()) {
        filled.push(await this.fill(item, `${field}[${index}]`, bindings, asker));
      }
      return filled;
    }
    if (typeof template === 'object' && template !== null) {
      const filled: Record<string, unknown> = {};
      for (const [key, value] of Object.entries(template)) {
        filled[key] = await this.fill(value, `${field}/${key}`, bindings, asker);
      }
      return filled;
    }
    return template;
  }

  private async evaluate(source: string, field: string, bindings: Bindings, asker: Asker): Promise<unknown> {
    const fail = (what: string): EvaluationFailure =>
      new EvaluationFailure(
        enteredText(asker) + `The JSONata expression '${source}' specified for the field '${field}' ${what}`,
        field,
      );
    let value: unknown;
    try {
      value = await this.compile(source).evaluate(undefined, { ...this.functions, ...bindings });
    } catch (error) {
      throw fail(`threw an error during evaluation. ${messageOf(error)}`);
    }
    if (value === undefined) throw fail('returned nothing (undefined).');
    return plain(value, () => fail('returned a value that is not JSON, such as a function or an infinite number.'));
  }
}

/** The beginning of every cause that names a state. */
export function enteredText(asker: Asker): string {
  return `An error occurred while executing the state '${asker.stateName}' (entered at the event id #${asker.enteredEventId}). `;
}

/** The failure of an expression whose value has the wrong type. */
export function unexpectedType(
  asker: Asker,
  template: unknown,
  field: string,
  expected: string,
  value: unknown,
): EvaluationFailure {
  const actual = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  return new EvaluationFailure(
    `${enteredText(asker)}The JSONata expression '${expressionIn(template) ?? JSON.stringify(template)}' specified for ` +
      `the field '${field}' returned an unexpected result type. ` +
      `Expected '${expected}', but was '${actual}' for value: ${JSON.stringify(value)}`,
    field,
  );
}

/** A copy that holds nothing but JSON: JSONata marks its arrays, and could hand out functions. */
function plain(value: unknown, refuse: () => EvaluationFailure): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw refuse();
    return value;
  }
  if (Array.isArray(value)) return value.map((item: unknown) => plain(item, refuse));
  if (typeof value !== 'object' || '_jsonata_lambda' in value || '_jsonata_function' in value) throw refuse();
  const copy: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) if (member !== undefined) copy[key] = plain(member, refuse);
  return copy;
}

function messageOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const { code, message } = error as { code?: unknown; message?: unknown };
  return typeof code === 'string' ? `${code}: ${String(message)}` : String(message);
}
