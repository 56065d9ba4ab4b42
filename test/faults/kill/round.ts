/** One round: orders come in, all are cancelled at once, the host dies now and then, everything ends, all is counted. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask } from '../../support/api-client';
import type { LaptopControls } from '../../support/laptop-controls';
import { gather } from './evidence';
import { violationsIn, type Violation } from './invariants';
import { seeded, type Moment, type Strike } from './plan';
import { fallDue, mixOf } from './scenarios';
import { Shop, type Attempt } from './shop';
import { type Autopsy, cancellationsIn, Victim } from './victim';

/** What was going on when the host died, as clients and the dead host's disk tell it. */
export const phases = ['posting', 'answering', 'unwinding', 'waiting'] as const;
export type Phase = (typeof phases)[number];

export interface Kill extends Autopsy {
  /** Since the first POST of the round. */
  readonly atMs: number;
  readonly moment: Moment;
  readonly phase: Phase;
  /** Requests of clients without an answer. */
  readonly unanswered: number;
}

export interface RoundReport {
  readonly round: number;
  readonly accepted: number;
  readonly kills: readonly Kill[];
  /** Ended as was asked. */
  readonly completed: number;
  /** Requests that clients sent again because of a cut line, a 5xx or "try again". */
  readonly repeatedByClients: number;
  /** Whose run was lost and given to a younger one. */
  readonly takenOver: number;
  readonly webhookBeforeReply: boolean;
  readonly byScenario: Readonly<Record<string, number>>;
  readonly ends: Readonly<Record<string, number>>;
  readonly violations: readonly Violation[];
  /** From the last kill until nothing was left to do; real seconds, and minutes of the host's clock. */
  readonly secondsToQuiesce: number;
  readonly hostMinutesToQuiesce: number;
  readonly seconds: number;
  /** Where the data lies, if it is worth a look. */
  readonly keptIn?: string;
}

/** What outlives any honest delay on a busy machine. */
const PATIENCE_MS = 240_000;
const LOOK_MS = 5;
/** Asking the host how far it is costs it something. */
const ASK_MS = 40;
/** Nothing takes longer by the host's clock than a refund's poll, three times. */
const LONGEST_HOST_MINUTES = 200;
/** Longer than any wait of a run that was replaced, and of the windows that nobody ended. */
const AFTERWARDS_MINUTES = 11 * 60;

export interface RoundWish {
  readonly round: number;
  readonly cancellations: number;
  readonly seed: number;
  readonly strikes: readonly Strike[];
}

export async function playRound(wish: RoundWish): Promise<RoundReport> {
  const directory = mkdtempSync(join(tmpdir(), 'kill-round-'));
  const victim = await Victim.start(directory);
  const round = new Round(victim, wish);
  let report: RoundReport;
  try {
    report = await round.play();
  } catch (error) {
    // A host that does not start again, or never comes to rest, is what is looked for.
    report = round.brokenOff(error);
  } finally {
    await victim.end();
  }
  if (report.violations.length > 0) return { ...report, keptIn: directory };
  rmSync(directory, { recursive: true, force: true });
  return report;
}

class Round {
  private readonly shop: Shop;
  private readonly kills: Kill[] = [];
  private readonly clockFaults: Violation[] = [];
  private readonly begun = performance.now();
  private attempts: readonly Attempt[] = [];
  private postingSince = 0;
  private lastStart = performance.now();
  private hostMinutes = 0;
  /** The latest time that the host has shown. */
  private latest = 0;

  constructor(
    private readonly victim: Victim,
    private readonly wish: RoundWish,
  ) {
    this.shop = new Shop(victim.local);
  }

  private get local(): LaptopControls {
    return this.victim.local;
  }

  async play(): Promise<RoundReport> {
    const { round, cancellations, seed } = this.wish;
    const random = seeded(`${seed}/${round}/mix`);
    const webhooks = { send: this.webhookBeforeReply ? 'before-reply' : 'after-reply', copies: random() < 0.5 ? 1 : 2 };
    this.attempts = await this.shop.takeIn(mixOf(cancellations, random));
    await this.local.stripe('webhooks', webhooks);

    await this.posting();
    await this.takingOver();
    await this.waiting();
    await this.answering();
    await this.fallingDue();
    await this.ending();
    const secondsToQuiesce = (performance.now() - this.lastStart) / 1_000;
    const hostMinutesToQuiesce = this.hostMinutes;
    // Whatever still waits by mistake comes to its time now, and must change nothing.
    await this.pass(AFTERWARDS_MINUTES);
    await this.pass(AFTERWARDS_MINUTES);

    const evidence = await gather(this.local, this.shop, this.attempts);
    const { trails } = evidence;
    const ended = trails.filter(
      ({ attempt, cancellation }) => attempt.scenario.ends.find((end) => end === cancellation?.status) !== undefined,
    );
    return {
      ...this.report(secondsToQuiesce, hostMinutesToQuiesce),
      completed: ended.length,
      takenOver: trails.filter(({ stored }) => stored.some(({ run }) => run.generation > 1)).length,
      byScenario: counted(ended.map(({ attempt }) => attempt.scenario.name)),
      ends: counted(trails.map(({ cancellation }) => cancellation?.status ?? 'unknown')),
      violations: [...this.clockFaults, ...violationsIn(evidence)],
    };
  }

  /** What can be said of a round that could not be played to its end. */
  brokenOff(error: unknown): RoundReport {
    const found = error instanceof Error ? error.message : String(error);
    const violation = { sentence: 'The host starts again after a kill and comes to rest.', about: 'the host', found };
    const report = this.report((performance.now() - this.lastStart) / 1_000, this.hostMinutes);
    return { ...report, violations: [...this.clockFaults, violation] };
  }

  private report(secondsToQuiesce: number, hostMinutesToQuiesce: number): RoundReport {
    const again = (count: number): number => Math.max(0, count - 1);
    return {
      round: this.wish.round,
      accepted: this.attempts.filter(({ ids }) => ids.size > 0).length,
      kills: this.kills,
      completed: 0,
      repeatedByClients: this.attempts.reduce((sum, each) => sum + again(each.sent) + again(each.laterSent), 0),
      takenOver: 0,
      webhookBeforeReply: this.webhookBeforeReply,
      byScenario: {},
      ends: {},
      violations: this.clockFaults,
      secondsToQuiesce,
      hostMinutesToQuiesce,
      seconds: (performance.now() - this.begun) / 1_000,
    };
  }

  private get webhookBeforeReply(): boolean {
    return this.wish.round % 2 === 0;
  }

  /** All at once; who gets no answer sends the same again. */
  private async posting(): Promise<void> {
    this.postingSince = performance.now();
    const open = (): readonly Attempt[] =>
      this.attempts.filter(({ ids, refusal }) => ids.size === 0 && refusal === undefined);
    const post = (): Course => new Course(open(), (attempt) => this.shop.ask(attempt));
    for (const strike of this.strikes('posting')) {
      const course = post();
      if (course.total === 0) break;
      await this.strikeInto(course, strike);
    }
    await this.repeated(post, () => open().length === 0);
  }

  /** Runs that died with the host are given to younger ones when their lease is over. */
  private async takingOver(): Promise<void> {
    await this.rest();
    if (this.kills.length === 0) return;
    for (const strike of this.strikes('taking over')) {
      const orphans = (await this.statuses()).filter((status) => status === 'executing').length;
      await this.strikeAfter(strike, orphans, () => this.clock(4 * 60));
      await this.rest();
    }
    await this.passUntil(async () => !(await this.statuses()).includes('executing'));
  }

  private async waiting(): Promise<void> {
    for (const strike of this.strikes('waiting')) {
      await pause(strike.delayMs);
      await this.die(strike, 0, Promise.resolve());
      await this.rest();
    }
  }

  /** Merchants, customers and the provider, all at once. */
  private async answering(): Promise<void> {
    const open = (): readonly Attempt[] => this.attempts.filter(({ laterDone, ids }) => !laterDone && ids.size > 0);
    const answer = (): Course => new Course(open(), (attempt) => this.shop.doLater(attempt));
    for (const strike of this.strikes('answering')) await this.strikeInto(answer(), strike);
    await this.repeated(answer, () => open().length === 0);
  }

  /** Windows end that nobody has ended. */
  private async fallingDue(): Promise<void> {
    await this.rest();
    for (const strike of this.strikes('falling due')) {
      const inGrace = (await this.statuses()).filter((status) => status === 'in_grace').length;
      await this.strikeAfter(strike, inGrace, () => this.clock((fallDue.grace + 1) * 60));
      await this.rest();
    }
    await this.pass(fallDue.silence + 1);
  }

  /** Until nothing is left to do, or longer than anything may take: what is still open then is a violation. */
  private async ending(): Promise<void> {
    const open: readonly string[] = ['in_grace', 'awaiting_answer', 'executing', 'refund_pending'];
    await this.passUntil(async () => (await this.statuses()).every((status) => !open.includes(status)));
  }

  /** Lets a course begin, and kills the host when enough of it is done. */
  private async strikeInto(course: Course, strike: Strike): Promise<void> {
    const enough = Math.floor(strike.share * course.total);
    while (!course.isOver && course.done < enough) await pause(LOOK_MS);
    await pause(strike.delayMs);
    await this.die(strike, () => course.open, course.over);
  }

  /** Sets something going inside the host, and kills it when enough of `total` cancellations were closed. */
  private async strikeAfter(strike: Strike, total: number, go: () => Promise<void>): Promise<void> {
    const enough = Math.floor(strike.share * total);
    const before = await this.closings();
    await go();
    let watch = new Watch(this.isIdle(PATIENCE_MS));
    while ((await this.closings()) - before < enough) {
      if (watch.isOver) {
        if (!(await this.statuses()).includes('executing')) break;
        // Silent before the end: runs that were taken over rest a few seconds of its clock first.
        await this.clock(10);
        watch = new Watch(this.isIdle(PATIENCE_MS));
      }
      await pause(ASK_MS);
    }
    await pause(strike.delayMs);
    await this.die(strike, 0, watch.over);
  }

  private async die(strike: Strike, open: number | (() => number), over: Promise<unknown>): Promise<void> {
    const unanswered = typeof open === 'number' ? open : open();
    const atMs = Math.round(performance.now() - this.postingSince);
    const autopsy = await this.victim.killAndRestart(over);
    this.shop.attach(this.local);
    this.lastStart = performance.now();
    this.hostMinutes = 0;
    this.kills.push({
      atMs,
      moment: strike.moment,
      phase: phaseOf(strike, unanswered, autopsy),
      unanswered,
      ...autopsy,
    });
    const now = (await this.local.now()).getTime();
    if (now < this.latest)
      this.clockFaults.push({
        sentence: 'Time does not go back over a restart.',
        about: 'the host',
        found: `${new Date(now).toISOString()} after ${new Date(this.latest).toISOString()}`,
      });
  }

  private strikes(moment: Moment): readonly Strike[] {
    return this.wish.strikes.filter((strike) => strike.moment === moment);
  }

  /** Sends again what was not answered, as a client does that waits a little longer each time. */
  private async repeated(course: () => Course, isDone: () => boolean): Promise<void> {
    for (let tries = 0; !isDone() && tries < 40; tries += 1) {
      // Some wait for a run that died to be taken over, some for their own first request to be given up.
      if (tries > 0) await this.clock(15);
      await course().over;
    }
  }

  /** Waits for silence; a run that pauses between its tries is helped to its next one. */
  private async rest(): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!(await this.isIdle(25_000))) {
      if (performance.now() > deadline) throw new Error(`The host did not come to rest in ${PATIENCE_MS / 1_000} s.`);
      await this.clock(15);
    }
  }

  private async isIdle(timeoutMs: number): Promise<boolean> {
    const path = `/_local/idle?timeoutMs=${timeoutMs}`;
    return (await ask(this.local.baseUrl, { method: 'GET', path })).status === 200;
  }

  private async pass(minutes: number): Promise<void> {
    await this.clock(minutes * 60);
    await this.rest();
  }

  private async passUntil(isDone: () => Promise<boolean>): Promise<void> {
    await this.rest();
    while (this.hostMinutes < LONGEST_HOST_MINUTES && !(await isDone())) {
      // Its provider may still have to settle what was sent only now.
      await new Course(
        this.attempts.filter(({ laterDone, ids }) => !laterDone && ids.size > 0),
        (attempt) => this.shop.doLater(attempt),
      ).over;
      await this.pass(this.hostMinutes < 10 ? 1 : 5);
    }
  }

  private async clock(seconds: number): Promise<void> {
    const { now } = await this.local.control<{ now: string }>('POST', 'clock', { advanceSeconds: seconds });
    this.latest = Date.parse(now);
    this.hostMinutes += seconds / 60;
  }

  private async statuses(): Promise<readonly string[]> {
    const { local } = this;
    const { TableNames } = await local.aws<{ TableNames: string[] }>('DynamoDB_20120810.ListTables', {});
    const orders = TableNames.find((name) => name.includes('Orders')) ?? 'Orders';
    const all = await cancellationsIn((operation, input) => local.aws(`DynamoDB_20120810.${operation}`, input), orders);
    return all.map(({ status }) => status);
  }

  /** Cancellations that this host's process has gone to close. */
  private async closings(): Promise<number> {
    type Machines = Record<string, { states: Record<string, number> }>;
    const { machines } = await this.local.control<{ machines: Machines }>('GET', 'trace');
    return Object.values(machines).reduce((sum, { states }) => sum + (states['CloseOrder'] ?? 0), 0);
  }
}

/** One long question for silence, beside many short ones: a kill is to fall while there still is something to do. */
class Watch {
  isOver = false;
  readonly over: Promise<void>;

  constructor(silence: Promise<boolean>) {
    this.over = silence.then(
      () => {
        this.isOver = true;
      },
      // The host was killed under it.
      () => undefined,
    );
  }
}

/** Many requests at once, and how many of them were answered. */
class Course {
  readonly total: number;
  readonly over: Promise<void>;
  done = 0;
  isOver = false;

  constructor(attempts: readonly Attempt[], act: (attempt: Attempt) => Promise<void>) {
    this.total = attempts.length;
    const each = attempts.map((attempt) =>
      act(attempt).then(
        () => {
          this.done += 1;
        },
        // The line was cut: it stays unanswered.
        () => undefined,
      ),
    );
    this.over = Promise.all(each).then(() => {
      this.isOver = true;
    });
  }

  get open(): number {
    return this.total - this.done;
  }
}

function phaseOf({ moment }: Strike, unanswered: number, { executing, atWork }: Autopsy): Phase {
  if (unanswered > 0) return moment === 'answering' ? 'answering' : 'posting';
  return executing > 0 && atWork ? 'unwinding' : 'waiting';
}

function counted(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
