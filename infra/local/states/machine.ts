import { createHash } from 'node:crypto';
import type { Clock } from '../clock';
import { checkDefinition } from './check-definition';
import type { Definition } from './definition';
import { InvalidDefinition } from './errors';
import { Expressions } from './expressions';
import { refuseUnsupported } from './refuse-unsupported';

export type MachineType = 'STANDARD' | 'EXPRESS';

/** Visits per machine: what a bench multiplies with the price list. */
export interface Traffic {
  executions: number;
  /** States entered, inner ones included. */
  entered: number;
  /** Further attempts of a state; AWS bills each as a transition. */
  retries: number;
  readonly states: Record<string, number>;
}

/** A state machine that may run. */
export interface Machine {
  readonly arn: string;
  readonly name: string;
  readonly type: MachineType;
  readonly roleArn: string;
  readonly text: string;
  /** Tells definitions apart, so that an execution goes on with the one that it began with. */
  readonly hash: string;
  readonly definition: Definition;
  readonly expressions: Expressions;
  readonly traffic: Traffic;
}

export interface MachineSource {
  readonly arn: string;
  readonly name: string;
  readonly type: MachineType;
  /** The definition's text, or the same as an object. */
  readonly definition: string | object;
  readonly roleArn?: string;
}

/** Throws UnsupportedDefinition or InvalidDefinition. */
export function loadMachine(
  source: MachineSource,
  clock: Clock,
  supports: (resource: string) => boolean,
  traffic: Traffic = { executions: 0, entered: 0, retries: 0, states: {} },
): Machine {
  const text = typeof source.definition === 'string' ? source.definition : JSON.stringify(source.definition);
  let definition: unknown;
  try {
    definition = JSON.parse(text);
  } catch (error) {
    throw new InvalidDefinition(`The definition of ${source.name} is not JSON: ${String(error)}`);
  }
  refuseUnsupported(definition, supports);
  const expressions = new Expressions(clock);
  // From here on the definition's shape is known; the check throws if it is not.
  const checked = definition as Definition;
  checkDefinition(checked, source.type, expressions);
  return {
    arn: source.arn,
    name: source.name,
    type: source.type,
    roleArn: source.roleArn ?? 'arn:aws:iam::000000000000:role/laptop',
    text,
    hash: createHash('sha256').update(text).digest('hex').slice(0, 32),
    definition: checked,
    expressions,
    traffic,
  };
}
