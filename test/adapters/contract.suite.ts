/** What every contract with a vendor asks of the calls that were made; what only one vendor has is in its own test. */
import { isRecord } from '../../infra/local/json';
import type { Exchange } from '../support/mounted-stand-in';
import { VendorCalls } from '../support/vendor-calls';
import type { VendorSpec } from '../support/vendor-spec';

export interface Contract {
  spec: VendorSpec;
  exchanges: () => readonly Exchange[];
  /** The calls that this description of the vendor's is about. */
  about: RegExp;
  /** `POST 201 422`, ...: every kind of answer that was driven out of the stand-in, so that none is forgotten. */
  answers: readonly string[];
  /** Calls whose bodies the description leaves open: a strange member is none there. */
  open?: RegExp;
}

/** Requests that a test makes by hand go by Node's own `fetch`, and are wrong where they mean to be. */
const isOurs = ({ request }: Exchange): boolean => request.headers['user-agent'] !== 'node';

export function contractSuite({ spec, exchanges, about, answers, open }: Contract): void {
  const calls = new VendorCalls(spec);
  const made = (): Exchange[] => exchanges().filter(({ request }) => about.test(request.path));

  test('every request of ours is one that the vendor describes, with no member and no parameter besides', () => {
    const ours = made().filter(isOurs);
    expect(ours.length).toBeGreaterThan(0);
    for (const { request } of ours) {
      const problems = calls.problemsOfRequest(request);
      expect([request.method, request.path, problems]).toEqual([request.method, request.path, []]);
    }
  });

  test('every answer is one that the vendor describes', () => {
    const seen = new Set<string>();
    for (const exchange of made()) {
      const { request, reply } = exchange;
      if (reply === 'hang-up') continue;
      seen.add(`${request.method} ${reply.status}`);
      const problems = calls.problemsOfAnswer(exchange);
      expect([request.method, request.path, reply.status, problems]).toEqual([
        request.method,
        request.path,
        reply.status,
        [],
      ]);
    }
    expect([...seen].sort()).toEqual([...answers].sort());
  });

  test('the check is known to work: a strange path, parameter, member and answer are named', () => {
    const [first] = made();
    if (first === undefined) throw new Error('nothing was sent');
    const { request } = first;
    expect(calls.problemsOfRequest({ ...request, path: `${request.path}/x/y/z` })).not.toEqual([]);
    expect(calls.problemsOfRequest({ ...request, query: new URLSearchParams('colour=red') })).not.toEqual([]);
    const reply = { status: 200, body: '[]' };
    expect(calls.problemsOfAnswer({ request, reply })).not.toEqual([]);
    const closed = made().filter((one) => isOurs(one) && open?.test(one.request.path) !== true);
    for (const { request: written } of closed.filter((one) => one.request.rawBody.length > 0)) {
      const rawBody = withStrangeMember(written.rawBody);
      expect(calls.problemsOfRequest({ ...written, rawBody })).not.toEqual([]);
    }
  });
}

function withStrangeMember(body: Buffer): Buffer {
  const text = body.toString();
  if (!text.startsWith('{')) return Buffer.from(`${text}&strange=1`);
  const parsed: unknown = JSON.parse(text);
  return Buffer.from(JSON.stringify({ ...(isRecord(parsed) ? parsed : {}), strange: 1 }));
}
