import { spawn } from 'node:child_process';
import { join } from 'node:path';

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the command as `npm run replay` does. */
export function runReplay(...words: string[]): Promise<Ended> {
  const root = join(__dirname, '../..');
  const child = spawn(process.execPath, ['--import', 'tsx', 'bench/replay/replay.ts', ...words], { cwd: root });
  const ended: Ended = { code: null, stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (ended.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (ended.stderr += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ ...ended, code }));
  });
}
