/**
 * Reads a vendor's own API description and makes validators of it. The descriptions lie beside the project, never in
 * it; where they are absent the contract tests are skipped by name. A schema that does not compile is an error: one
 * that is passed over would let every body through.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import Ajv, { type ErrorObject } from 'ajv';
import { parse } from 'yaml';
import { isRecord, record, type Json } from '../../../infra/local/json';

const SPECS = join(process.env['ORDER_CANCELLATION_SHARED'] ?? resolve(__dirname, '../../../../shared'), 'specs');

/** @returns the file's place, or undefined when the vendors' descriptions are not on this machine */
export function specFile(vendor: string, file: string): string | undefined {
  const path = join(SPECS, vendor, file);
  return existsSync(path) ? path : undefined;
}

/** `describe`, or a skip that says why. */
export function describeWith(path: string | undefined, name: string, body: (path: string) => void): void {
  if (path !== undefined) return describe(name, () => body(path));
  process.stderr.write(`${name}: skipped, there are no vendor descriptions in ${SPECS}\n`);
  describe.skip(name, () => test('skipped', () => undefined));
}

export interface VendorDescription {
  readonly document: Json;
  /** Fails a test when the value does not fit the schema, or the schema does not compile. */
  expectFit(schema: unknown, value: unknown): void;
}

export function openApi(path: string): VendorDescription {
  const source = readFileSync(path, 'utf8');
  const document = record(path.endsWith('.json') ? JSON.parse(source) : parse(source, { maxAliasCount: -1 }));
  const components = draft7(document['components']);
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  ajv.addSchema({ $id: 'vendor', components: record(components) });
  const validators = new Map<string, (value: unknown) => ErrorObject[]>();
  return {
    document,
    expectFit(schema, value) {
      const key = JSON.stringify(schema);
      const known = validators.get(key);
      const validate = known ?? compile(ajv, schema);
      validators.set(key, validate);
      expect(validate(value).map((error) => `${error.instancePath} ${error.message ?? ''}`)).toEqual([]);
    },
  };
}

function compile(ajv: Ajv, schema: unknown): (value: unknown) => ErrorObject[] {
  const validate = ajv.compile(record(draft7(schema)));
  return (value) => (validate(value) ? [] : (validate.errors ?? []));
}

/** OpenAPI 3.0 as JSON Schema draft 7: `nullable`, and references into the document. */
function draft7(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(draft7);
  if (!isRecord(value)) return value;
  // What may be expanded comes as an id unless the request asks for more, and ours never does. Following it would
  // pull in the vendor's whole model.
  if (isRecord(value['x-expansionResources']))
    return value['nullable'] === true ? { type: ['string', 'null'] } : { type: 'string' };
  const { nullable, ...rest } = value;
  const schema = Object.fromEntries(Object.entries(rest).map(([name, inner]) => [name, draft7(inner)]));
  const ref = schema['$ref'];
  if (typeof ref === 'string' && ref.startsWith('#/')) schema['$ref'] = `vendor${ref}`;
  return nullable === true ? { anyOf: [{ type: 'null' }, schema] } : schema;
}
