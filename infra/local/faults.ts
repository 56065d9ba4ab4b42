/** Faults on request: what the cloud does now and then, and a laptop never. */
import { type Json, integer, isRecord, text } from './json';
import { ApiError } from './api-error';

export const FAULT_KINDS = [
  'throttle',
  'conflict',
  'timeout-before',
  'timeout-after',
  'error',
  'duplicate',
  'delay',
  'stale',
  'partial',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface Fault {
  readonly id: number;
  readonly service: string;
  readonly kind: FaultKind;
  readonly operation?: string;
  readonly table?: string;
  readonly function?: string;
  readonly queue?: string;
  /** 0 to 1; always if absent. */
  readonly probability?: number;
  readonly delayMs: number;
  /** How often it will still strike. */
  left: number;
}

/** What is about to happen, as a fault may describe it. */
export interface Happening {
  readonly service: string;
  readonly operation?: string;
  readonly table?: string | undefined;
  readonly function?: string;
  readonly queue?: string;
  /** What it is about: the request, event or batch in JSON. */
  readonly text?: () => string;
  /** The invocation that asks, where the host was told to have its functions name themselves. */
  readonly invocation?: string | undefined;
}

/** What a fault does to whatever it strikes. */
export type Strike = Pick<Fault, 'kind' | 'delayMs'>;

/** Sees everything that happens, and may strike it. */
export type Lookout = (happening: Happening, kinds: readonly FaultKind[]) => Strike | undefined;

export class Faults {
  private faults: Fault[] = [];
  private lastId = 0;
  /** Of whoever runs the host in his own process, and strikes by what a call is about. */
  lookout: Lookout | undefined;

  /** Reads a fault from a control request. */
  add(wish: unknown): Fault {
    if (!isRecord(wish)) throw new ApiError('ValidationException', 'A fault is a JSON object.');
    const service = text(wish['service']);
    const kind = FAULT_KINDS.find((known) => known === wish['kind']);
    if (!service || !kind) {
      throw new ApiError('ValidationException', `A fault needs a service and a kind (${FAULT_KINDS.join(', ')}).`);
    }
    const probability = integer(wish['probability']);
    const fault: Fault = {
      id: (this.lastId += 1),
      service,
      kind,
      delayMs: integer(wish['delayMs']) ?? 1_000,
      left: integer(wish['times']) ?? (probability === undefined ? 1 : Number.MAX_SAFE_INTEGER),
      ...(probability === undefined ? {} : { probability }),
      ...selection(wish),
    };
    this.faults.push(fault);
    return fault;
  }

  clear(): void {
    this.faults = [];
  }

  list(): readonly Fault[] {
    return this.faults;
  }

  /** Whether any fault of that kind waits for its moment. */
  expects(kind: FaultKind): boolean {
    return this.lookout !== undefined || this.faults.some((fault) => fault.kind === kind);
  }

  /** The fault that strikes now, if any; it is used up by this call. Only kinds the caller can carry out are asked. */
  strike(happening: Happening, kinds: readonly FaultKind[]): Strike | undefined {
    const seen = this.lookout?.(happening, kinds);
    if (seen !== undefined) return seen;
    for (const fault of this.faults) {
      if (!kinds.includes(fault.kind) || fault.service !== happening.service) continue;
      if (fault.operation !== undefined && fault.operation !== happening.operation) continue;
      if (fault.table !== undefined && !named(happening.table, fault.table)) continue;
      if (fault.function !== undefined && !named(happening.function, fault.function)) continue;
      if (fault.queue !== undefined && !named(happening.queue, fault.queue)) continue;
      if (fault.probability !== undefined && Math.random() >= fault.probability) continue;
      fault.left -= 1;
      if (fault.left <= 0) this.faults = this.faults.filter((other) => other !== fault);
      return fault;
    }
    return undefined;
  }
}

function selection(wish: Json): Partial<Pick<Fault, 'operation' | 'table' | 'function' | 'queue'>> {
  const chosen: Record<string, string> = {};
  for (const key of ['operation', 'table', 'function', 'queue']) {
    const value = text(wish[key]);
    if (value !== undefined) chosen[key] = value;
  }
  return chosen;
}

/** A fault names a resource by its physical name or by the part of it that people know. */
function named(actual: string | undefined, wanted: string): boolean {
  return actual !== undefined && (actual === wanted || actual.includes(wanted));
}
