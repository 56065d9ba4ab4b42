/** The HTTP API of the template: routes, authorizers, CORS, throttling, and the gateway's own error answers. */
import type { IncomingHttpHeaders } from 'node:http';
import { ApiError } from '../api-error';
import type { Clock } from '../clock';
import { flag, integer, isRecord, list, record, text, type Json } from '../json';
import type { Functions } from '../lambda/functions';
import type { Model, ResolvedResource } from '../template/model';
import type { Trace } from '../trace';
import { UnsupportedResource } from '../unsupported';
import { missingRight } from './invoke-right';
import type { Issuer } from './issuer';
import { JwtAuthorizer } from './jwt-authorizer';
import { type HttpAnswer, type HttpRequest, answerOf, eventOf, gatewayRequestId } from './payload';

const BODY_LIMIT = 10 * 1024 * 1024;
const EVENT_LIMIT = 6 * 1024 * 1024;
const HEADER_LIMIT = 10_240;
const LONGEST_MS = 30_000;

interface Route {
  readonly key: string;
  readonly method: string;
  readonly segments: readonly string[];
  readonly functionName: string;
  /** What the gateway lacks to call the function. */
  readonly missingRight: string | undefined;
  readonly timeoutMs: number;
  readonly authorizer?: JwtAuthorizer;
  readonly scopes: readonly string[];
}

interface Bucket {
  readonly rate: number;
  readonly burst: number;
  tokens: number;
  filledAt: number;
}

export class HttpApi {
  private readonly routes: Route[] = [];
  private readonly authorizers = new Map<string, JwtAuthorizer>();
  private readonly cors: Json | undefined;
  private readonly stage: string;
  private readonly bucket: Bucket | undefined;
  private readonly api: ResolvedResource | undefined;
  private inFlight = 0;

  constructor(
    private readonly model: Model,
    private readonly functions: Functions,
    private readonly clock: Clock,
    private readonly trace: Trace,
    issuer: Issuer,
    private readonly note: (line: string) => void,
  ) {
    const [api, ...others] = model.ofType('AWS::ApiGatewayV2::Api');
    if (others.length > 0) throw new UnsupportedResource(['more than one HTTP API in a stack']);
    this.api = api;
    if (api && api.properties['ProtocolType'] !== 'HTTP')
      throw new UnsupportedResource([`the API ${api.name} of another type than HTTP`]);
    this.cors = isRecord(api?.properties['CorsConfiguration']) ? api.properties['CorsConfiguration'] : undefined;
    const [stage] = model.ofType('AWS::ApiGatewayV2::Stage');
    this.stage = text(stage?.properties['StageName']) ?? '$default';
    if (this.stage !== '$default')
      throw new UnsupportedResource([`the stage ${this.stage} (only $default has no prefix)`]);
    const limits = record(stage?.properties['DefaultRouteSettings']);
    const rate = integer(limits['ThrottlingRateLimit']);
    const burst = integer(limits['ThrottlingBurstLimit']);
    if (rate !== undefined && burst !== undefined) this.bucket = { rate, burst, tokens: burst, filledAt: Date.now() };
    for (const resource of model.ofType('AWS::ApiGatewayV2::Authorizer')) {
      this.authorizers.set(resource.logicalId, new JwtAuthorizer(resource, issuer, clock));
    }
    for (const resource of model.ofType('AWS::ApiGatewayV2::Route')) this.routes.push(this.readRoute(resource));
    this.routes.sort(bySpecificity);
  }

  get busy(): number {
    return this.inFlight;
  }

  /** Issuer and audience that tokens for this API carry. */
  get tokenClaims(): { iss: string; aud: string } {
    const [authorizer] = this.authorizers.values();
    return { iss: authorizer?.issuer ?? 'https://laptop.invalid/', aud: authorizer?.audience[0] ?? 'laptop' };
  }

  /** Every route key, for the list that `npm start` prints. */
  get routeKeys(): string[] {
    return this.routes.map(({ key }) => key);
  }

  /** Answers a request, or undefined if no route takes it. */
  async handle(request: HttpRequest): Promise<HttpAnswer | undefined> {
    if (!this.api) return undefined;
    const requestId = gatewayRequestId();
    const preflight = this.preflight(request);
    if (preflight) return preflight;
    const found = this.match(request.method, request.path);
    if (!found) return undefined;
    this.inFlight += 1;
    try {
      const answer = await this.answer(request, found.route, found.parameters, requestId);
      this.trace.http(found.route.key, answer.status);
      return {
        ...answer,
        headers: { ...answer.headers, ...this.corsHeaders(request.message.headers), 'apigw-requestid': requestId },
      };
    } finally {
      this.inFlight -= 1;
    }
  }

  private async answer(
    request: HttpRequest,
    route: Route,
    pathParameters: Readonly<Record<string, string>>,
    requestId: string,
  ): Promise<HttpAnswer> {
    if (this.bucket && !take(this.bucket)) return gatewayAnswer(429, 'Too Many Requests');
    if (request.body.length > BODY_LIMIT) return gatewayAnswer(413, 'Request Entity Too Large');
    const headerBytes = request.message.rawHeaders.reduce((sum, part) => sum + part.length, request.path.length);
    if (headerBytes > HEADER_LIMIT) return gatewayAnswer(431, 'Request Header Fields Too Large');
    const verdict = await route.authorizer?.judge(request.message.headers, route.scopes);
    if (verdict && !verdict.allowed) {
      const message = verdict.status === 401 ? 'Unauthorized' : 'Forbidden';
      return gatewayAnswer(verdict.status, message, { 'www-authenticate': verdict.challenge });
    }
    const event = JSON.stringify(
      eventOf(request, {
        routeKey: route.key,
        pathParameters,
        apiId: this.api?.logicalId ?? '',
        account: this.model.account,
        stage: this.stage,
        domain: request.message.headers.host ?? 'localhost',
        requestId,
        now: this.clock.now(),
        ...(verdict ? { authorizer: { claims: verdict.claims, scopes: verdict.scopes } } : {}),
      }),
    );
    if (Buffer.byteLength(event) > EVENT_LIMIT) return gatewayAnswer(413, 'Request Entity Too Large');
    return this.integrate(route, event);
  }

  private async integrate(route: Route, event: string): Promise<HttpAnswer> {
    if (route.missingRight !== undefined) {
      // On AWS the reason is in the access log only.
      this.note(`${route.key} cannot be answered: ${route.missingRight}.`);
      return gatewayAnswer(500, 'Internal Server Error');
    }
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), route.timeoutMs);
    });
    try {
      const outcome = await Promise.race([this.functions.invoke(route.functionName, event), late]);
      if (outcome === 'late') return gatewayAnswer(503, 'Service Unavailable');
      if (outcome.error) return gatewayAnswer(500, 'Internal Server Error');
      return answerOf(outcome.payload) ?? gatewayAnswer(500, 'Internal Server Error');
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return error.status === 429
        ? gatewayAnswer(503, 'Service Unavailable')
        : gatewayAnswer(500, 'Internal Server Error');
    } finally {
      clearTimeout(timer);
    }
  }

  private match(method: string, path: string): { route: Route; parameters: Record<string, string> } | undefined {
    const segments = path.split('/').slice(1);
    for (const route of this.routes) {
      if (route.method !== 'ANY' && route.method !== method) continue;
      const parameters = route.key === '$default' ? {} : matchPath(route.segments, segments);
      if (parameters) return { route, parameters };
    }
    return undefined;
  }

  private preflight({ method, path, message }: HttpRequest): HttpAnswer | undefined {
    if (!this.cors || method !== 'OPTIONS') return undefined;
    // A route of its own for OPTIONS would win on AWS; only with the two headers is it a preflight.
    if (!message.headers.origin || !message.headers['access-control-request-method']) return undefined;
    if (this.routes.some((route) => route.method === 'OPTIONS' && matchPath(route.segments, path.split('/').slice(1))))
      return undefined;
    const allowed = this.corsHeaders(message.headers);
    if (Object.keys(allowed).length === 0) return { status: 204, headers: {}, body: '' };
    const join = (name: string): string => list(this.cors?.[name]).map(String).join(',');
    const maxAge = integer(this.cors['MaxAge']);
    return {
      status: 204,
      headers: {
        ...allowed,
        'access-control-allow-methods': join('AllowMethods'),
        ...(join('AllowHeaders') ? { 'access-control-allow-headers': join('AllowHeaders') } : {}),
        ...(maxAge === undefined ? {} : { 'access-control-max-age': String(maxAge) }),
      },
      body: '',
    };
  }

  private corsHeaders({ origin }: IncomingHttpHeaders): Record<string, string> {
    if (!this.cors || !origin) return {};
    const origins = list(this.cors['AllowOrigins']).map(String);
    const any = origins.includes('*');
    if (!any && !origins.some((allowed) => originMatches(allowed, origin))) return {};
    const exposed = list(this.cors['ExposeHeaders']).map(String).join(',');
    return {
      'access-control-allow-origin': any ? '*' : origin,
      ...(any ? {} : { vary: 'origin' }),
      ...(flag(this.cors['AllowCredentials']) ? { 'access-control-allow-credentials': 'true' } : {}),
      ...(exposed ? { 'access-control-expose-headers': exposed } : {}),
    };
  }

  private readRoute({ logicalId, properties }: ResolvedResource): Route {
    const key = text(properties['RouteKey']) ?? '';
    const [method = 'ANY', path = ''] = key === '$default' ? ['ANY', ''] : key.split(' ');
    const integrationId = (text(properties['Target']) ?? '').replace(/^integrations\//, '');
    const integration = this.model.byId(integrationId);
    if (!integration) throw new UnsupportedResource([`the target of route ${key} (${logicalId})`]);
    const { IntegrationType, IntegrationUri, PayloadFormatVersion, TimeoutInMillis } = integration.properties;
    if (IntegrationType !== 'AWS_PROXY' || (PayloadFormatVersion ?? '2.0') !== '2.0') {
      throw new UnsupportedResource([
        `the integration ${integrationId} (${String(IntegrationType)}, payload ${String(PayloadFormatVersion)}; only AWS_PROXY with 2.0)`,
      ]);
    }
    // Either the function's ARN or the path form around it.
    const uri = (text(IntegrationUri) ?? '').replace(/^.*\/functions\//, '').replace(/\/invocations$/, '');
    const { arn } = this.functions.pool(uri).settings;
    const type = text(properties['AuthorizationType']) ?? 'NONE';
    if (type !== 'NONE' && type !== 'JWT') throw new UnsupportedResource([`the authorization ${type} of route ${key}`]);
    const authorizer = type === 'JWT' ? this.authorizers.get(text(properties['AuthorizerId']) ?? '') : undefined;
    if (type === 'JWT' && !authorizer) throw new UnsupportedResource([`the authorizer of route ${key}`]);
    return {
      key,
      method,
      segments: path.split('/').slice(1),
      functionName: uri,
      missingRight: missingRight(this.model, {
        integration,
        functionArn: uri.startsWith('arn:') ? uri : arn,
        source: `${this.api?.logicalId ?? ''}/${this.stage}/${key.replace(' ', '')}`,
      }),
      timeoutMs: Math.min(integer(TimeoutInMillis) ?? LONGEST_MS, LONGEST_MS),
      scopes: list(properties['AuthorizationScopes']).map(String),
      ...(authorizer ? { authorizer } : {}),
    };
  }
}

/** An answer that the gateway makes itself. */
export function gatewayAnswer(status: number, message: string, headers: Record<string, string> = {}): HttpAnswer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ message }) };
}

function take(bucket: Bucket): boolean {
  const now = Date.now();
  bucket.tokens = Math.min(bucket.burst, bucket.tokens + ((now - bucket.filledAt) / 1_000) * bucket.rate);
  bucket.filledAt = now;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

function matchPath(pattern: readonly string[], path: readonly string[]): Record<string, string> | undefined {
  const parameters: Record<string, string> = {};
  for (let at = 0; at < pattern.length; at += 1) {
    const part = pattern[at] ?? '';
    const name = /^\{([^}+]+)(\+?)\}$/.exec(part);
    if (name?.[1] && name[2]) {
      const rest = path.slice(at);
      if (rest.length === 0 || rest.join('') === '') return undefined;
      parameters[name[1]] = decoded(rest.join('/'));
      return parameters;
    }
    const actual = path[at];
    if (actual === undefined) return undefined;
    if (name?.[1]) {
      if (actual === '') return undefined;
      parameters[name[1]] = decoded(actual);
    } else if (part !== actual) return undefined;
  }
  return pattern.length === path.length ? parameters : undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Full matches before parameters, parameters before greedy ones, $default last; a named method before ANY. */
function bySpecificity(one: Route, other: Route): number {
  const [first, second] = [weight(one), weight(other)];
  return first < second ? -1 : first > second ? 1 : 0;
}

function weight({ key, method, segments }: Route): string {
  if (key === '$default') return '9';
  const parts = segments.map((part) => (part.endsWith('+}') ? '3' : part.startsWith('{') ? '2' : '1'));
  return `${parts.join('')}0${method === 'ANY' ? '2' : '1'}`;
}

function originMatches(allowed: string, origin: string): boolean {
  if (!allowed.includes('*')) return allowed === origin;
  const [before = '', after = ''] = allowed.split('*');
  return origin.startsWith(before) && origin.endsWith(after) && origin.length >= allowed.length - 1;
}
