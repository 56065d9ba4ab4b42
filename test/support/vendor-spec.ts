/**
 * Vendors' own API descriptions, for the contract tests: what our adapters send and our stand-ins answer is held against
 * them. They are not part of the project; where they are not at hand, the tests say so and skip.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv, { type ValidateFunction } from 'ajv';
import Ajv2020 from 'ajv/dist/2020';
import { parse } from 'yaml';

const specs = join(process.env['ORDER_CANCELLATION_SHARED'] ?? join(__dirname, '../../../shared'), 'specs');

type Schema = Record<string, unknown>;

/** `describe` where the vendor's description is at hand; else one skipped test that says where it was looked for. */
export function describeWithSpec(vendor: string, file: string, tests: (spec: VendorSpec) => void): void {
  const path = join(specs, vendor, file);
  if (existsSync(path)) describe(`by ${vendor}'s own description (${file})`, () => tests(new VendorSpec(path)));
  else
    describe(`by ${vendor}'s own description (${file})`, () => {
      test.skip(`it is not here: ${path} (ORDER_CANCELLATION_SHARED names its folder)`, () => undefined);
    });
}

export class VendorSpec {
  /** Regular expressions that are none in JavaScript: they check nothing, and a test may say which it accepts. */
  readonly dropped: string[] = [];
  private readonly compiled = new Map<string, ValidateFunction>();
  private ajv: Ajv | undefined;

  constructor(private readonly path: string) {}

  /**
   * What is wrong with a value, by a schema of the description; empty when nothing is.
   * @param pointer e.g. `/components/schemas/refund`
   * @throws when the schema is not there or does not compile: a check that checks nothing is none
   */
  problems(pointer: string, value: unknown): string[] {
    const validate = this.validator(pointer);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath || '/'} ${message ?? ''}`);
  }

  private validator(pointer: string): ValidateFunction {
    const known = this.compiled.get(pointer);
    if (known !== undefined) return known;
    this.ajv ??= this.load();
    const fresh = this.ajv.compile({ $ref: `vendor:#${encodeURI(pointer)}` });
    this.compiled.set(pointer, fresh);
    return fresh;
  }

  private load(): Ajv {
    const text = readFileSync(this.path, 'utf8');
    const document = (this.path.endsWith('.json') ? JSON.parse(text) : parse(text, { maxAliasCount: -1 })) as Schema;
    const version = typeof document['openapi'] === 'string' ? document['openapi'] : '';
    const options = { strict: false, allErrors: true, validateFormats: false } as const;
    if (!version.startsWith('3.1')) this.mend(document, '');
    const ajv: Ajv = version.startsWith('3.1') ? new Ajv2020(options) : new Ajv(options);
    // Only what schemas may point to: examples and paths hold text that looks like schemas.
    ajv.addSchema({ $id: 'vendor:', components: document['components'] });
    return ajv;
  }

  /** OpenAPI 3.0 is not quite JSON Schema: `nullable`, bounds that are booleans; and vendors write odd expressions. */
  private mend(node: unknown, at: string): void {
    if (Array.isArray(node)) return node.forEach((item, index) => this.mend(item, `${at}/${index}`));
    if (typeof node !== 'object' || node === null) return;
    const schema = node as Schema;
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

function compiles(pattern: string): boolean {
  try {
    new RegExp(pattern, 'u');
    return true;
  } catch {
    return false;
  }
}
