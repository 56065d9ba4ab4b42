/**
 * What a process sees of the machine it runs on: time, timers, chance, and the packages that lead outside. Handed to the
 * bundled script as arguments, so that these names mean the world there and the real thing everywhere else.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  sign,
  type BinaryToTextEncoding,
  type KeyObject,
} from 'node:crypto';
import { compileFunction } from 'node:vm';
import type { Cloud } from './cloud';
import { packageNamed } from './packages';
import { sdkModules } from './sdk';
import { partyModules } from './provider-http';

/** The world that is running; worlds run one after the other in a thread. */
const stage: { cloud?: Cloud } = {};

/** @param connectionIds what the functions are told of the tenants' providers */
export function enter(cloud: Cloud, connectionIds: string): void {
  stage.cloud = cloud;
  process.env['CONNECTION_IDS'] = connectionIds;
}

export function running(): Cloud {
  if (stage.cloud === undefined) throw new Error('no world is running');
  return stage.cloud;
}

/** How often each place of the adapters has spoken to the outside, over all runs of this thread. */
export const passed = new Map<string, number>();

const RealDate = Date;

class WorldDate extends RealDate {
  constructor(...parts: [] | [number | string | Date]) {
    if (parts.length === 0) super(running().world.time());
    else super(parts[0]);
  }

  static override now(): number {
    return running().world.time();
  }
}

const worldMath = Object.create(Math) as Math;
worldMath.random = () => running().world.random();

interface Handle {
  cancel(): void;
  unref(): Handle;
}

/** A timer of a process dies with it. */
function worldTimeout(run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): Handle {
  const { world } = running();
  const owner = world.current;
  const cancel = world.at(world.now + Math.max(0, ms), () => world.resume(owner, 1, () => run(...args)), 0, owner);
  const handle: Handle = { cancel, unref: () => handle };
  return handle;
}

const clearWorldTimeout = (handle: Handle | undefined): void => handle?.cancel();
/** Only the outside parties use it, for what they do on their own: it does not die with whoever asked them. */
const worldImmediate = (run: (...args: unknown[]) => void, ...args: unknown[]): void => {
  running().world.resume(undefined, 2, () => run(...args));
};

const worldAbortSignal = {
  timeout(ms: number): AbortSignal {
    const controller = new AbortController();
    worldTimeout(() => controller.abort(new DOMException('timed out', 'TimeoutError')), ms);
    return controller.signal;
  },
};

/** Ids are derived from the same words in thousands of runs: hashed once. */
class KnownHash {
  private static readonly known = new Map<string, string | Buffer>();
  private readonly parts: string[] = [];

  constructor(private readonly algorithm: string) {}

  update(text: string): this {
    if (typeof text !== 'string') throw new Error('only text is hashed here');
    this.parts.push(text);
    return this;
  }

  digest(encoding?: BinaryToTextEncoding): string | Buffer {
    const text = this.parts.join('');
    const name = `${this.algorithm} ${encoding ?? 'bytes'} ${text}`;
    let digest = KnownHash.known.get(name);
    if (digest === undefined) {
      if (KnownHash.known.size > 20_000) KnownHash.known.clear();
      const hash = createHash(this.algorithm).update(text);
      digest = encoding === undefined ? hash.digest() : hash.digest(encoding);
      KnownHash.known.set(name, digest);
    }
    return digest;
  }
}

/** Reading a key takes longer than using it, and a signature without chance is the same each time. */
const keys = new Map<string, KeyObject>();
const signatures = new Map<string, Buffer>();

function known<Value>(values: Map<string, Value>, name: string, make: () => Value): Value {
  let value = values.get(name);
  if (value === undefined) {
    if (values.size > 20_000) values.clear();
    value = make();
    values.set(name, value);
  }
  return value;
}

const texts = new WeakMap<KeyObject, string>();
function textOf(key: KeyObject): string {
  const text = texts.get(key) ?? (key.export({ type: 'pkcs8', format: 'pem' }) as string);
  texts.set(key, text);
  return text;
}

const worldCrypto = {
  ...packageNamed('node:crypto'),
  createHash: (algorithm: string) => new KnownHash(algorithm),
  createPrivateKey: (pem: string) => known(keys, `private ${pem}`, () => createPrivateKey(pem)),
  createPublicKey: (pem: string) => known(keys, `public ${pem}`, () => createPublicKey(pem)),
  sign: (algorithm: string, data: Buffer, key: KeyObject | string) => {
    const name = typeof key === 'string' ? key : textOf(key);
    return known(signatures, `${algorithm} ${data.toString('latin1')} ${name}`, () => sign(algorithm, data, key));
  },
  /** Of what nobody compares: with it, the same words would be two states. */
  randomBytes: (size: number) => Buffer.alloc(size, 7),
  randomUUID: () => {
    const digest = createHash('md5').update(running().world.newId('uuid')).digest('hex');
    return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-4${digest.slice(13, 16)}-8${digest.slice(17, 20)}-${digest.slice(20)}`;
  },
};

const modules: Readonly<Record<string, unknown>> = {
  ...sdkModules(running),
  ...partyModules(running),
  'node:crypto': worldCrypto,
  'node:timers/promises': {
    setTimeout: (ms: number) => new Promise((resolve) => worldTimeout(resolve, ms)),
  },
};

function worldRequire(name: string): unknown {
  return modules[name] ?? packageNamed(name);
}

const quiet = { log: noop, info: noop, warn: noop, error: noop, debug: noop };
function noop(): void {
  // What functions log is not part of any promise; the run's history is written by the world itself.
}

/** Loads a bundled script. Its exports are the handlers by function name and the host's parts. */
export function load(script: string): Record<string, never> {
  const module = { exports: {} as Record<string, never> };
  const names = {
    require: worldRequire,
    module,
    exports: module.exports,
    // With the variables that were set here; a test runner's are not the script's own.
    process,
    Date: WorldDate,
    Math: worldMath,
    setTimeout: worldTimeout,
    clearTimeout: clearWorldTimeout,
    setImmediate: worldImmediate,
    AbortSignal: worldAbortSignal,
    console: process.env['FAULTS_LOGS'] === undefined ? quiet : console,
  };
  // The script's own global object: a test runner has another.
  const ownGlobals = compileFunction('return globalThis') as () => Record<string, unknown>;
  const globals = ownGlobals();
  globals['__faultWorld'] = {
    kept: <Value>(slot: object, build: () => Value): Value => running().kept(slot, build),
    passes: (site: string) => passed.set(site, (passed.get(site) ?? 0) + 1),
    newId: (kind: string) => running().world.newId(kind),
  };
  // A script with other globals: a context of its own would do the same, and be ten times slower.
  const wrapped = compileFunction(script, Object.keys(names)) as (...values: unknown[]) => void;
  wrapped(...Object.values(names));
  return module.exports;
}
