/** Starts the fixture on the laptop host; the assembly is made once and shared by the test files. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { type Laptop, type LaptopOptions, startLaptop } from '../../../infra/local/laptop';

const ROOT = join(__dirname, '..', '..', '..');
const FIXTURE = join(__dirname, 'fixture');

/** Directory of the fixture's assembly, made anew when its sources change. */
export function fixtureAssembly(): string {
  const hash = createHash('sha256');
  for (const file of ['app.ts', ...readdirSync(join(FIXTURE, 'functions')).map((name) => join('functions', name))]) {
    hash.update(readFileSync(join(FIXTURE, file)));
  }
  const base = join(ROOT, '.local', 'fixture', hash.digest('hex').slice(0, 16));
  const target = join(base, 'cdk.out');
  if (existsSync(join(target, 'manifest.json'))) return target;
  const half = `${base}.${process.pid}`;
  mkdirSync(half, { recursive: true });
  execFileSync(process.execPath, ['--import', 'tsx', join(FIXTURE, 'app.ts')], {
    cwd: ROOT,
    env: { ...process.env, CDK_OUTDIR: join(half, 'cdk.out'), CDK_VALIDATION: 'false' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    renameSync(half, base);
  } catch (error) {
    if (!existsSync(join(target, 'manifest.json'))) throw error;
  }
  return target;
}

export function startFixture(options: Partial<LaptopOptions> = {}): Promise<Laptop> {
  return startLaptop({ assembly: fixtureAssembly(), workersPerFunction: 4, ...options });
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

/** One HTTP request to the host. */
export async function send(
  laptop: Laptop,
  method: string,
  path: string,
  options: { readonly body?: unknown; readonly token?: string; readonly headers?: Record<string, string> } = {},
): Promise<Reply> {
  const { body, token, headers } = options;
  const raw = typeof body === 'string' || body instanceof Uint8Array;
  const response = await fetch(`${laptop.baseUrl}${path}`, {
    method,
    headers: {
      ...(body === undefined || raw ? {} : { 'content-type': 'application/json' }),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...headers,
    },
    ...(body === undefined ? {} : { body: raw ? (body as Uint8Array<ArrayBuffer>) : JSON.stringify(body) }),
  });
  const text = await response.text();
  let json: Record<string, unknown> = {};
  try {
    json = JSON.parse(text) as Record<string, unknown>;
  } catch {
    // Not every answer is JSON.
  }
  return { status: response.status, headers: response.headers, text, json };
}

/** Calls an AWS JSON operation as an SDK client would. */
export function aws(laptop: Laptop, target: string, input: unknown): Promise<Reply> {
  return send(laptop, 'POST', '/', { body: input, headers: { 'x-amz-target': target } });
}

type Attribute = { S?: string; N?: string; L?: Attribute[] };

/** One item of the fixture's table, its attributes as plain values. */
export async function item(laptop: Laptop, pk: string, sk: string): Promise<Record<string, unknown> | undefined> {
  const { Item } = await laptop
    .table('Orders')
    .call('GetItem', { Key: { pk: { S: pk }, sk: { S: sk } }, ConsistentRead: true });
  if (!Item) return undefined;
  const plain = (value: Attribute): unknown => value.L?.map(plain) ?? value.S ?? Number(value.N);
  return Object.fromEntries(
    Object.entries(Item as Record<string, Attribute>).map(([name, value]) => [name, plain(value)]),
  );
}
