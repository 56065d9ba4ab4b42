/** `npm start`: the whole service on this machine. */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { assembly } from './assembly';
import { type Laptop, type LaptopOptions, startLaptop } from './laptop';
import type { StandIn } from './stand-in';
import { UnsupportedResource } from './unsupported';

const HELP = `Runs the order cancellation service on this machine: no AWS account, no Docker, no network.

  npm start -- [options]

  --port NUMBER     port on the loopback interface (8787)
  --data DIR        where the data lies (.local/data); "none" forgets everything at the end
  --assembly DIR    run this synthesized assembly instead of the project's own
  --no-demo         start with empty tables
  --log             print the functions' log lines
  --json            print one line of JSON when ready, nothing else
  --help            this text
`;

/** What a demonstration may bring: outside parties and secrets before the start, orders after it. */
interface Demo {
  standIns?(): readonly StandIn[] | Promise<readonly StandIn[]>;
  options?(): Partial<LaptopOptions> | Promise<Partial<LaptopOptions>>;
  loadDemo?(laptop: Laptop): Promise<unknown>;
}

async function main(): Promise<number> {
  const began = Date.now() - process.uptime() * 1_000;
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '8787' },
      data: { type: 'string' },
      assembly: { type: 'string' },
      'no-demo': { type: 'boolean', default: false },
      log: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`"${values.port}" is no port number.`);
  const say = values.json ? (): void => undefined : (line: string): void => void process.stdout.write(`${line}\n`);
  const stop = stopSignal();

  const directory = values.assembly ? resolve(values.assembly) : await assembly();
  const demo = await findDemo();
  const dataDir = resolve(values.data ?? join('.local', 'data'));
  if (values.data !== 'none') mkdirSync(dataDir, { recursive: true });
  const standIns = await demo.standIns?.();
  const laptop = await startLaptop({
    ...(await demo.options?.()),
    ...(standIns ? { standIns } : {}),
    assembly: directory,
    port,
    ...(values.data === 'none' ? {} : { dataDir }),
    log: values.log ? 'lines' : 'silent',
  });
  try {
    // Without the demonstration's orders there still are a payment provider and a carrier.
    const shown = values['no-demo'] ? undefined : await demo.loadDemo?.(laptop);
    const ready = Date.now() - began;
    if (values.json)
      process.stdout.write(
        `${JSON.stringify({ url: laptop.baseUrl, readyMs: Math.round(ready), outputs: laptop.outputs, demo: shown })}\n`,
      );
    say(`Ready in ${(ready / 1_000).toFixed(1)} s at ${laptop.baseUrl}`);
    for (const [name, value] of Object.entries(laptop.outputs)) say(`  ${name}: ${value}`);
    if (typeof shown === 'string') say(shown);
    say('Ctrl-C ends it.');
    const reason = await Promise.race([stop, laptop.failed]);
    if (reason === 'stopped') return 0;
    process.stderr.write(`${reason}\nWhat was confirmed is safe in the file; free some space and start again.\n`);
    return 1;
  } finally {
    await laptop.close();
  }
}

/** A signal to the whole group arrives twice, once through the parent: that is still the first Ctrl-C. */
const SAME_SIGNAL_MS = 300;

/** Settles at the first Ctrl-C or SIGTERM; the second one ends the process on the spot. */
function stopSignal(): Promise<'stopped'> {
  return new Promise((done) => {
    let asked: number | undefined;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        const now = performance.now();
        if (asked !== undefined && now - asked > SAME_SIGNAL_MS) process.exit(130);
        asked ??= now;
        done('stopped');
      });
    }
  });
}

/** The demonstration lies beside this file, where it exists. */
async function findDemo(): Promise<Demo> {
  const place: string = './demo/demo';
  try {
    return (await import(place)) as Demo;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if ((code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND') && String(error).includes('demo/demo'))
      return {};
    throw error;
  }
}

function inWords(error: unknown): string {
  if (error instanceof UnsupportedResource) return error.message;
  if (!(error instanceof Error)) return String(error);
  const { code, port } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE') return `Port ${port} is in use: end what runs there, or choose another with --port.`;
  if (code === 'EACCES' && port !== undefined)
    return `Port ${port} may not be opened; choose one above 1024 with --port.`;
  if (code?.startsWith('ERR_PARSE_ARGS')) return `${error.message}\nTry --help.`;
  return error.message;
}

// Lambda runs in UTC; worker threads inherit the process's zone.
process.env['TZ'] = 'UTC';
main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${inWords(error)}\n`);
    process.exit(1);
  },
);
