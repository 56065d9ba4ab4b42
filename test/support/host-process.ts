/** The laptop host as a process of its own, started as `npm start` does, so that it can be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');

export interface HostOptions {
  readonly dataDir: string;
  /** A command that runs the host under limits, e.g. `prlimit --fsize=1000000`. */
  readonly under?: readonly string[];
}

export class HostProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly baseUrl: string,
    /** Exit code, and everything that it said to the error stream. */
    readonly ended: Promise<{ code: number | null; said: string }>,
  ) {}

  /** Settles when the host is ready; rejects with its own words when it ends before that. */
  static async start({ dataDir, under = [] }: HostOptions): Promise<HostProcess> {
    const named = process.env['JOURNEYS_ASSEMBLY'];
    const [command = '', ...words] = [
      ...under,
      process.execPath,
      ...['--import', 'tsx', join('infra', 'local', 'start.ts')],
      ...['--data', dataDir, '--port', '0', '--no-demo', '--json'],
      ...(named === undefined ? [] : ['--assembly', named]),
    ];
    // The head of its own process group: its database is killed with it.
    const child = spawn(command, words, { cwd: ROOT, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const ended = new Promise<{ code: number | null; said: string }>((resolve) =>
      child.once('close', (code) => resolve({ code, said })),
    );
    const ready = new Promise<string>((resolve) => {
      let text = '';
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (text.includes('\n')) resolve((JSON.parse(text) as { url: string }).url);
      });
    });
    const tooEarly = ended.then(({ code }) => {
      throw new Error(`The host ended with code ${code} before it was ready: ${said}`);
    });
    tooEarly.catch(() => undefined);
    return new HostProcess(child, await Promise.race([ready, tooEarly]), ended);
  }

  /** `kill -9` of the host and of everything it started. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended;
  }

  /** Ctrl-C. */
  async stop(): Promise<void> {
    this.child.kill('SIGINT');
    await this.ended;
  }

  private signal(signal: NodeJS.Signals): void {
    if (this.child.pid === undefined) return;
    try {
      process.kill(-this.child.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}
