/**
 * Strikes what is about an order, by the order's number of the call: every request, invocation, batch, event and webhook
 * that names an order, or something of it, counts for it. Where the seed has a place, one of the kinds that fit there
 * strikes; which one follows from the seed, too.
 */
import type { FaultKind as HostFault, Happening, Strike } from '../../../infra/local/faults';

/** Something that may go wrong at a place: a strike of the host, and what becomes of the invocation that asked. */
export interface Trap {
  readonly name: string;
  readonly strike?: Strike;
  readonly ends?: 'dies' | 'times out';
  /** The SDK asks again by itself; some faults last until it gives up, and are then the caller's. */
  readonly lasting?: boolean;
}

export interface Struck {
  readonly seed: number;
  readonly at: number;
  readonly kind: string;
  readonly what: string;
}

interface Victim {
  readonly places: ReadonlyMap<number, number>;
  count: number;
}

/** Real time: a caller's patience does not follow the host's clock. */
const SLOW_MS = 1_000;
const PASSING_MS = 200;
const SDK_ATTEMPTS = 3;

export class Ambush {
  readonly struck: Struck[] = [];
  /** Of all that was seen: whether anything goes on. */
  seen = 0;
  private readonly victims = new Map<number, Victim>();
  private readonly ids = new Map<string, number>();
  private readonly lasting = new Map<string, { trap: Trap; left: number }>();
  private armed = false;

  constructor(private readonly end: (invocation: string, how: 'dies' | 'times out') => void) {}

  expect(seed: number, places: ReadonlyMap<number, number>): void {
    this.victims.set(seed, { places, count: 0 });
  }

  /** From here on calls count. */
  arm(): void {
    this.armed = true;
  }

  knows(id: string, seed: number): void {
    this.ids.set(id, seed);
  }

  get orders(): number {
    return this.victims.size;
  }

  /** Calls that were counted for a seed. */
  countOf(seed: number): number {
    return this.victims.get(seed)?.count ?? 0;
  }

  /** The seeds that a text is about. What stands beside an order alone belongs to it from then on. */
  whose(text: string): ReadonlySet<number> {
    const seeds = new Set<number>();
    const unknown: string[] = [];
    for (const [found, number] of text.matchAll(/seed-(\d+)|(?:ord|can|cas|rfd)_[0-9a-z]{26}/g)) {
      const seed = number === undefined ? this.ids.get(found) : Number(number);
      if (seed === undefined) unknown.push(found);
      else seeds.add(seed);
    }
    const [only] = seeds;
    if (seeds.size === 1 && only !== undefined) for (const id of unknown) this.ids.set(id, only);
    return seeds;
  }

  /** Counts a call for whomever it is about; answers what goes wrong with it. */
  at(what: string, text: string, traps: readonly Trap[]): Trap | undefined {
    this.seen += 1;
    let sprung: Trap | undefined;
    for (const seed of this.whose(text)) {
      const victim = this.victims.get(seed);
      if (victim === undefined || !this.armed) continue;
      victim.count += 1;
      const place = victim.places.get(victim.count);
      const trap = place === undefined ? undefined : traps[Math.floor(place * traps.length)];
      if (trap === undefined || sprung !== undefined) continue;
      sprung = trap;
      this.struck.push({ seed, at: victim.count, kind: trap.name, what });
    }
    return sprung;
  }

  /** The host's lookout. */
  readonly lookout = (happening: Happening, kinds: readonly HostFault[]): Strike | undefined => {
    const { service, operation = '', invocation } = happening;
    if (happening.text === undefined) return undefined;
    const again = `${invocation ?? ''} ${service} ${operation}`;
    const going = this.lasting.get(again);
    if (going !== undefined && going.left > 0) {
      going.left -= 1;
      return going.trap.strike;
    }
    this.lasting.delete(again);
    const text = happening.text();
    const what = [service, operation, happening.function ?? ''].join(' ').trim();
    const trap = this.at(what, text, trapsFor(kinds, { text, asked: invocation !== undefined }));
    if (trap === undefined) return undefined;
    if (trap.lasting === true && invocation !== undefined) this.lasting.set(again, { trap, left: SDK_ATTEMPTS - 1 });
    if (trap.ends !== undefined && invocation !== undefined) this.end(invocation, trap.ends);
    return trap.strike;
  };
}

const strike = (kind: HostFault, delayMs = 0): Strike => ({ kind, delayMs });

/** As the world in memory names them; `duplicate` and its like are those of the host. */
const ofHost: Readonly<Record<HostFault, readonly string[]>> = {
  throttle: ['throttled'],
  conflict: ['conflict'],
  'timeout-before': ['timeout_lost'],
  'timeout-after': ['timeout_applied'],
  error: ['server_error'],
  duplicate: ['duplicated'],
  delay: ['slow', 'overtaken'],
  stale: ['stale'],
  partial: ['partial'],
};

function trapsFor(kinds: readonly HostFault[], { text, asked }: { text: string; asked: boolean }): Trap[] {
  const traps = kinds
    // A consistent read is never stale, and neither is one of the table by this host's means.
    .filter((kind) => kind !== 'stale' || text.includes('"IndexName"'))
    .flatMap((kind) => ofHost[kind].map((name) => trapOf(name, kind)));
  if (!asked) return traps;
  const lasting = traps
    .filter(({ name }) => ['throttled', 'timeout_lost', 'timeout_applied', 'server_error'].includes(name))
    .map((trap) => ({ ...trap, name: `${trap.name} for long`, lasting: true }));
  return [
    ...traps,
    ...lasting,
    { name: 'crash_before', strike: strike('timeout-before'), ends: 'dies' },
    // The request is here in full: it is carried out, and there is nobody any more to be told.
    { name: 'crash_after', ends: 'dies' },
    { name: 'hung', strike: strike('timeout-before'), ends: 'times out' },
  ];
}

function trapOf(name: string, kind: HostFault): Trap {
  return { name, strike: strike(kind, name === 'slow' ? SLOW_MS : name === 'overtaken' ? PASSING_MS : 0) };
}

export const partyTraps: readonly Trap[] = [
  { name: 'crash_before', ends: 'dies' },
  { name: 'crash_after', ends: 'dies' },
  { name: 'hung', ends: 'times out' },
  { name: 'timeout_lost' },
  { name: 'timeout_applied' },
  { name: 'throttled' },
  { name: 'server_error' },
  { name: 'slow', strike: strike('delay', SLOW_MS) },
];
export const webhookTraps: readonly Trap[] = ['dropped', 'duplicated', 'delayed', 'replayed'].map((name) => ({ name }));
export const requestTraps: readonly Trap[] = ['dropped', 'duplicated', 'timeout_applied', 'replayed'].map((name) => ({
  name,
}));
