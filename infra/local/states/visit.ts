import type { Clock } from '../clock';
import { languageOf, type State, type WayOut } from './definition';
import type { Execution } from './execution';
import { unexpectedType, type Asker, type Bindings } from './expressions';
import type { Integrations } from './integrations';
import type { Mark } from './journal';
import { refuseOversized } from './limits';

/** What a running execution needs from outside. */
export interface Run {
  readonly execution: Execution;
  readonly clock: Clock;
  readonly integrations: Integrations;
  /** A number from 0 up to 1, for jitter. */
  readonly random: () => number;
}

/** One sequence of states: the top level, a branch, or the work on one item. */
export interface Frame {
  /** Where it lies in the execution; empty for the top level. */
  readonly path: string;
  readonly signal: AbortSignal;
  /** What its states see. A branch begins with its outer scope's, and keeps its own to itself. */
  variables: Bindings;
  lastEventId: number;
  readonly item?: { readonly Index: number; readonly Value: unknown };
  /** The state being visited, for the event that says it was cut off. */
  at?: string;
}

/** How a state was left. */
export interface Exit {
  readonly output: unknown;
  readonly outputJson: string;
  readonly assigned: Readonly<Record<string, unknown>>;
  readonly next: string | undefined;
}

/** What `$states` holds besides the input and the context. */
export type Extra = Readonly<{ result?: unknown; errorOutput?: unknown }>;

/** One visit to one state. */
export class Visit<S extends State = State> {
  /** Set while a task waits for an answer: the context object shows it. */
  token: string | undefined;
  private readonly jsonata: boolean;

  constructor(
    readonly run: Run,
    readonly frame: Frame,
    readonly name: string,
    readonly state: S,
    readonly input: unknown,
    readonly path: string,
    readonly mark: Mark,
  ) {
    this.jsonata = languageOf(state, run.execution.machine.definition) === 'JSONata';
  }

  /** Whether its fields are read as JSONata; otherwise they are what they are. */
  get usesJsonata(): boolean {
    return this.jsonata;
  }

  get asker(): Asker {
    return { stateName: this.name, enteredEventId: this.mark.enteredEventId ?? 0 };
  }

  /** Adds an event after the frame's last one. */
  event(type: string, details?: Readonly<Record<string, unknown>>): number {
    this.frame.lastEventId = this.run.execution.history.add(type, this.frame.lastEventId, details);
    return this.frame.lastEventId;
  }

  /** `template` with its expressions evaluated; throws EvaluationFailure. */
  async fill(template: unknown, field: string, extra: Extra = {}, item = this.frame.item): Promise<unknown> {
    if (!this.jsonata) return template;
    const states = { input: this.input, context: this.context(item), ...extra };
    const { expressions } = this.run.execution.machine;
    return expressions.fill(template, field, { ...this.frame.variables, states }, this.asker);
  }

  /** A number from `least` up, undefined when the field is absent; throws EvaluationFailure for anything else. */
  async number(template: unknown, field: string, least: number, whole = true): Promise<number | undefined> {
    if (template === undefined) return undefined;
    const value = await this.fill(template, field);
    if (typeof value !== 'number' || value < least || (whole && !Number.isInteger(value))) {
      throw unexpectedType(this.asker, template, field, whole ? 'integer' : 'number', value);
    }
    return value;
  }

  /**
   * Leaves by `way`, or by `fallback` as output when it declares none. Everything is read before anything is assigned.
   * Throws EvaluationFailure, or States.DataLimitExceeded.
   */
  async leave(way: WayOut, fallback: unknown, extra: Extra = {}, next = way.Next): Promise<Exit> {
    const output = 'Output' in way ? await this.fill(way.Output, 'Output', extra) : fallback;
    const assigned: Record<string, unknown> = {};
    for (const [variable, template] of Object.entries(way.Assign ?? {})) {
      const value = await this.fill(template, `Assign/${variable}`, extra);
      refuseOversized(JSON.stringify(value), this.name);
      assigned[variable] = value;
    }
    const outputJson = JSON.stringify(output);
    refuseOversized(outputJson, this.name);
    return { output, outputJson, assigned, next };
  }

  private context(item: Frame['item']): unknown {
    const { execution } = this.run;
    return {
      Execution: {
        Id: execution.arn,
        Input: execution.inputValue,
        Name: execution.name,
        RoleArn: execution.machine.roleArn,
        StartTime: new Date(execution.startedAt).toISOString(),
        RedriveCount: 0,
      },
      State: {
        EnteredTime: new Date(this.mark.enteredAt).toISOString(),
        Name: this.name,
        RetryCount: this.mark.attempt,
      },
      StateMachine: { Id: execution.machine.arn, Name: execution.machine.name },
      ...(this.token === undefined ? {} : { Task: { Token: this.token } }),
      ...(item === undefined ? {} : { Map: { Item: item } }),
    };
  }
}
