/** Calls, as they went over the wire, held against the operations of a vendor's API description. */
import { isRecord, list, record, text, type Json } from '../../infra/local/json';
import type { StandInRequest } from '../../infra/local/stand-in';
import type { Exchange } from './mounted-stand-in';
import type { VendorSpec } from './vendor-spec';

const FORM = 'application/x-www-form-urlencoded';

export class VendorCalls {
  constructor(private readonly spec: VendorSpec) {}

  /** Whether the description has an operation for this call. */
  describes(request: StandInRequest): boolean {
    return this.operation(request) !== undefined;
  }

  /** What is wrong with a request of ours: its parameters, its body, and every member of it that nobody described. */
  problemsOfRequest(request: StandInRequest): string[] {
    const operation = this.operation(request);
    if (operation === undefined) return [`${request.method} ${request.path} is not described`];
    return [...this.problemsOfParameters(operation, request), ...this.problemsOfBody(operation, request)];
  }

  /** What is wrong with what was answered. */
  problemsOfAnswer({ request, reply }: Exchange): string[] {
    if (reply === 'hang-up') return [];
    const operation = this.operation(request);
    const answer = operation && this.answerOf(operation, reply.status);
    if (answer === undefined) return [`${reply.status} to ${request.method} ${request.path} is not described`];
    const body = reply.body.toString();
    const schema = schemaIn(answer, 'application/json');
    if (schema === undefined) return body === '' ? [] : [`${reply.status} is described without a body`];
    return this.spec.problems(schema, JSON.parse(body));
  }

  /** What is wrong with a webhook, by the name that the description gives it. */
  problemsOfWebhook(name: string, message: unknown): string[] {
    const item = record(record(this.spec.document['webhooks'])[name]);
    const schema = schemaIn(this.resolved(record(item['post'])['requestBody']), 'application/json');
    return schema === undefined ? [`the webhook ${name} is not described`] : this.spec.problems(schema, message);
  }

  /** The most literal path that fits; `servers` says what stands before all of them. */
  private operation({ method, path }: StandInRequest): Operation | undefined {
    const { document } = this.spec;
    const [server] = list(document['servers']);
    // A server may have places of its own, `/v{version}`, as a path has.
    const base = decodeURI(new URL(text(record(server)['url']) ?? 'https://vendor.example').pathname).replace(
      /\/$/,
      '',
    );
    const paths = Object.entries(record(document['paths']))
      .filter(([template]) => asPattern(base + template).test(path))
      .sort(([one], [other]) => placesIn(one) - placesIn(other));
    for (const [, item] of paths) {
      const found = record(item)[method.toLowerCase()];
      if (!isRecord(found)) continue;
      const parameters = [...list(record(item)['parameters']), ...list(found['parameters'])];
      return { ...found, parameters: parameters.map((one) => this.resolved(one)) };
    }
    return undefined;
  }

  private problemsOfParameters({ parameters }: Operation, { query, headers }: StandInRequest): string[] {
    const inQuery = new Map(parameters.filter((one) => one['in'] === 'query').map((one) => [String(one['name']), one]));
    const problems: string[] = [];
    for (const [name, value] of query) {
      // `created[gt]`, `types[]`: one parameter of several members.
      const [outer = '', inner] = /^([^[]+)(\[.*\])?$/.exec(name)?.slice(1) ?? [];
      const parameter = inQuery.get(outer) ?? inQuery.get(name);
      if (parameter === undefined) problems.push(`?${name} is not described`);
      else if (inner === undefined)
        problems.push(...this.problemsOfText(parameter, value).map((one) => `?${name}${one}`));
    }
    for (const one of parameters.filter(({ required }) => required === true)) {
      const name = String(one['name']);
      const there = one['in'] === 'query' ? query.has(name) : headers[name.toLowerCase()] !== undefined;
      if (one['in'] !== 'path' && !there) problems.push(`${name} is required`);
    }
    return problems;
  }

  /** A query knows texts only: one that reads as a number or a truth may be meant as it. */
  private problemsOfText({ schema }: Json, value: string): string[] {
    const readings: unknown[] = [value];
    if (/^-?\d+(\.\d+)?$/.test(value)) readings.push(Number(value));
    if (/^(true|false)$/.test(value)) readings.push(value === 'true');
    const found = readings.map((reading) => this.spec.problems(record(schema), reading));
    return found.some((problems) => problems.length === 0) ? [] : (found.at(-1) ?? []);
  }

  private problemsOfBody(operation: Operation, { headers, rawBody }: StandInRequest): string[] {
    const described = this.resolved(operation['requestBody']);
    if (rawBody.length === 0) return described['required'] === true ? ['a body is required'] : [];
    const type = (headers['content-type'] ?? '').split(';')[0] ?? '';
    const schema = schemaIn(described, type);
    if (schema === undefined) return [`a body of ${type} is not described`];
    return this.spec.problems({ ...schema, unevaluatedProperties: false }, bodyOf(type, rawBody.toString()));
  }

  /** A description with one answer has refusals in the same form. */
  private answerOf(operation: Operation, status: number): Json | undefined {
    const answers = record(operation['responses']);
    const [only, another] = Object.values(answers);
    const found = answers[status] ?? answers['default'] ?? (another === undefined ? only : undefined);
    return found === undefined ? undefined : this.resolved(found);
  }

  private resolved(value: unknown): Json {
    const ref = record(value)['$ref'];
    if (typeof ref !== 'string') return record(value);
    const steps = ref.split('/').slice(1);
    return this.resolved(steps.reduce<unknown>((at, step) => record(at)[step], this.spec.document));
  }
}

interface Operation extends Json {
  readonly parameters: readonly Json[];
}

const PLACE = /\{[^}]+\}/g;
const asPattern = (template: string): RegExp => new RegExp(`^${template.replace(PLACE, '[^/]+')}$`);
const placesIn = (template: string): number => template.match(PLACE)?.length ?? 0;

function schemaIn(described: Json, type: string): Json | undefined {
  const schema = record(record(described['content'])[type])['schema'];
  return isRecord(schema) ? schema : undefined;
}

function bodyOf(type: string, body: string): unknown {
  return type === FORM ? formOf(new URLSearchParams(body)) : JSON.parse(body);
}

/** `metadata[leg_id]=x` is a member of a member. What reads as a whole number at the outside is one: a form has texts only. */
function formOf(form: URLSearchParams): Json {
  const body: Record<string, unknown> = {};
  for (const [name, value] of form) {
    const [, outer, inner] = /^(\w+)\[(\w+)\]$/.exec(name) ?? [];
    if (outer !== undefined && inner !== undefined) body[outer] = { ...record(body[outer]), [inner]: value };
    else body[name] = /^\d+$/.test(value) ? Number(value) : value;
  }
  return body;
}
