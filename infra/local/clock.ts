/**
 * The one source of time of the laptop host. Every Wait, deadline, schedule and expiry asks it,
 * so that a journey of days can be walked in milliseconds.
 */
export interface Clock {
  /** Milliseconds since the epoch, UTC. */
  now(): number;
  /**
   * Runs `run` once when the clock reaches `time` (milliseconds since the epoch), in a later turn also when `time`
   * has passed. Answers the function that cancels it; cancelling twice, or too late, does nothing.
   */
  at(time: number, run: () => void): () => void;
}

interface Timer {
  readonly time: number;
  readonly run: () => void;
}

/** Timers in the order in which they fall due; equal times keep the order in which they were asked for. */
class TimerQueue {
  private readonly timers: Timer[] = [];

  add(timer: Timer): void {
    let low = 0;
    let high = this.timers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.timers[middle];
      if (other && other.time <= timer.time) low = middle + 1;
      else high = middle;
    }
    this.timers.splice(low, 0, timer);
  }

  remove(timer: Timer): void {
    const place = this.timers.indexOf(timer);
    if (place >= 0) this.timers.splice(place, 1);
  }

  next(): Timer | undefined {
    return this.timers[0];
  }

  takeDue(now: number): Timer | undefined {
    const first = this.timers[0];
    return first && first.time <= now ? this.timers.shift() : undefined;
  }
}

/** setTimeout fires at once when asked for more than this, so longer waits are made of several naps. */
const LONGEST_NAP_MS = 2 ** 31 - 1;

export interface HostClockOptions {
  /** The time that the clock shows at first, milliseconds since the epoch; may lie in the past. Default: real time. */
  readonly startAt?: number;
  /** Told the new offset after every move, before any timer fires, so that worker threads can follow. */
  readonly onMove?: (offsetMs: number) => void;
}

/** Real time plus an offset that can only grow. Its timers never keep the process alive. */
export class HostClock implements Clock {
  private readonly queue = new TimerQueue();
  private readonly onMove: ((offsetMs: number) => void) | undefined;
  private offsetMs: number;
  private nap: NodeJS.Timeout | undefined;

  constructor(options: HostClockOptions = {}) {
    this.offsetMs = options.startAt === undefined ? 0 : options.startAt - Date.now();
    this.onMove = options.onMove;
  }

  /** Milliseconds to add to `Date.now()` to get this clock's time. */
  get offset(): number {
    return this.offsetMs;
  }

  now(): number {
    return Date.now() + this.offsetMs;
  }

  at(time: number, run: () => void): () => void {
    const timer: Timer = { time, run };
    this.queue.add(timer);
    if (this.queue.next() === timer) this.sleepUntilNext();
    return () => this.queue.remove(timer);
  }

  /**
   * Moves the clock forward to `time` and fires, in order of their times, the timers that fell due on the way.
   * They all see the new time, as after a computer's sleep. Throws RangeError when `time` lies behind the clock.
   */
  moveTo(time: number): void {
    const step = time - this.now();
    if (!(step >= 0)) throw new RangeError(`The clock cannot be moved back, by ${-step} ms.`);
    this.offsetMs += step;
    this.onMove?.(this.offsetMs);
    this.fireDue();
  }

  /** Forgets every timer. */
  stop(): void {
    clearTimeout(this.nap);
    for (let timer = this.queue.next(); timer; timer = this.queue.next()) this.queue.remove(timer);
  }

  private fireDue(): void {
    try {
      const now = this.now();
      for (let timer = this.queue.takeDue(now); timer; timer = this.queue.takeDue(now)) timer.run();
    } finally {
      this.sleepUntilNext();
    }
  }

  private sleepUntilNext(): void {
    clearTimeout(this.nap);
    const next = this.queue.next();
    if (!next) return;
    const delay = Math.min(Math.max(next.time - this.now(), 0), LONGEST_NAP_MS);
    this.nap = setTimeout(() => this.fireDue(), delay);
    this.nap.unref();
  }
}

/** Time that moves only when told, for tests of code whose only other work is promises. */
export class VirtualClock implements Clock {
  private readonly queue = new TimerQueue();
  private time: number;

  constructor(startAt: number = Date.UTC(2026, 0, 1)) {
    this.time = startAt;
  }

  now(): number {
    return this.time;
  }

  at(time: number, run: () => void): () => void {
    const timer: Timer = { time, run };
    this.queue.add(timer);
    return () => this.queue.remove(timer);
  }

  /** Lets every promise that is ready run on, and every timer that is due, without moving time. */
  async settle(): Promise<void> {
    await this.turns();
    for (let due = this.queue.takeDue(this.time); due; due = this.queue.takeDue(this.time)) {
      due.run();
      await this.turns();
    }
  }

  /** Moves to `time`, stopping at every timer on the way until the promises that it woke have run. */
  async advanceTo(time: number): Promise<void> {
    await this.settle();
    for (let next = this.queue.next(); next && next.time <= time; next = this.queue.next()) {
      this.time = Math.max(this.time, next.time);
      await this.settle();
    }
    this.time = Math.max(this.time, time);
  }

  /** Moves by `ms` milliseconds, like `advanceTo`. */
  async advanceBy(ms: number): Promise<void> {
    await this.advanceTo(this.time + ms);
  }

  /** Moves from timer to timer until none is left, and leaves the clock at the last of them. */
  async runUntilIdle(): Promise<void> {
    await this.settle();
    for (let next = this.queue.next(); next; next = this.queue.next())
      await this.advanceTo(Math.max(this.time, next.time));
  }

  /** Moves from timer to timer until `work` is settled; answers it. Throws when it waits for something else. */
  async runUntil<T>(work: Promise<T>): Promise<T> {
    let settled = false;
    const mark = (): void => {
      settled = true;
    };
    work.then(mark, mark);
    await this.settle();
    while (!settled) {
      const next = this.queue.next();
      if (!next) throw new Error('Nothing is left that time could bring about, yet the work is not done.');
      await this.advanceTo(Math.max(this.time, next.time));
    }
    return work;
  }

  private async turns(): Promise<void> {
    // Two: work that itself yields one turn, such as an in-memory journal, is also done then.
    for (let turn = 0; turn < 2; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
