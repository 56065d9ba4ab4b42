import { StateFailure } from './errors';
import { MAX_HISTORY_EVENTS } from './limits';

/** One event in the shape of GetExecutionHistory; `timestamp` is in seconds since the epoch, as on the wire. */
export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  readonly timestamp: number;
  readonly type: string;
  readonly [details: string]: unknown;
}

/** What the events that carry data say about its completeness; the laptop never cuts any off. */
export const WHOLE = { truncated: false };

/** The events of one execution. An Express execution only counts them: nobody can ask for them. */
export class History {
  private readonly events: HistoryEvent[];
  private lastId: number;

  constructor(
    private readonly kept: boolean,
    private readonly now: () => number,
    earlier: readonly HistoryEvent[] = [],
  ) {
    this.events = [...earlier];
    this.lastId = earlier.at(-1)?.id ?? 0;
  }

  /** Adds an event and answers its id. Fails the execution when the history is full. */
  add(type: string, previousEventId: number, details: Readonly<Record<string, unknown>> = {}): number {
    if (this.kept && this.lastId >= MAX_HISTORY_EVENTS - 1 && !type.startsWith('Execution')) {
      throw new StateFailure(
        'States.Runtime',
        `The execution reached the maximum number of history events (${MAX_HISTORY_EVENTS}).`,
      );
    }
    this.lastId += 1;
    if (this.kept) {
      this.events.push({ ...details, id: this.lastId, previousEventId, timestamp: this.now() / 1000, type });
    }
    return this.lastId;
  }

  get length(): number {
    return this.lastId;
  }

  all(): readonly HistoryEvent[] {
    return this.events;
  }

  /** The events after the one with id `after`. */
  since(after: number): readonly HistoryEvent[] {
    // Ids count up from 1 without gaps, so that the id is also the place.
    return this.events.slice(after);
  }
}
