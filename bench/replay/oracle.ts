import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Expectation } from './expected.mjs';

/** Runs `expected.mjs` in its own process, with the same wishes. */
export async function askOracle(
  file: string,
  limit: number | undefined,
  seed: string | undefined,
): Promise<Expectation> {
  const words = [join(__dirname, 'expected.mjs'), file, '--json'];
  if (limit !== undefined) words.push('--limit', String(limit));
  if (seed !== undefined) words.push('--perturb', seed);
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(`expected.mjs ended with code ${code ?? 'none'}`);
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as Expectation;
}
