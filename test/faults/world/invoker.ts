/** Runs functions as Lambda does: one invocation a process, an environment kept warm for the next one. */
import { functions } from '../../../infra/functions';
import type { FaultKind } from '../plan';
import { Trace } from './trace';
import { Environment, type Process, type World } from './world';

/** What the caller of a function gets. */
export interface Outcome {
  readonly payload?: unknown;
  readonly error?: { readonly errorType: string; readonly errorMessage: string };
}

type Handler = (event: unknown, context: object) => Promise<unknown>;

const limits = new Map(functions.map(({ name, timeoutSeconds }) => [name, timeoutSeconds * 1_000]));
/** Of the invocation itself: throttled by Lambda, started on a machine whose clock is ahead, dead before it began. */
const kinds: readonly FaultKind[] = ['throttled', 'skewed', 'crash_before'];

export const throttled = 'TooManyRequestsException';

export class Invoker {
  private readonly idle = new Map<string, Environment[]>();
  /** Invocations so far, by function. */
  readonly invoked = new Map<string, number>();

  constructor(
    private readonly world: World,
    private readonly handlers: Readonly<Record<string, Handler>>,
  ) {}

  knows(name: string): boolean {
    return this.handlers[name] !== undefined;
  }

  /** What functions that start warm would know. */
  digest(): string {
    const { now } = this.world;
    return [...this.idle]
      .map(([name, environments]) => [name, environments.map((one) => one.digest(now)).join('|')] as const)
      .filter(([, known]) => /[^|]/.test(known))
      .map(([name, known]) => `${name} ${known}`)
      .join(';');
  }

  invoke(name: string, event: unknown): Promise<Outcome> {
    const handler = this.handlers[name];
    if (handler === undefined) throw new Error(`there is no function ${name}`);
    const { world } = this;
    return new Promise((resolve) => {
      const environment = this.idle.get(name)?.pop() ?? new Environment();
      const process: Process = {
        id: world.newId(name),
        name,
        tenant: tenantOf(event),
        alive: true,
        skew: 0,
        trace: new Trace(),
        environment,
        startedAt: world.now,
        limitMs: limits.get(name) ?? 10_000,
        died: (errorType) => {
          // Its environment dies with it: the next invocation starts cold.
          world.resume(undefined, 4, () => resolve({ error: { errorType, errorMessage: errorType } }));
        },
      };
      process.trace.hear(() => name + JSON.stringify(event));
      world.spawn(process);
      const finish = (outcome: Outcome): void => {
        if (!process.alive) return;
        world.end(process);
        this.idle.set(name, [...(this.idle.get(name) ?? []), environment]);
        resolve(outcome);
      };
      world.enter(process, { label: `invoke ${name}`, effect: false, kinds }, 0, (kind) => {
        this.invoked.set(name, (this.invoked.get(name) ?? 0) + 1);
        if (kind === 'throttled') return finish({ error: { errorType: throttled, errorMessage: 'Rate Exceeded.' } });
        if (kind === 'crash_before') return world.kill(process, 'Runtime.ExitError');
        if (kind === 'skewed') process.skew = 2_000;
        handler(event, { functionName: name, awsRequestId: process.id }).then(
          (payload) => finish({ payload: payload === undefined ? undefined : JSON.parse(JSON.stringify(payload)) }),
          (error: unknown) => {
            const { name: errorType, message: errorMessage } = isError(error)
              ? error
              : { name: typeof error, message: String(error) };
            finish({ error: { errorType, errorMessage } });
          },
        );
      });
    });
  }
}

/** By its looks: the script's errors are of another realm where a test runner has its own. */
const isError = (error: unknown): error is Error =>
  typeof error === 'object' && error !== null && 'name' in error && 'message' in error;

/** Whose work an event is: of the caller, of the run, or of the connection that a webhook came by. */
function tenantOf(event: unknown): string | undefined {
  const { tenant, requestContext, pathParameters } = event as {
    tenant?: string;
    requestContext?: { authorizer?: { jwt: { claims: { tenant: string } } } };
    pathParameters?: { connectionId?: string };
  };
  const connection = pathParameters?.connectionId;
  return tenant ?? requestContext?.authorizer?.jwt.claims.tenant ?? connection?.slice(connection.lastIndexOf('_') + 1);
}
