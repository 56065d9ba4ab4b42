/** The JWT authorizer of an HTTP API: what it checks, and how it refuses. */
import { errors, jwtVerify, type JWTPayload } from 'jose';
import type { Clock } from '../clock';
import { list, record, text } from '../json';
import type { ResolvedResource } from '../template/model';
import { UnsupportedResource } from '../unsupported';
import type { Issuer } from './issuer';

export type Verdict =
  | {
      readonly allowed: true;
      readonly claims: Readonly<Record<string, string>>;
      readonly scopes: readonly string[] | null;
    }
  | { readonly allowed: false; readonly status: 401 | 403; readonly challenge: string };

const REMEMBERED = 2_000;

export class JwtAuthorizer {
  readonly issuer: string;
  readonly audience: readonly string[];
  private readonly header: string;
  private readonly known = new Map<string, JWTPayload>();

  constructor(
    { logicalId, properties }: ResolvedResource,
    private readonly keys: Issuer,
    private readonly clock: Clock,
  ) {
    const configuration = record(properties['JwtConfiguration']);
    if (properties['AuthorizerType'] !== 'JWT') {
      throw new UnsupportedResource([`an authorizer of type ${String(properties['AuthorizerType'])} (${logicalId})`]);
    }
    this.issuer = text(configuration['Issuer']) ?? '';
    this.audience = list(configuration['Audience']).map(String);
    const [source = '$request.header.Authorization'] = list(properties['IdentitySource']).map(String);
    const header = /^\$request\.header\.(.+)$/.exec(source)?.[1];
    if (!header) throw new UnsupportedResource([`the identity source ${source} (${logicalId})`]);
    this.header = header.toLowerCase();
  }

  /** Judges a request by its headers (names in lower case) and the scopes that its route asks for. */
  async judge(
    headers: Readonly<Record<string, string | string[] | undefined>>,
    wanted: readonly string[],
  ): Promise<Verdict> {
    const given = headers[this.header];
    if (typeof given !== 'string' || given === '') return { allowed: false, status: 401, challenge: 'Bearer' };
    const token = given.replace(/^Bearer\s+/i, '');
    let payload: JWTPayload;
    try {
      payload = await this.verify(token);
    } catch (error) {
      return invalid(reasonOf(error));
    }
    const scopes = text(payload['scope'])?.split(' ') ?? list(payload['scp']).map(String);
    if (wanted.length > 0 && !wanted.some((scope) => scopes.includes(scope))) {
      const challenge = `Bearer scope="${wanted.join(' ')}" error="insufficient_scope"`;
      return { allowed: false, status: 403, challenge };
    }
    return { allowed: true, claims: claimsOf(payload), scopes: wanted.length > 0 ? wanted : null };
  }

  private async verify(token: string): Promise<JWTPayload> {
    const now = this.clock.now();
    const known = this.known.get(token);
    if (known && (known.exp ?? 0) * 1_000 > now) return known;
    const { payload, protectedHeader } = await jwtVerify(token, this.keys.publicKey, {
      // HTTP APIs take RSA only; a list keeps a token from choosing its own algorithm.
      algorithms: ['RS256'],
      issuer: this.issuer,
      requiredClaims: ['exp'],
      currentDate: new Date(now),
    });
    if (protectedHeader.kid !== this.keys.jwk.kid) throw new Error('the token has an unknown key id');
    const audience = [payload.aud ?? payload['client_id']].flat();
    if (!audience.some((one) => typeof one === 'string' && this.audience.includes(one))) {
      throw new Error('the token has an invalid audience');
    }
    if (payload.iat !== undefined && payload.iat * 1_000 > now) throw new Error('the token is used before issued');
    if (this.known.size >= REMEMBERED) this.known.clear();
    this.known.set(token, payload);
    return payload;
  }
}

function invalid(reason: string): Verdict {
  const challenge = `Bearer scope="" error="invalid_token" error_description="${reason}"`;
  return { allowed: false, status: 401, challenge };
}

function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'the token has expired';
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'iss')
    return 'the token has an invalid issuer';
  if (error instanceof errors.JOSEError) return 'the token is not valid';
  return error instanceof Error ? error.message : 'the token is not valid';
}

/** Every claim reaches the function as text, lists in brackets with spaces. */
function claimsOf(payload: JWTPayload): Record<string, string> {
  const claims: Record<string, string> = {};
  for (const [name, value] of Object.entries(payload)) {
    if (Array.isArray(value)) claims[name] = `[${value.map(String).join(' ')}]`;
    else claims[name] = typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
  }
  return claims;
}
