/** What the gateway itself does: routes, tokens, bodies, CORS, and its own error answers. */
import { SignJWT, generateKeyPair } from 'jose';
import type { Laptop } from '../../../infra/local/laptop';
import { aws, send, startFixture } from './fixture-host';

let laptop: Laptop;

beforeAll(async () => {
  laptop = await startFixture();
});

afterAll(() => laptop.close());

interface Event {
  readonly body?: string;
  readonly isBase64Encoded: boolean;
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly headers: Record<string, string>;
  readonly cookies?: string[];
  readonly queryStringParameters?: Record<string, string>;
  readonly pathParameters?: Record<string, string>;
  readonly requestContext: { readonly http: { readonly method: string }; readonly authorizer?: unknown };
}

async function echo(path: string, options: Parameters<typeof send>[3] = {}): Promise<Event> {
  return (await send(laptop, 'POST', `/echo/${path}`, options)).json as unknown as Event;
}

describe('a request without a valid token', () => {
  const get = (token?: string): ReturnType<typeof send> => send(laptop, 'GET', '/v1/orders/1', token ? { token } : {});

  it('is refused as the gateway does, with a challenge', async () => {
    const refused = await get();
    expect([refused.status, refused.text]).toEqual([401, '{"message":"Unauthorized"}']);
    expect(refused.headers.get('www-authenticate')).toBe('Bearer');
    expect(refused.headers.get('apigw-requestid')).toEqual(expect.any(String));
  });

  it.each([
    ['has another issuer', { iss: 'https://elsewhere.example/' }],
    ['is for another audience', { aud: 'somebody-else' }],
    ['is not valid yet', { nbf: Math.floor(Date.now() / 1_000) + 600 }],
    ['was issued in the future', { iat: Math.floor(Date.now() / 1_000) + 600 }],
    ['has expired', { exp: Math.floor(Date.now() / 1_000) - 1 }],
  ])('is refused when the token %s', async (_what, claims) => {
    expect((await get(await laptop.token({ sub: 'u', ...claims }))).status).toBe(401);
  });

  it('is refused when the token is signed by another key or not at all', async () => {
    const { privateKey } = await generateKeyPair('RS256');
    const claims = { iss: 'https://issuer.example/', aud: 'orders', exp: Math.floor(Date.now() / 1_000) + 600 };
    const forged = await new SignJWT(claims).setProtectedHeader({ alg: 'RS256' }).sign(privateKey);
    expect((await get(forged)).status).toBe(401);
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    expect((await get(`${part({ alg: 'none' })}.${part(claims)}.`)).status).toBe(401);
    expect((await get('nonsense')).status).toBe(401);
  });

  it('is refused once the clock has passed the expiry of a token that was good before', async () => {
    const token = await laptop.token({ sub: 'u' }, { expiresInSeconds: 60 });
    expect((await get(token)).status).toBe(404);
    laptop.clock.moveTo(laptop.clock.now() + 61_000);
    const late = await get(token);
    expect(late.status).toBe(401);
    expect(late.headers.get('www-authenticate')).toContain('expired');
  });
});

describe('the event of payload format 2.0', () => {
  it('keeps JSON as text, byte for byte, and lists cookies and parameters', async () => {
    const body = '{ "amount": 1.0,  "name": "Müller" }';
    const event = await echo('a/b%20c?x=1&x=2&y=%C3%BC', {
      body,
      headers: { 'content-type': 'application/json', 'X-Shop-Header': 'One', cookie: 'k=v; l=w' },
    });
    expect(event).toMatchObject({
      body,
      isBase64Encoded: false,
      rawQueryString: 'x=1&x=2&y=%C3%BC',
      queryStringParameters: { x: '1,2', y: 'ü' },
      pathParameters: { proxy: 'a/b c' },
      cookies: ['k=v', 'l=w'],
    });
    expect(event.headers['x-shop-header']).toBe('One');
    expect(event.headers['cookie']).toBeUndefined();
    expect(event.requestContext.http.method).toBe('POST');
  });

  it.each(['application/x-www-form-urlencoded', 'application/octet-stream', 'application/pdf'])(
    'carries a body of type %s as base64',
    async (type) => {
      const event = await echo('x', { body: new Uint8Array([0, 255, 10]), headers: { 'content-type': type } });
      expect(event.isBase64Encoded).toBe(true);
      expect([...Buffer.from(event.body ?? '', 'base64')]).toEqual([0, 255, 10]);
    },
  );

  it('gives every claim as text', async () => {
    const token = await laptop.token({ sub: 'u', role: 'support', level: 3, teams: ['a', 'b'], admin: true });
    await send(laptop, 'POST', '/v1/orders/claims', { token, body: {} });
    const { json } = await send(laptop, 'GET', '/v1/orders/claims', { token });
    expect(json['role']).toBe('support');
  });

  it('sends each cookie of the answer in a header of its own', async () => {
    const { headers } = await send(laptop, 'POST', '/echo/x');
    expect(headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(headers.get('x-echo')).toBe('yes');
  });
});

describe('the gateway', () => {
  it('calls a function by the role of the integration', async () => {
    expect((await send(laptop, 'POST', '/echo-by-role/x')).status).toBe(200);
  });

  it.each([
    ['a role that may call another function only', '/echo-by-stranger/x', 'does not allow lambda:InvokeFunction on'],
    ['neither a role nor a permission', '/echo-by-nobody/x', 'has no permission for'],
  ])('answers 500 where it has %s, and only the log says why', async (_what, path, why) => {
    const answer = await send(laptop, 'POST', path);
    expect([answer.status, answer.text]).toEqual([500, '{"message":"Internal Server Error"}']);
    expect(laptop.log.last(20, 'host').map(({ text }) => text)).toContainEqual(expect.stringContaining(why));
  });

  it('answers 404 where there is no route', async () => {
    const answer = await send(laptop, 'DELETE', '/v1/orders/1');
    expect([answer.status, answer.text]).toEqual([404, '{"message":"Not Found"}']);
  });

  it('answers 413 to what is too large', async () => {
    const answer = await send(laptop, 'POST', '/echo/x', {
      body: 'x'.repeat(10 * 1024 * 1024 + 1),
      headers: { 'content-type': 'text/plain' },
    });
    expect([answer.status, answer.text]).toEqual([413, '{"message":"Request Entity Too Large"}']);
  });

  it('answers 500 when the function throws, ends itself or takes too long', async () => {
    for (const how of ['throw', 'exit', 'hang', 'spin']) {
      const answer = await send(laptop, 'POST', '/misbehave', { body: { how } });
      expect([how, answer.status, answer.text]).toEqual([how, 500, '{"message":"Internal Server Error"}']);
    }
    expect((await send(laptop, 'POST', '/misbehave', { body: {} })).json).toEqual({ ok: true });
  });

  it('answers 503 to calls beyond the reserved concurrency', async () => {
    const calls = await Promise.all(
      [1, 2, 3, 4].map(() => send(laptop, 'POST', '/misbehave', { body: { how: 'slow' } })),
    );
    expect(calls.map(({ status }) => status).sort()).toEqual([200, 200, 503, 503]);
  });

  it('answers preflights of known origins only', async () => {
    const preflight = (origin: string): ReturnType<typeof send> =>
      send(laptop, 'OPTIONS', '/v1/work', { headers: { origin, 'access-control-request-method': 'POST' } });
    const known = await preflight('https://shop.example');
    expect(known.status).toBe(204);
    expect(known.headers.get('access-control-allow-origin')).toBe('https://shop.example');
    expect(known.headers.get('access-control-allow-headers')).toBe('authorization');
    expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('an operation that the host does not have', () => {
  it.each([
    'AWSStepFunctions.CreateActivity',
    'AmazonSQS.CreateQueue',
    'AWSEvents.PutRule',
    'AmazonSSM.GetParameter',
    'DynamoDB_20120810.ExecuteStatement',
  ])('is refused by name: %s', async (target) => {
    const answer = await aws(laptop, target, {});
    expect(answer.status).toBe(501);
    expect(answer.text).toContain(target.split('.')[1]);
  });
});

describe('invoking a function through the Lambda API', () => {
  const invoke = (part: string, body: unknown, headers: Record<string, string> = {}): ReturnType<typeof send> =>
    send(laptop, 'POST', `/2015-03-31/functions/${encodeURIComponent(functionName(part))}/invocations`, {
      body,
      headers,
    });

  it('reports errors as Lambda does', async () => {
    const thrown = await invoke('misbehave', { body: '{"how":"throw"}' });
    expect(thrown.headers.get('x-amz-function-error')).toBe('Unhandled');
    expect(thrown.json).toMatchObject({
      errorType: 'OddError',
      errorMessage: 'as asked',
      trace: expect.any(Array) as unknown,
    });
    const late = await invoke('misbehave', { body: '{"how":"hang"}' });
    expect(late.json).toMatchObject({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringContaining('Task timed out after 1.00 seconds') as unknown,
    });
  });

  it('accepts an asynchronous event and runs it later', async () => {
    expect((await invoke('misbehave', {}, { 'x-amz-invocation-type': 'Event' })).status).toBe(202);
    await laptop.idle();
  });

  it('answers 404 for a function that is not there', async () => {
    expect((await send(laptop, 'POST', '/2015-03-31/functions/nobody/invocations', { body: {} })).status).toBe(404);
  });
});

function functionName(part: string): string {
  return Object.keys(laptop.trace().functions).find((name) => name.includes(part)) ?? part;
}
