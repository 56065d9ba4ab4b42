/** A whole stage in memory: tables, feed, bus, functions, machines, parties and clients, over one deterministic world. */
import { ResourceNotFoundException } from '@aws-sdk/client-secrets-manager';
import { ExecutionAlreadyExists, TaskDoesNotExist, TaskTimedOut } from '@aws-sdk/client-sfn';
import type { Machine } from '../../../infra/local/states/machine';
import type { FaultKind, Plan } from '../plan';
import { Bus } from './bus';
import { Listeners } from './listeners';
import { Feed } from './feed';
import { Intents } from '../invariants/intents';
import { leapsOf } from '../invariants/leaps';
import { TermsOfParcels } from '../invariants/terms-of-parcels';
import { Gateway } from './gateway';
import { enter } from './globals';
import { hashText } from './hash';
import { Invoker } from './invoker';
import { Machines, type HostParts } from './machines';
import { Parties, type PartyStores } from './parties';
import { connectionIds, secretNamed, tableNames, type FurtherParty } from './settings';
import { Tables, type TablesSnapshot } from './tables/tables';
import { World, type Call, type Process } from './world';

/** The production code and its state machines, loaded. */
export interface Production {
  readonly parts: Readonly<Record<string, never>>;
  readonly machines: readonly Machine[];
}

/** From where a run may begin: what was prepared before, without faults. */
export interface Prepared {
  readonly at: number;
  readonly tables: TablesSnapshot;
  readonly stores: PartyStores;
  readonly events: Bus['events'];
  /** Parties that its tenants are connected to besides Stripe and EasyPost. */
  readonly further: readonly FurtherParty[];
}

export interface CloudOptions {
  readonly production: Production;
  readonly plan: Plan;
  readonly anywhere?: ReadonlyMap<number, number>;
  readonly random?: () => number;
  readonly recording?: boolean;
  readonly from?: Prepared;
  /** Where nothing was prepared: parties besides Stripe and EasyPost. */
  readonly further?: readonly FurtherParty[];
  /** When the world begins, milliseconds. */
  readonly startAt?: number;
  /** Whether this state of the whole was seen before, by its digest. */
  readonly seen?: (digest: number, world: World) => boolean;
  /** Told of every condition that a table looked at. */
  readonly condition?: (expression: string, held: boolean) => void;
}

/** One input or output of a process, on its way through the counter. */
export interface CallSpec extends Call {
  /** Its content, for the history. */
  request(): string;
  perform(kind?: FaultKind): unknown;
  /** What is thrown where there is no answer, or a refusal. */
  failure(kind: FaultKind): Error;
  /** What is done instead, where a fault is an answer and no exception. */
  otherwise?(kind: FaultKind): unknown;
  /** Whoever asked may give up. */
  signal?: AbortSignal;
}

/** When stories begin: at a full second, as deadlines are, so that what falls on one falls into the same instant. */
export const startOfTime = Date.UTC(2026, 2, 2, 9, 0, 0);
/** When preparing them begins, which takes less. */
export const beforeTime = startOfTime - 60_000;

export class Cloud {
  readonly world: World;
  readonly tables: Tables;
  readonly feed: Feed;
  readonly bus: Bus;
  readonly listeners: Listeners;
  readonly parties: Parties;
  readonly invoker: Invoker;
  readonly machines: Machines;
  readonly gateway: Gateway;
  /** What must not happen at any instant, and did. */
  readonly violations: string[] = [];
  /** Changes that the machine of a cancellation or a leg does not allow. */
  readonly leaps: string[] = [];
  /** Writes into another tenant's items. */
  readonly crossings: string[] = [];
  /** Money that somebody was asked to move while the books did not say that it would be, or said that it must not be. */
  readonly unintended: string[] = [];
  /** Money that went back for a parcel before its terms let it. */
  readonly tooEarly: string[] = [];
  readonly intents = new Intents();
  private readonly terms = new TermsOfParcels();
  private readonly further: readonly FurtherParty[];
  private readonly kept0 = new Map<object, unknown>();
  /** Of all answers that clients took for the last word, which the invariants look at. */
  private told = 0;
  private readonly exploring: boolean;

  constructor(options: CloudOptions) {
    const { production, from } = options;
    this.further = from?.further ?? options.further ?? [];
    enter(this, connectionIds(this.further));
    this.exploring = options.seen !== undefined;
    this.world = new World({
      startAt: from?.at ?? options.startAt ?? startOfTime,
      plan: options.plan,
      anywhere: options.anywhere,
      random: options.random,
      recording: options.recording ?? false,
      seen: options.seen && ((world) => options.seen?.(this.digest(), world) ?? false),
    });
    const { world } = this;
    this.tables = new Tables(shapes, {
      changed: (change) => {
        this.leaps.push(...leapsOf(change));
        this.unintended.push(...this.intents.changed(change.before, change.after, world.now));
        this.tooEarly.push(...this.terms.changed(change.before, change.after));
        this.feed.changed(change);
      },
      ...(options.condition === undefined ? {} : { condition: options.condition }),
    });
    if (from !== undefined) {
      this.tables.restore(from.tables);
      this.intents.restored(this.tables.items(tableNames.orders));
      this.terms.restored(this.tables.items(tableNames.orders));
    }
    const parts = production.parts as Readonly<Record<string, unknown>>;
    this.invoker = new Invoker(world, parts as never);
    this.listeners = new Listeners(world, (name, event) => this.invoker.invoke(name, event));
    this.bus = new Bus(world, from?.events ?? [], (type, detail) => this.listeners.heard(type, detail));
    this.feed = new Feed({
      message: (label, kinds, fingerprint, go) =>
        world.enter(undefined, { label, effect: true, kinds }, fingerprint, go),
      invoke: (name, event) => this.invoker.invoke(name, event),
      later: (ms, run, fingerprint) => world.at(world.now + ms, run, fingerprint),
    });
    this.machines = new Machines(
      world,
      parts as unknown as HostParts,
      production.machines,
      (name, event) => this.invoker.invoke(name, event),
      (error) => this.violations.push(`the state engine broke: ${String(error)}`),
    );
    this.gateway = new Gateway(world, this.invoker);
    this.parties = new Parties(
      world,
      parts as never,
      (webhook) => this.gateway.webhook(webhook),
      from?.stores ?? new Map(),
      this.further,
    );
  }

  /** To be called before anything else happens. */
  async start(): Promise<void> {
    await this.parties.start();
  }

  prepared(): Prepared {
    return {
      at: startOfTime,
      tables: this.tables.snapshot(),
      stores: this.parties.snapshot(),
      events: [...this.bus.events],
      further: this.further,
    };
  }

  /** Of everything that the future depends on, and everything that the invariants will look at. */
  digest(): number {
    return hashText(
      [
        this.world.fingerprint(),
        this.tables.digest(),
        this.parties.digest(),
        [...this.parties.most].join(),
        [...this.parties.labelsTaken].join(),
        this.machines.digest(),
        this.feed.digest(),
        this.bus.digest(),
        this.listeners.digest(),
        this.invoker.digest(),
        this.gateway.digest(),
        this.intents.digest(),
        this.told,
        this.violations.length +
          this.leaps.length +
          this.crossings.length +
          this.unintended.length +
          this.tooEarly.length,
      ].join('\n'),
    );
  }

  /** What a process keeps between invocations, built when first asked for. */
  kept<Value>(slot: object, build: () => Value): Value {
    const kept = this.world.current?.environment.kept ?? this.kept0;
    if (!kept.has(slot)) kept.set(slot, build());
    return kept.get(slot) as Value;
  }

  /** Lets a process ask the outside for something: it waits for its turn, and for what the plan has for it. */
  call(spec: CallSpec): Promise<never> {
    const { world } = this;
    const process = world.current;
    if (process === undefined) throw new Error(`${spec.label}: nobody asks`);
    return new Promise((resolve, reject) => {
      const answered = (value: unknown): void => {
        if (!process.alive) return;
        if (this.exploring) process.trace.hear(() => JSON.stringify(value) ?? '');
        resolve(value as never);
      };
      const failed = (error: unknown): void => {
        if (!process.alive) return;
        if (this.exploring) process.trace.hear(() => String(error));
        reject(error instanceof Error ? error : new Error(String(error)));
      };
      const settle = (result: () => unknown): void => {
        const index = world.count;
        let value: unknown;
        try {
          value = result();
        } catch (error) {
          if (world.recording) world.note(index, String(error));
          return failed(error);
        }
        if (!(value instanceof Promise)) {
          if (world.recording) world.note(index, brief(value));
          return answered(value);
        }
        value.then(
          (late) => {
            if (world.recording) world.note(index, brief(late));
            world.resume(
              process,
              () => hashText(JSON.stringify(late) ?? ''),
              () => answered(late),
            );
          },
          (error: unknown) => {
            if (world.recording) world.note(index, String(error));
            world.resume(
              process,
              () => hashText(String(error)),
              () => failed(error),
            );
          },
        );
      };
      spec.signal?.addEventListener('abort', () => failed(spec.signal?.reason), { once: true });
      world.enter(process, spec, 0, (kind) => {
        if (world.recording) world.describe(spec.request());
        this.strike(kind, spec, process, settle, failed);
      });
    });
  }

  private strike(
    kind: FaultKind | undefined,
    spec: CallSpec,
    process: Process,
    settle: (result: () => unknown) => void,
    failed: (error: unknown) => void,
  ): void {
    const { world } = this;
    switch (kind) {
      case undefined:
        return settle(() => spec.perform());
      case 'crash_before':
        return world.kill(process, 'Runtime.ExitError');
      case 'crash_after':
        unheard(() => spec.perform());
        return world.kill(process, 'Runtime.ExitError');
      case 'timeout_lost':
        return failed(spec.failure(kind));
      case 'timeout_applied':
        unheard(() => spec.perform());
        return failed(spec.failure(kind));
      case 'repeated':
        unheard(() => spec.perform());
        return settle(() => spec.perform());
      case 'stale':
      case 'staler':
        return settle(() => spec.perform(kind));
      case 'slow': {
        const waiting = hashText(`${process.name} ${process.trace.value} ${spec.label}`);
        world.at(
          world.now + 2_000,
          () => world.resume(process, waiting, () => settle(() => spec.perform())),
          waiting,
          process,
        );
        return;
      }
      case 'hung':
        world.at(
          process.startedAt + process.limitMs,
          () => world.kill(process, 'Sandbox.Timedout'),
          hashText(`${process.name} ${process.trace.value} ${spec.label}`),
          process,
        );
        return;
      default: {
        const instead = spec.otherwise?.(kind);
        if (instead === undefined) return failed(spec.failure(kind));
        return settle(() => instead);
      }
    }
  }

  get unheard(): ReadonlySet<string> {
    return this.gateway.unheardOf;
  }

  saysToClients(answer: string): void {
    this.told = hashText(answer, this.told | 0);
  }

  secret(name: string): { SecretString: string } {
    const SecretString = secretNamed(name);
    if (SecretString === undefined)
      throw new ResourceNotFoundException({ message: `no secret ${name}`, $metadata: {} });
    this.world.current?.environment.secrets.set(name, this.world.now);
    return { SecretString };
  }

  /** The world does not know this: better no answer than a wrong one. */
  unmodelled(what: string): Error {
    this.violations.push(`not modelled: ${what}`);
    return new Error(`not modelled: ${what}`);
  }

  /** An error of the engine, as the SDK's client throws it. */
  throwAsSfn(error: unknown): never {
    const { code, message } = error as { code?: string; message: string };
    const Known = { ExecutionAlreadyExists, TaskDoesNotExist, TaskTimedOut }[code ?? ''];
    if (Known === undefined) throw code === undefined ? error : Object.assign(new Error(message), { name: code });
    throw new Known({ message, $metadata: {} });
  }
}

const key = { partitionKey: 'pk', sortKey: 'sk' } as const;
/** As in infra/constructs/tables.ts; a test compares the two. */
export const shapes = [
  {
    name: tableNames.orders,
    ...key,
    timeToLive: 'expires',
    stream: true,
    indexes: [
      index('active', ['orderId', 'reference', 'status', 'placedAt', 'currency', 'total']),
      index('queue', ['cancellationId', 'orderId', 'refund', 'deadline']),
      index('open', ['cancellationId', 'orderId']),
    ],
  },
  { name: tableNames.stock, ...key, stream: false, indexes: [] },
  { name: tableNames.views, ...key, timeToLive: 'expires', stream: false, indexes: [] },
];

function index(name: string, projection: readonly string[]) {
  return { name, partitionKey: `${name}Pk`, sortKey: `${name}Sk`, projection };
}

/** Done, and nobody is told how it went. */
function unheard(perform: () => unknown): void {
  try {
    const result = perform();
    if (result instanceof Promise) result.catch(() => undefined);
  } catch {
    // Refused: nothing happened, and nobody is told that either.
  }
}

function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 300 ? `${text.slice(0, 300)}...` : text;
}
