import { freshness } from '../../../shared/adapters/secrets/connections';
import type { FaultKind, Plan } from '../plan';
import type { Trace } from './trace';

/** One thing that can go on next. Exactly one does at a time, so that a run is the same run every time. */
interface Item {
  readonly process: Process | undefined;
  /** Counted, and open to faults; what merely carries an answer back is not. */
  readonly call: Call | undefined;
  /** Waits until nobody else is ready. */
  readonly overtaken: boolean;
  readonly fingerprint: number | (() => number);
  go(kind: FaultKind | undefined): void;
}

/** What passes the one counter: an input or output of a process, or a message on its way. */
export interface Call {
  /** What it is, e.g. `PutItem orders cancellation`: the same words in every run. */
  readonly label: string;
  /** Whether something may be different afterwards. */
  readonly effect: boolean;
  /** What may go wrong with it. */
  readonly kinds: readonly FaultKind[];
}

/** When a counted call was made, as far as it matters to what else a fault there could change. */
export interface Moment {
  /** Counts the changes from one process to another: equal for two calls between which nobody else ran and no time passed. */
  readonly stretch: number;
  /** Nobody else was ready, so that nobody could have gone first. */
  readonly alone: boolean;
}

interface Timer {
  readonly time: number;
  /** With whom it dies. */
  readonly owner: Process | undefined;
  readonly run: () => void;
  readonly fingerprint: number;
}

/** What a process keeps for its life. */
export class Environment {
  readonly kept = new Map<object, unknown>();
  /** When each secret was read. */
  readonly secrets = new Map<string, number>();

  /** What the next invocation depends on: clients hold nothing, and a secret that was read is not read again for a while. */
  digest(now: number): string {
    return [...this.secrets].map(([name, at]) => `${name} ${now - at < freshness ? at : ''}`).join();
  }
}

/** A running invocation of one function, or the script of a client. */
export interface Process {
  readonly id: string;
  readonly name: string;
  /** For whom it works, where it works for one tenant. */
  readonly tenant: string | undefined;
  alive: boolean;
  /** Milliseconds that its clock is ahead. */
  skew: number;
  /** Of what it was started with and of every answer since: all that its memory can depend on. */
  readonly trace: Trace;
  /** What the process it runs in keeps between invocations. */
  readonly environment: Environment;
  /** Milliseconds after its start at which its function's time is up. */
  readonly limitMs: number;
  readonly startedAt: number;
  /** Told when it dies before its end, with the name of the error that its caller sees. */
  died(error: string): void;
}

/** One line of a run's history. */
export interface Happening {
  readonly index: number;
  readonly at: string;
  readonly process: string;
  readonly label: string;
  readonly fault?: FaultKind;
  request?: string;
  /** How it ended, in short. */
  answer?: string;
}

export interface WorldOptions {
  readonly startAt: number;
  readonly plan: Plan;
  /** Places where something goes wrong, with a number from 0 up to 1 that says which of the kinds that fit there. */
  readonly anywhere?: ReadonlyMap<number, number> | undefined;
  /** Chance for jitter and for who goes next; absent: no jitter, and whoever runs runs on. */
  readonly random?: (() => number) | undefined;
  /** Whether to keep the history, which costs time. */
  readonly recording: boolean;
  /** Asked at every change from one process to another once the last fault has struck; true ends the run there. */
  readonly seen?: ((world: World) => boolean) | undefined;
}

/** No run comes near; one that does goes round in circles. */
const MOST_CALLS = 6_000;
const LONGEST_MS = 200 * 24 * 3_600_000;

/**
 * The deterministic core: whatever is ready waits in one queue, one item goes on at a time, everything that it makes
 * ready runs until it waits again, and time moves only when nothing is ready.
 */
export class World {
  now: number;
  /** Inputs and outputs so far. */
  count = 0;
  readonly history: Happening[] = [];
  /** The counted calls of this run, in order: what the next plans choose from. */
  readonly calls: Call[] = [];
  /** Of each of these calls. */
  readonly moments: Moment[] = [];
  readonly struck: { at: number; kind: FaultKind; label: string }[] = [];
  /** The process whose code runs at this moment. */
  current: Process | undefined;
  /** Ended before rest because the state had been seen: the count at that moment. */
  prunedAt: number | undefined;
  /** Why it did not come to rest. */
  endless: string | undefined;
  /** When somebody outside wants to be asked before time goes on further; looked at whenever it is about to. */
  alarm: (() => number | undefined) | undefined;
  /** What part of the story this is, for whoever compares states. */
  private phase = '';
  private struckBefore = 0;
  /** Whether the last rest ended because of it. */
  rang = false;

  private readonly ready: Item[] = [];
  private readonly timers: Timer[] = [];
  private readonly faults: Map<number, FaultKind>;
  private lastFault: number;
  private last: Process | undefined;
  private stretch = 0;
  private readonly alive = new Set<Process>();
  private readonly ids = new Map<string, number>();

  constructor(private readonly options: WorldOptions) {
    this.now = options.startAt;
    this.faults = new Map(options.plan.map(({ at, kind }) => [at, kind]));
    this.lastFault = options.plan.at(-1)?.at ?? 0;
  }

  /** Counted by kind: the same in every run that does the same. */
  newId(kind: string): string {
    const count = (this.ids.get(kind) ?? 0) + 1;
    this.ids.set(kind, count);
    return `${kind}_${String(count).padStart(6, '0')}`;
  }

  random(): number {
    return this.options.random?.() ?? 0;
  }

  /** What time it is for whoever runs now. */
  time(): number {
    return this.now + (this.current?.skew ?? 0);
  }

  spawn(process: Process): void {
    this.alive.add(process);
  }

  end(process: Process): void {
    process.alive = false;
    this.alive.delete(process);
    // Backwards, because taking one out moves those behind it.
    for (let place = this.timers.length - 1; place >= 0; place -= 1) {
      if (this.timers[place]?.owner === process) this.timers.splice(place, 1);
    }
  }

  /** The process dies where it stands: nothing of it goes on. */
  kill(process: Process, error: string): void {
    if (!process.alive) return;
    this.end(process);
    process.died(error);
  }

  /** Runs `run` at `time`, or next when that has passed, unless its owner ends before. Answers what cancels it. */
  at(time: number, run: () => void, fingerprint = 0, owner?: Process): () => void {
    const timer: Timer = { time: Math.max(time, this.now), run, fingerprint, owner };
    let low = 0;
    let high = this.timers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.timers[middle] as Timer).time <= timer.time) low = middle + 1;
      else high = middle;
    }
    this.timers.splice(low, 0, timer);
    return () => {
      const place = this.timers.indexOf(timer);
      if (place >= 0) this.timers.splice(place, 1);
    };
  }

  /** Queues what is to go on; uncounted. */
  resume(process: Process | undefined, fingerprint: Item['fingerprint'], go: () => void): void {
    this.ready.push({ process, call: undefined, overtaken: false, fingerprint, go });
  }

  /** Queues a counted item. `go` is told the fault that the plan has for it; those of order are handled here. */
  enter(
    process: Process | undefined,
    call: Call,
    fingerprint: number,
    go: (kind: FaultKind | undefined) => void,
  ): void {
    this.ready.push({ process, call, overtaken: false, fingerprint, go });
  }

  /** Begins one of the last rounds. */
  begin(phase: string): void {
    this.phase = phase;
    this.struckBefore = this.struck.length;
  }

  /** Whether something went wrong in the round that was begun last; it is gone through once more then. */
  get roundWasStruck(): boolean {
    return this.struck.length > this.struckBefore;
  }

  /** Adds faults behind all that the plan has, while the run goes on. */
  strikeAlso(faults: Plan): void {
    for (const { at, kind } of faults) this.faults.set(at, kind);
    this.lastFault = faults.at(-1)?.at ?? this.lastFault;
  }

  /** Lets everything run until nothing is left to happen, or the state was seen before. */
  async rest(): Promise<void> {
    this.rang = false;
    for (;;) {
      await turn();
      this.current = undefined;
      const item = this.next();
      if (item !== undefined) {
        if (item.process !== this.last && this.count >= this.lastFault && this.options.seen?.(this) === true) {
          this.prunedAt = this.count;
          return;
        }
        this.take(item);
        if (this.endless !== undefined) return;
        continue;
      }
      const alarm = this.alarm?.();
      if (alarm !== undefined && alarm <= (this.timers[0]?.time ?? Infinity)) {
        this.now = Math.max(this.now, alarm);
        this.rang = true;
        return;
      }
      const timer = this.timers.shift();
      if (timer === undefined) return;
      if (timer.time > this.options.startAt + LONGEST_MS) {
        this.endless = `time went on to ${new Date(timer.time).toISOString()}`;
        return;
      }
      this.now = Math.max(this.now, timer.time);
      this.last = undefined;
      this.stretch += 1;
      timer.run();
    }
  }

  /** Adds what the counted item in hand asks for to the history. */
  describe(request: string): void {
    const line = this.history[this.count - 1];
    if (line !== undefined) line.request = request;
  }

  /** Adds how a counted item ended to the history. */
  note(index: number, answer: string): void {
    const line = this.history[index - 1];
    if (line !== undefined) line.answer = answer;
  }

  /** Whether anybody compares states. */
  get exploring(): boolean {
    return this.options.seen !== undefined;
  }

  get recording(): boolean {
    return this.options.recording;
  }

  private take(item: Item): void {
    this.ready.splice(this.ready.indexOf(item), 1);
    if (item.process !== undefined && !item.process.alive) return;
    if (item.process === undefined || item.process !== this.last) this.stretch += 1;
    let kind: FaultKind | undefined;
    if (item.call !== undefined) {
      kind = this.counted(item, item.call);
      if (kind === 'overtaken' || kind === 'delayed') {
        this.ready.push({ ...item, overtaken: true });
        return;
      }
      if (kind === 'reordered') {
        this.ready.splice(1, 0, item);
        return;
      }
    }
    this.last = item.process;
    this.current = item.process;
    item.go(kind);
  }

  private counted(item: Item, call: Call): FaultKind | undefined {
    this.count += 1;
    if (this.count > MOST_CALLS) this.endless = `more than ${MOST_CALLS} calls`;
    this.calls.push(call);
    this.moments.push({ stretch: this.stretch, alone: this.ready.length === 0 });
    const somewhere = this.options.anywhere?.get(this.count);
    const planned =
      somewhere === undefined ? this.faults.get(this.count) : call.kinds[Math.floor(somewhere * call.kinds.length)];
    const kind = planned !== undefined && call.kinds.includes(planned) ? planned : undefined;
    if (kind !== undefined) this.struck.push({ at: this.count, kind, label: call.label });
    if (this.options.recording) {
      this.history.push({
        index: this.count,
        at: new Date(this.now).toISOString(),
        process: item.process?.id ?? '',
        label: call.label,
        ...(kind === undefined ? {} : { fault: kind }),
      });
    }
    return kind;
  }

  /** Whoever runs runs on; else who waited longest; who let others pass comes last. */
  private next(): Item | undefined {
    const { ready } = this;
    if (ready.length <= 1) return ready[0];
    if (this.options.random !== undefined && this.options.random() < 0.25) {
      return ready[Math.floor(this.options.random() * ready.length)];
    }
    let first: Item | undefined;
    for (const item of ready) {
      if (item.overtaken) continue;
      if (item.process !== undefined && item.process === this.last) return item;
      first ??= item;
    }
    return first ?? ready[0];
  }

  /** What is about to happen, as far as this core knows it. */
  fingerprint(): string {
    const processes = [...this.alive]
      .map((one) => `${one.name} ${one.trace.value} ${one.skew} ${one.environment.digest(this.now)}`)
      .sort();
    // To let others pass makes no difference where nobody else is ready.
    const others = this.ready.length > 1;
    const ready = this.ready.map(({ process, call, fingerprint, overtaken }) =>
      [
        process?.name,
        process?.trace.value,
        call?.label,
        typeof fingerprint === 'number' ? fingerprint : fingerprint(),
        overtaken && others,
      ].join(' '),
    );
    const timers = this.timers.map(({ time, fingerprint }) => `${time} ${fingerprint}`);
    const round = this.phase === '' ? '' : `${this.phase} ${this.roundWasStruck}`;
    return `${round}|${this.now}|${processes.join(';')}|${ready.join(';')}|${timers.join(';')}`;
  }
}

/** Everything that promises can do is done before it resolves: nothing in a run waits for more than promises. */
function turn(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
