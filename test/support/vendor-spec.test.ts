import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StandInReply, StandInRequest } from '../../infra/local/stand-in';
import { VendorCalls } from './vendor-calls';
import { VendorSpec } from './vendor-spec';

const schema = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const json = (name: string) => ({ content: { 'application/json': { schema: schema(name) } } });

/** A description as vendors write them, small enough to be read. */
const description = {
  openapi: '3.0.1',
  servers: [{ url: 'https://vendor.example/v7' }],
  paths: {
    '/things/{id}': {
      parameters: [{ $ref: '#/components/parameters/id' }],
      get: {
        parameters: [
          { in: 'query', name: 'limit', required: true, schema: { type: 'integer' } },
          { in: 'query', name: 'created', schema: { type: 'object' } },
          { in: 'header', name: 'X-Version', required: true, schema: { type: 'string' } },
        ],
        responses: { 200: json('thing'), default: { $ref: '#/components/responses/refusal' } },
      },
      post: { requestBody: { required: true, ...json('thing') }, responses: { 200: json('thing') } },
      delete: { responses: { 204: { description: 'nothing' }, 404: json('refusal') } },
    },
    '/things/search': { get: { responses: { 200: json('refusal') } } },
    '/forms': {
      post: {
        requestBody: { content: { 'application/x-www-form-urlencoded': { schema: schema('form') } } },
        responses: {},
      },
    },
  },
  components: {
    parameters: { id: { in: 'path', name: 'id', required: true, schema: { type: 'string' } } },
    responses: { refusal: json('refusal') },
    schemas: {
      thing: {
        type: 'object',
        required: ['amount'],
        properties: {
          amount: { type: 'integer', minimum: 0, exclusiveMinimum: true },
          note: { type: 'string', nullable: true, enum: ['a', 'b'] },
          refusal: { nullable: true, allOf: [schema('refusal')] },
          mail: { type: 'string', pattern: '(?i)@' },
          owner: { 'x-expansionResources': { oneOf: [] }, anyOf: [{ type: 'string' }, schema('refusal')] },
        },
      },
      refusal: { type: 'object', required: ['code'], properties: { code: { type: 'string' } } },
      form: { type: 'object', properties: { amount: { type: 'integer' }, metadata: { type: 'object' } } },
      closed: { allOf: [schema('refusal')], additionalProperties: false },
      broken: { type: 'string', minLength: 'three' },
    },
  },
};

let folder: string;
let spec: VendorSpec;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vendor-spec-'));
  const path = join(folder, 'vendor.json');
  writeFileSync(path, JSON.stringify(description));
  spec = new VendorSpec(path);
});
afterAll(() => rmSync(folder, { recursive: true }));

const thing = '/components/schemas/thing';

describe('a schema of a vendor', () => {
  test('that is not there is no schema that everything passes', () => {
    expect(() => spec.problems('/components/schemas/nothing_like_it', {})).toThrow();
  });

  test('that does not compile is an error', () => {
    expect(() => spec.problems('/components/schemas/broken', 'x')).toThrow();
    expect(() => spec.problems({ type: 'string', pattern: '(' }, 'x')).toThrow();
  });

  test('names what is wrong by its place', () => {
    expect(spec.problems(thing, { amount: 5, note: null, refusal: null, owner: 'o' })).toEqual([]);
    expect(spec.problems(thing, {})).toEqual(["/ must have required property 'amount'"]);
    expect(spec.problems(thing, { amount: '5' })).toEqual(['/amount must be integer']);
    expect(spec.problems(thing, { amount: 0 })).toEqual(['/amount must be > 0']);
    expect(spec.problems(thing, { amount: 5, note: 'c' })).not.toEqual([]);
    expect(spec.problems(thing, { amount: 5, refusal: {} })).not.toEqual([]);
    expect(spec.problems(thing, { amount: 5, owner: { code: 'c' } })).toEqual(['/owner must be string']);
  });

  test('that is closed around its parts knows the members of its parts, and no other', () => {
    expect(spec.problems('/components/schemas/closed', { code: 'c' })).toEqual([]);
    expect(spec.problems('/components/schemas/closed', { code: 'c', colour: 'red' })).not.toEqual([]);
    expect(spec.problems('/components/schemas/closed', {})).not.toEqual([]);
  });

  test('tells which of its expressions are none in JavaScript', () => {
    expect(spec.problems(thing, { amount: 5, mail: 'x' })).toEqual([]);
    expect(spec.dropped).toEqual(['/components/schemas/thing/properties/mail']);
  });
});

describe('a call', () => {
  const request = (method: string, path: string, more: Partial<StandInRequest> = {}): StandInRequest => ({
    method,
    path,
    query: new URLSearchParams(),
    headers: { 'content-type': 'application/json' },
    rawBody: Buffer.alloc(0),
    ...more,
  });
  const asking = (query: string, headers = {}) =>
    request('GET', '/v7/things/1', { query: new URLSearchParams(query), headers });
  const saying = (body: unknown) => request('POST', '/v7/things/1', { rawBody: Buffer.from(JSON.stringify(body)) });
  const form = (body: string) =>
    request('POST', '/v7/forms', {
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
      rawBody: Buffer.from(body),
    });

  test.each<[string, StandInRequest, string[]]>([
    ['as described', asking('limit=5&created[gt]=1', { 'x-version': '1' }), []],
    ['with a body as described', saying({ amount: 5 }), []],
    ['with a form as described', form('amount=5&metadata[a]=7'), []],
    ['to another path', request('GET', '/v7/others/1'), ['GET /v7/others/1 is not described']],
    ['to a path outside of the server', request('GET', '/things/1'), ['GET /things/1 is not described']],
    ['by another method', request('PUT', '/v7/things/1'), ['PUT /v7/things/1 is not described']],
    ['without what is required', asking(''), ['limit is required', 'X-Version is required']],
    ['with a strange filter', asking('limit=5&colour=red', { 'x-version': '1' }), ['?colour is not described']],
    ['with a wrong filter', asking('limit=few', { 'x-version': '1' }), ['?limit/ must be integer']],
    ['without a body', request('POST', '/v7/things/1'), ['a body is required']],
    ['with a body where none is', { ...saying({}), method: 'DELETE' }, ['a body of application/json is not described']],
    ['with a strange member', saying({ amount: 5, colour: 'red' }), ['/ must NOT have unevaluated properties colour']],
    ['with a strange name in a form', form('amount=5&colour=red'), ['/ must NOT have unevaluated properties colour']],
  ])('%s', (_what, asked, problems) => {
    expect(new VendorCalls(spec).problemsOfRequest(asked)).toEqual(problems);
  });

  test.each<[string, StandInRequest, StandInReply, string[]]>([
    ['as described', asking(''), { status: 200, body: '{"amount":5}' }, []],
    ['with a refusal of its own', asking(''), { status: 418, body: '{"code":"tea"}' }, []],
    ['with a wrong refusal', asking(''), { status: 418, body: '{}' }, ["/ must have required property 'code'"]],
    ['in the only form there is', saying({}), { status: 400, body: '{"amount":5}' }, []],
    ['without a body', request('DELETE', '/v7/things/1'), { status: 204, body: '' }, []],
    [
      'with a body where none is',
      request('DELETE', '/v7/things/1'),
      { status: 204, body: '{}' },
      ['204 is described without a body'],
    ],
    [
      'with another status',
      request('DELETE', '/v7/things/1'),
      { status: 500, body: '{}' },
      ['500 to DELETE /v7/things/1 is not described'],
    ],
    ['at the most literal path', request('GET', '/v7/things/search'), { status: 200, body: '{"code":"x"}' }, []],
    ['never', asking(''), 'hang-up', []],
  ])('that is answered %s', (_what, asked, reply, problems) => {
    expect(new VendorCalls(spec).problemsOfAnswer({ request: asked, reply })).toEqual(problems);
  });
});
