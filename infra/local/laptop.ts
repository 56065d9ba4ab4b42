/** The second host: runs what a synthesized template declares, whole, in one process. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiError } from './api-error';
import { HostClock } from './clock';
import { type ControlHost, control } from './control';
import { DataLock } from './data-lock';
import { DatabaseDoor } from './dynamo/database-door';
import { startDatabase } from './dynamo/database-process';
import { openTable, type Table } from './dynamo/tables';
import { TtlSweeper } from './dynamo/ttl-sweeper';
import { EventBuses } from './events/event-buses';
import { Schedules } from './events/schedules';
import { Targets } from './events/targets';
import { Faults } from './faults';
import { FrontDoor } from './http/front-door';
import { HttpApi } from './http/http-api';
import { Issuer } from './http/issuer';
import { ServiceIntegrations } from './integrations';
import { durableJournal } from './journal';
import type { Json } from './json';
import { Functions } from './lambda/functions';
import { invokeOverHttp } from './lambda/invoke-api';
import { Log } from './log';
import { Mappings } from './mappings/mappings';
import type { MessageAttribute } from './queues/queue';
import { Queues } from './queues/queues';
import { Secrets } from './secrets';
import { waitForSilence } from './silence';
import type { StandIn } from './stand-in';
import { StandIns } from './stand-ins-room';
import { Engine } from './states/engine';
import { StatesService, createMachines } from './states-service';
import { DurableTable } from './store';
import { readAssembly } from './template/assembly-reader';
import { buildModel } from './template/model';
import { Trace, type TraceSnapshot } from './trace';
import { TransitionCounter, type Transitions } from './transition-counter';

export interface LaptopOptions {
  /** Directory of the synthesized assembly. */
  readonly assembly: string;
  /** 0 or absent: any free port. */
  readonly port?: number;
  /** Where the data lies; absent: a temporary directory that `close` removes. */
  readonly dataDir?: string;
  /** The clock's first time in epoch milliseconds; may be in the past. A data directory's own time wins if later. */
  readonly now?: number;
  readonly log?: 'silent' | 'lines';
  /** Values of secrets by name or logical id; `{{baseUrl}}` in them becomes the host's own address. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly standIns?: readonly StandIn[];
  /** Worker threads per function at most; 8 if absent. */
  readonly workersPerFunction?: number;
  /** Whether each request of a function says in a header which invocation makes it: to end it, or to know who asks. */
  readonly namesInvocations?: boolean;
}

/** One table, for tests and demonstrations: what the database holds, in its own JSON. */
export interface TableView {
  readonly name: string;
  items(): Promise<Json[]>;
  call(operation: string, input: Json): Promise<Json>;
}

export interface Laptop {
  readonly baseUrl: string;
  readonly clock: HostClock;
  readonly outputs: Readonly<Record<string, string>>;
  readonly engine: Engine;
  readonly faults: Faults;
  readonly log: Log;
  readonly queues: Queues;
  readonly functions: Functions;
  readonly routes: readonly string[];
  /** Settles with the reason if the host cannot go on, e.g. because the disk is full. */
  readonly failed: Promise<string>;
  token(claims: Readonly<Record<string, unknown>>, options?: { readonly expiresInSeconds?: number }): Promise<string>;
  /** A table by its logical id or name, or by a part of it that only one has. */
  table(name: string): TableView;
  secret(name: string): string | undefined;
  trace(): TraceSnapshot & { readonly machines: Transitions };
  resetTrace(): void;
  /** Settles when nothing is in flight any more; rejects when that takes longer. */
  idle(timeoutMs?: number): Promise<void>;
  sweepExpired(): Promise<void>;
  fireSchedule(name: string): Promise<boolean>;
  close(): Promise<void>;
}

/** A clock that was moved by less than this does not make the sweeper read every table. */
const SWEEP_AFTER_MS = 3_600_000;

/** Starts the host; rejects with `UnsupportedResource` when the template holds what it cannot run. */
export async function startLaptop(options: LaptopOptions): Promise<Laptop> {
  const template = readAssembly(options.assembly);
  const temporary = options.dataDir === undefined;
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'laptop-'));
  mkdirSync(dataDir, { recursive: true });
  const log = new Log(options.log === 'lines' ? (line) => void process.stdout.write(`${line}\n`) : undefined);
  const note = (line: string): void => log.add('host', line);
  let fail: (reason: string) => void = () => undefined;
  const failed = new Promise<string>((resolve) => {
    fail = resolve;
  });

  const door = new FrontDoor();
  const undo: (() => Promise<void> | void)[] = [];
  const unwind = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    undo.push(() => {
      if (temporary) rmSync(dataDir, { recursive: true, force: true });
    });
    const port = await door.listen(options.port ?? 0);
    undo.push(() => door.close());
    const baseUrl = `http://127.0.0.1:${port}`;
    const model = buildModel(template, baseUrl);

    const instance = randomUUID();
    const lock = await DataLock.take(dataDir, instance, baseUrl);
    undo.push(() => lock.release());
    const database = await startDatabase(dataDir, model.region, (reason) => {
      fail(`The local database in ${dataDir} ended: ${reason}`);
    });
    undo.push(() => database.stop());
    lock.database(database.pid);
    const { client } = database;
    client.onWriteError = (message) => fail(`The local database cannot write to ${dataDir}: ${message}`);
    const durable = new DurableTable(client);
    await durable.create();

    const hostStore = durable.scope('host');
    const offset = await hostStore.get<number>('clockOffset');
    const startAt = Math.max(options.now ?? -Infinity, offset === undefined ? -Infinity : Date.now() + offset);
    const shared = new SharedArrayBuffer(8);
    const sharedOffset = new Float64Array(shared);
    let sweptAt = Number.NaN;
    const clock = new HostClock({
      ...(startAt > -Infinity ? { startAt } : {}),
      onMove: (moved) => {
        sharedOffset[0] = moved;
        hostStore.put('clockOffset', moved).catch((error: unknown) => note(String(error)));
        if (!(clock.now() - sweptAt < SWEEP_AFTER_MS)) {
          sweptAt = clock.now();
          ttl.sweepSoon();
        }
      },
    });
    undo.push(() => clock.stop());
    sharedOffset[0] = clock.offset;
    if (clock.offset !== 0) await hostStore.put('clockOffset', clock.offset);
    sweptAt = clock.now();

    const tables = new Map<string, Table>();
    for (const resource of model.ofType('AWS::DynamoDB::GlobalTable')) {
      tables.set(resource.name, await openTable(client, resource));
    }
    const faults = new Faults();
    const trace = new Trace();
    const wrote = (table: string): void => mappings.wrote(table);
    const ttl: TtlSweeper = new TtlSweeper(client, clock, durable.scope('ttl'), () => [...tables.values()], wrote);
    await ttl.start();
    undo.push(() => ttl.stop());
    const callerOf = (invocation: string): string | undefined => functions.running(invocation);
    const databaseDoor = new DatabaseDoor(client, tables, faults, trace, wrote, callerOf);
    const secrets = new Secrets(durable.scope('secrets'));
    // An outside party's stand-in lives on this very port, which nobody knows before it is open.
    const given = Object.entries(options.secrets ?? {}).map(([name, value]) => [
      name,
      value.replaceAll('{{baseUrl}}', baseUrl),
    ]);
    await secrets.load(model, Object.fromEntries(given) as Record<string, string>);
    const issuer = await Issuer.open(dataDir, clock);

    const queues = new Queues(model, { baseUrl, clock, faults, trace, store: (scope) => durable.scope(scope) });
    await queues.load();
    const sendToQueue = async (
      arn: string,
      body: string,
      attributes: Readonly<Record<string, string>> = {},
    ): Promise<void> => {
      const queue = queues.at(arn);
      const shaped = Object.entries(attributes).map(([name, StringValue]) => [
        name,
        { DataType: 'String', StringValue },
      ]);
      await queues.send(queue, {
        body,
        attributes: Object.fromEntries(shaped) as Record<string, MessageAttribute>,
        ...(queue.settings.fifo ? { groupId: 'failures' } : {}),
      });
    };
    const functions: Functions = new Functions(model, {
      baseUrl,
      clock,
      faults,
      clockOffset: shared,
      store: durable.scope('async'),
      workersPerFunction: options.workersPerFunction ?? 8,
      namesInvocations: options.namesInvocations ?? false,
      counts: (name) => trace.function(name),
      log: (name, lines) => log.add(name, lines),
      sendToQueue,
    });
    undo.push(() => functions.close());

    const targets = new Targets(
      functions,
      queues,
      {
        has: (arn) => model.ofType('AWS::StepFunctions::StateMachine').some((machine) => machine.arn === arn),
        start: async (stateMachineArn, input) => void (await engine.startExecution({ stateMachineArn, input })),
      },
      note,
    );
    const events = new EventBuses(model, { clock, faults, trace, store: durable.scope('events'), targets, log: note });
    const integrations: ServiceIntegrations = new ServiceIntegrations({
      functions,
      database: databaseDoor,
      events,
      queues,
      engine: () => engine,
    });
    const engine: Engine = new Engine({
      clock,
      integrations,
      journal: durableJournal(durable),
      onFault: (error, arn) => note(`The execution ${arn} cannot go on before a restart: ${String(error)}`),
    });
    createMachines(engine, model);
    const states = new StatesService(engine, model, faults);
    const transitions = new TransitionCounter(engine);
    const schedules = new Schedules(model, clock, targets, note);
    const mappings: Mappings = new Mappings(model, {
      client,
      clock,
      clockOffset: () => clock.offset,
      faults,
      functions,
      queues,
      store: durable.scope('mappings'),
      tables: [...tables.values()],
      trace,
      ttl,
      sendToQueue,
      log: note,
    });
    const api = new HttpApi(model, functions, clock, trace, issuer, note);
    const standIns = new StandIns(options.standIns ?? [], {
      baseUrl,
      clock,
      secret: (name) => secrets.value(name),
      store: (name) => durable.scope(`stand-in/${name}`),
      log: (source, line) => log.add(source, line),
    });

    const token: Laptop['token'] = (claims, { expiresInSeconds } = {}) =>
      issuer.token({ ...api.tokenClaims, ...claims }, expiresInSeconds);
    const silence = (timeoutMs: number): ReturnType<typeof waitForSilence> =>
      waitForSilence(
        {
          requests: () => door.busy > 0,
          'API requests': () => api.busy > 0,
          invocations: () => functions.busy > 0,
          'state machine tasks': () => integrations.busy > 0 || states.busy > 0,
          events: () => events.busy > 0,
          schedules: () => schedules.busy > 0,
          streams: () => !mappings.streamsIdle,
          queues: () => !mappings.queuesIdle,
          'stand-ins': () => standIns.busy > 0,
          'expired items': () => ttl.busy,
          'writes to disk': () => durable.busy,
        },
        timeoutMs,
      );
    const resetTrace = (): void => {
      trace.reset();
      transitions.reset();
    };
    const snapshot = (): ReturnType<Laptop['trace']> => ({ ...trace.snapshot(), machines: transitions.counts() });
    const started = performance.now();
    const controlHost: ControlHost = {
      clock,
      faults,
      log,
      standIns: standIns.all,
      jwks: issuer.jwks,
      token: (claims, expiresInSeconds) => token(claims, expiresInSeconds === undefined ? {} : { expiresInSeconds }),
      trace: snapshot,
      resetTrace,
      idle: silence,
      health: () => ({
        status: 'ok',
        instance,
        stack: model.stackName,
        database: database.engine,
        upSeconds: Math.round((performance.now() - started) / 1_000),
        now: new Date(clock.now()).toISOString(),
        outputs: model.outputs,
      }),
      sweepExpired: () => ttl.sweep(),
      fireSchedule: (name) => schedules.fireNow(name),
      queue: (name) => {
        const queue = queues.at(name);
        return { name: queue.settings.name, counts: queue.counts(), messages: queue.peek().slice(0, 1_000) };
      },
      redrive: (name) => queues.at(name).redrive((arn) => queues.at(arn)),
    };

    door.open({
      control: (request) => control(controlHost, request),
      database: (target, body, invocation) => databaseDoor.handle(target, body, invocation),
      services: new Map([
        ['AWSStepFunctions', (operation: string, input: Json, by?: string) => states.handle(operation, input, by)],
        ['AWSEvents', (operation: string, input: Json, by?: string) => events.handle(operation, input, by)],
        ['AmazonSQS', (operation: string, input: Json) => queues.handle(operation, input)],
        ['secretsmanager', (operation: string, input: Json) => secrets.handle(operation, input)],
      ]),
      lambda: (request) => invokeOverHttp(functions, request),
      api,
      standIns: (request) => standIns.handle(request),
      log: note,
    });
    await standIns.start();
    undo.push(() => standIns.stop());
    await engine.resume();
    await events.start();
    await functions.start();
    await mappings.start();
    undo.push(() => mappings.stop());
    schedules.start();
    undo.push(() => schedules.stop());
    ttl.sweep().catch((error: unknown) => note(String(error)));

    return {
      baseUrl,
      clock,
      outputs: model.outputs,
      engine,
      faults,
      log,
      queues,
      functions,
      routes: api.routeKeys,
      failed,
      token,
      table: (name) => {
        const all = [...tables.values()];
        const exact = all.find((table) => table.logicalId === name || table.name === name);
        const found = exact ?? all.find((table) => table.name.toLowerCase().includes(name.toLowerCase()));
        if (!found) throw new ApiError('ResourceNotFoundException', `There is no table ${name}.`);
        const { name: TableName } = found;
        return {
          name: TableName,
          items: async () => {
            const items: Json[] = [];
            let ExclusiveStartKey: unknown;
            do {
              const page = await client.call('Scan', {
                TableName,
                ...(ExclusiveStartKey ? { ExclusiveStartKey } : {}),
              });
              items.push(...((page['Items'] ?? []) as Json[]));
              ExclusiveStartKey = page['LastEvaluatedKey'];
            } while (ExclusiveStartKey);
            return items;
          },
          call: (operation, input) => client.call(operation, { TableName, ...input }),
        };
      },
      secret: (name) => secrets.value(name),
      trace: snapshot,
      resetTrace,
      idle: async (timeoutMs = 30_000) => {
        const { idle, waiting } = await silence(timeoutMs);
        if (!idle) throw new Error(`Still busy after ${timeoutMs} ms: ${waiting.join(', ')}`);
      },
      sweepExpired: () => ttl.sweep(),
      fireSchedule: (name) => schedules.fireNow(name),
      close: unwind,
    };
  } catch (error) {
    await unwind();
    throw error;
  }
}
