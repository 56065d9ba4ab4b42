/** What differs between one deployment and another. Everything else is the same everywhere. */
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as z from 'zod/mini';

// The small edition of zod has no words for what is wrong unless asked for.
z.config(z.locales.en());

const name = z.string().check(z.regex(/^[a-z][a-z0-9-]{0,19}$/));
const origin = z.union([z.literal('*'), z.string().check(z.regex(/^https?:\/\/[^/*\s]+$/))]);
const days = z.int().check(z.positive());
/** CloudWatch Logs knows only these. */
const logDays = days.check(z.refine((value) => value in RetentionDays, 'not a retention that CloudWatch Logs offers'));

const stageSchema = z.strictObject({
  name,
  /** Where the deployment goes; absent: wherever the caller's credentials lead. */
  account: z.optional(z.string().check(z.regex(/^\d{12}$/))),
  region: z.optional(z.string().check(z.regex(/^[a-z]{2}(-[a-z]+)+-\d$/))),
  identity: z.discriminatedUnion('kind', [
    /** Somebody else issues the tokens, signed RS256: HTTP API authorizers take nothing else. */
    z.strictObject({
      kind: z.literal('issuer'),
      issuer: z.string().check(z.regex(/^https:\/\/\S+$/)),
      audience: z.array(z.string()).check(z.minLength(1)),
    }),
    /** The stack makes a Cognito pool, whose one client is the audience. */
    z.strictObject({ kind: z.literal('cognito'), domainPrefix: name }),
  ]),
  /** Which claim of the token says what. */
  claims: z.strictObject({ tenant: z.string(), role: z.string(), merchant: z.string() }),
  allowedOrigins: z.array(origin),
  /** Requests per second, and how many may come at once. */
  throttle: z.strictObject({ rate: z.int().check(z.positive()), burst: z.int().check(z.positive()) }),
  /** Accounts at outside parties. Each gets a secret; its keys are put there by hand, never here. */
  connections: z.array(
    z.strictObject({
      id: z.string().check(z.regex(/^con_[a-z0-9_]+$/)),
      tenant: z.string(),
      provider: z.enum([
        'stripe',
        'adyen',
        'klarna',
        'paypal',
        'alipay',
        'wechat_pay',
        'square',
        'bank_transfer',
        'easypost',
        'shipengine',
        'ups',
        'sf_express',
        /** A tenant's own stock system, by docs/stock-api.md; without one our table keeps its stock. */
        'stock_system',
      ]),
      /** Absent: the provider's public address. */
      baseUrl: z.optional(z.url()),
    }),
  ),
  logRetentionDays: logDays,
  eventArchiveDays: days,
  /** `retain` keeps tables, logs and secrets when the stack goes, and protects the tables from deletion. */
  removal: z.enum(['retain', 'destroy']),
  /** Who is told of alarms. */
  alarmEmail: z.optional(z.email()),
});

export type Stage = z.infer<typeof stageSchema>;
export type Connection = Stage['connections'][number];

/** @throws when a member is missing, unknown or out of range; the message names it */
export function parseStage(value: unknown): Stage {
  const result = stageSchema.safeParse(value);
  if (!result.success) throw new Error(`The stage is not valid:\n${z.prettifyError(result.error)}`);
  const ids = result.data.connections.map(({ id }) => id);
  const twice = ids.find((id, place) => ids.indexOf(id) !== place);
  if (twice !== undefined) throw new Error(`The stage names the connection ${twice} twice.`);
  const systems = result.data.connections.filter(({ provider }) => provider === 'stock_system');
  const homeless = systems.find(({ baseUrl }) => baseUrl === undefined);
  if (homeless !== undefined)
    throw new Error(`The stage does not say where ${homeless.id} is: it has no public address.`);
  const second = systems.find(({ tenant }, place) => systems.findIndex((one) => one.tenant === tenant) !== place);
  if (second !== undefined) throw new Error(`The stage has two stock systems for ${second.tenant}.`);
  return result.data;
}
