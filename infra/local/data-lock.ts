/**
 * One host per data directory. A host that was killed may leave its database running: the next one ends it before
 * it opens the same file.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { integer, record, text } from './json';

interface Lock {
  readonly token: string;
  readonly baseUrl: string;
  readonly databasePid?: number;
}

const PATIENCE_MS = 3_000;

export class DataLock {
  private constructor(
    private readonly file: string,
    private lock: Lock,
  ) {}

  /** Takes the directory; throws when a living host has it. */
  static async take(dataDir: string, token: string, baseUrl: string): Promise<DataLock> {
    const file = join(dataDir, 'host.json');
    const earlier = read(file);
    if (earlier) {
      if ((await tokenAt(earlier.baseUrl)) === earlier.token) {
        throw new Error(
          `The data in ${dataDir} is in use by the host at ${earlier.baseUrl}; end it, or choose another with --data.`,
        );
      }
      if (earlier.databasePid !== undefined) await endOrphan(earlier.databasePid, dataDir);
    }
    const taken = new DataLock(file, { token, baseUrl });
    taken.write();
    return taken;
  }

  /** Remembers the database's process, for the host that comes after a kill. */
  database(pid: number): void {
    this.lock = { ...this.lock, databasePid: pid };
    this.write();
  }

  release(): void {
    if (read(this.file)?.token === this.lock.token) rmSync(this.file, { force: true });
  }

  private write(): void {
    writeFileSync(this.file, JSON.stringify(this.lock));
  }
}

function read(file: string): Lock | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const lock = record(JSON.parse(readFileSync(file, 'utf8')));
    const databasePid = integer(lock['databasePid']);
    return {
      token: text(lock['token']) ?? '',
      baseUrl: text(lock['baseUrl']) ?? '',
      ...(databasePid === undefined ? {} : { databasePid }),
    };
  } catch {
    // Half written when the machine went down: nobody holds it.
    return undefined;
  }
}

/** What the host at this address calls itself, if one answers: a process id alone may belong to somebody else by now. */
function tokenAt(baseUrl: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const asked = request(`${baseUrl}/_local/health`, { timeout: 1_000, agent: false }, (answer) => {
      let body = '';
      answer.on('data', (chunk: Buffer) => (body += chunk.toString()));
      answer.on('end', () => {
        try {
          resolve(text(record(JSON.parse(body))['instance']));
        } catch {
          resolve(undefined);
        }
      });
      answer.on('error', () => resolve(undefined));
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(undefined));
    asked.end();
  });
}

/** Ends the database of a killed host, if the process with that id is still it. */
async function endOrphan(pid: number, dataDir: string): Promise<void> {
  if (!isAlive(pid)) return;
  const commandLine = `/proc/${pid}/cmdline`;
  // Where the system does not show command lines, the id alone has to do.
  if (existsSync('/proc/self/cmdline')) {
    const words = existsSync(commandLine) ? readFileSync(commandLine, 'utf8') : '';
    if (!words.includes(join(dataDir, 'tables.sqlite'))) return;
  }
  process.kill(pid, 'SIGTERM');
  const deadline = Date.now() + PATIENCE_MS;
  while (isAlive(pid)) {
    if (Date.now() > deadline) process.kill(pid, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
