/** Synthesizes the stack for the laptop, and again only when a source has changed. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..', '..');
/** What the synthesized assembly depends on. The laptop host itself lies under infra but is no part of it. */
const SOURCES = [
  'functions',
  'shared',
  'infra',
  'state-machines',
  'web',
  'cdk.json',
  'package-lock.json',
  'tsconfig.json',
];
const IGNORED = new Set(['node_modules', 'dist', join(ROOT, 'infra', 'local')]);
const KEPT = 3;

/** Hash over the names and contents of every source. */
function fingerprint(): string {
  const hash = createHash('sha256');
  const visit = (path: string): void => {
    if (!existsSync(path)) return;
    if (!statSync(path).isDirectory()) {
      hash.update(path.slice(ROOT.length)).update('\0').update(readFileSync(path)).update('\0');
      return;
    }
    for (const name of readdirSync(path).sort()) {
      const child = join(path, name);
      if (!IGNORED.has(name) && !IGNORED.has(child) && !name.startsWith('.')) visit(child);
    }
  };
  for (const source of SOURCES) visit(join(ROOT, source));
  hash.update(process.version).update(process.env['STAGE'] ?? '');
  return hash.digest('hex').slice(0, 16);
}

/** Directory of the assembly of the sources as they are now. */
export async function assembly(): Promise<string> {
  const cache = join(ROOT, '.local', 'assemblies');
  const target = join(cache, fingerprint());
  if (existsSync(join(target, 'manifest.json'))) {
    const now = new Date();
    utimesSync(target, now, now);
    return target;
  }
  mkdirSync(cache, { recursive: true });
  // Written beside and renamed, so that an interrupted synthesis is never taken for a whole one.
  const half = `${target}.${process.pid}`;
  await synthesize(half);
  try {
    renameSync(half, target);
  } catch (error) {
    // Another process was faster.
    if (!existsSync(join(target, 'manifest.json'))) throw error;
    rmSync(half, { recursive: true, force: true });
  }
  forgetOldest(cache, target);
  return target;
}

async function synthesize(directory: string): Promise<void> {
  const child = spawn(process.execPath, ['--import', 'tsx', join('infra', 'app.ts')], {
    cwd: ROOT,
    // The validator takes most of the time of a synthesis; the gate runs with it.
    env: { ...process.env, CDK_OUTDIR: directory, CDK_VALIDATION: 'false', ...context() },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-8_000);
  });
  const code = await new Promise<number | null>((done, reject) => {
    child.on('error', reject);
    child.on('exit', done);
  });
  if (code !== 0) {
    rmSync(directory, { recursive: true, force: true });
    throw new Error(`The stack could not be synthesized:\n${complaint.trim()}`);
  }
}

/** cdk.json's context, which the CDK command would otherwise pass on. */
function context(): Record<string, string> {
  const file = join(ROOT, 'cdk.json');
  if (!existsSync(file) || process.env['CDK_CONTEXT_JSON']) return {};
  const settings = JSON.parse(readFileSync(file, 'utf8')) as { context?: unknown };
  return settings.context ? { CDK_CONTEXT_JSON: JSON.stringify(settings.context) } : {};
}

function forgetOldest(cache: string, current: string): void {
  const others = readdirSync(cache)
    .map((name) => join(cache, name))
    .filter((path) => path !== current)
    .map((path) => ({ path, used: statSync(path).mtimeMs }))
    .sort((one, other) => other.used - one.used);
  for (const { path } of others.slice(KEPT - 1)) rmSync(path, { recursive: true, force: true });
}
