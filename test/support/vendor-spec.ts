/**
 * Vendors' own API descriptions, for the contract tests: what our adapters send and our stand-ins answer is held against
 * them. They are not part of the project; where they are not at hand, the tests say so and skip.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ValidateFunction } from 'ajv';
import Ajv2020 from 'ajv/dist/2020';
import { parse } from 'yaml';

const specs = join(process.env['ORDER_CANCELLATION_SHARED'] ?? join(__dirname, '../../../shared'), 'specs');

type Schema = Record<string, unknown>;

/** `describe` where the vendor's description is at hand; else one skipped test that says where it was looked for. */
export function describeWithSpec(vendor: string, file: string, tests: (spec: VendorSpec) => void): void {
  describeWithFile(vendor, file, (path) => tests(new VendorSpec(path)));
}

/** The same for a vendor that has published examples only. */
export function describeWithFile(vendor: string, file: string, tests: (path: string) => void): void {
  const path = join(specs, vendor, file);
  describe(`by ${vendor}'s own description (${file})`, () => {
    if (existsSync(path)) tests(path);
    else test.skip(`it is not here: ${path} (ORDER_CANCELLATION_SHARED names its folder)`, () => undefined);
  });
}

export class VendorSpec {
  /** Regular expressions that are none in JavaScript: they check nothing, and a test may say which it accepts. */
  readonly dropped: string[] = [];
  private readonly compiled = new Map<string, ValidateFunction>();
  private loaded: { document: Schema; ajv: Ajv2020 } | undefined;

  constructor(private readonly path: string) {}

  /** The description itself. */
  get document(): Schema {
    return this.load().document;
  }

  /**
   * What is wrong with a value, by a schema of the description; empty when nothing is.
   * @param schema where it is (`/components/schemas/refund`), or a schema that stands somewhere in the description
   * @throws when the schema is not there or does not compile: a check that checks nothing is none
   */
  problems(schema: string | Schema, value: unknown): string[] {
    const validate = this.validator(schema);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(({ instancePath, message, params }) => {
      const unknown: unknown = (params as Schema)['unevaluatedProperty'] ?? '';
      return `${instancePath || '/'} ${message ?? ''} ${String(unknown)}`.trim();
    });
  }

  private validator(schema: string | Schema): ValidateFunction {
    const whole = typeof schema === 'string' ? { $ref: `#${encodeURI(schema)}` } : schema;
    const name = JSON.stringify(whole);
    const known = this.compiled.get(name);
    if (known !== undefined) return known;
    const fresh = this.load().ajv.compile(atHome(whole) as Schema);
    this.compiled.set(name, fresh);
    return fresh;
  }

  private load(): { document: Schema; ajv: Ajv2020 } {
    return (this.loaded ??= this.read());
  }

  private read(): { document: Schema; ajv: Ajv2020 } {
    const text = readFileSync(this.path, 'utf8');
    const document = (this.path.endsWith('.json') ? JSON.parse(text) : parse(text, { maxAliasCount: -1 })) as Schema;
    const version = typeof document['openapi'] === 'string' ? document['openapi'] : '';
    if (!version.startsWith('3.1')) this.mend(document, '');
    const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
    // Only what schemas may point to: examples and paths hold text that looks like schemas.
    ajv.addSchema({ $id: 'vendor:', components: document['components'] });
    return { document, ajv };
  }

  /**
   * OpenAPI 3.0 is not quite JSON Schema: `nullable`, bounds that are booleans, a closed object around `allOf` that is meant
   * to know the members of its parts; and vendors write odd expressions.
   */
  private mend(node: unknown, at: string): void {
    if (Array.isArray(node)) return node.forEach((item, index) => this.mend(item, `${at}/${index}`));
    if (typeof node !== 'object' || node === null) return;
    const schema = node as Schema;
    // What may be expanded comes as an id unless the request asks for more, and ours never does. Following it would pull in
    // the vendor's whole model.
    if (schema['x-expansionResources'] !== undefined) {
      for (const name of Object.keys(schema)) if (name !== 'nullable') delete schema[name];
      schema['type'] = 'string';
    }
    for (const [bound, exclusive] of [
      ['minimum', 'exclusiveMinimum'],
      ['maximum', 'exclusiveMaximum'],
    ] as const) {
      if (typeof schema[exclusive] !== 'boolean') continue;
      if (schema[exclusive]) {
        schema[exclusive] = schema[bound];
        delete schema[bound];
      } else delete schema[exclusive];
    }
    if (schema['additionalProperties'] === false && Array.isArray(schema['allOf'])) {
      delete schema['additionalProperties'];
      schema['unevaluatedProperties'] = false;
    }
    if (typeof schema['pattern'] === 'string' && !compiles(schema['pattern'])) {
      this.dropped.push(at);
      delete schema['pattern'];
    }
    for (const [name, value] of Object.entries(schema)) {
      if (name === 'example' || name === 'examples' || name === 'default' || name === 'enum') continue;
      this.mend(value, `${at}/${name}`);
    }
    if (schema['nullable'] === true) this.allowNull(schema);
  }

  private allowNull(schema: Schema): void {
    delete schema['nullable'];
    const { type } = schema;
    if (typeof type === 'string') {
      schema['type'] = [type, 'null'];
      if (Array.isArray(schema['enum'])) schema['enum'] = [...(schema['enum'] as unknown[]), null];
      return;
    }
    const whole = { ...schema };
    for (const name of Object.keys(schema)) delete schema[name];
    schema['anyOf'] = [whole, { type: 'null' }];
  }
}

/** A schema from anywhere in the description, with its references led back there, and without the examples in it. */
function atHome(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(atHome);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([name]) => name !== 'example' && name !== 'examples');
  return Object.fromEntries(
    members.map(([name, inner]) =>
      name === '$ref' && typeof inner === 'string' ? [name, inner.replace(/^#/, 'vendor:#')] : [name, atHome(inner)],
    ),
  );
}

function compiles(pattern: string): boolean {
  try {
    new RegExp(pattern, 'u');
    return true;
  } catch {
    return false;
  }
}
