import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { bundle } from '../infra/bundle';
import { functions } from '../infra/functions';
import { bundleBudgets } from './budgets';
import { short, table } from './table';

type Inputs = Readonly<Record<string, { readonly bytesInOutput: number }>>;

export interface BundleReport {
  name: string;
  kilobytes: number;
  gzipKilobytes: number;
  budget: number;
  /** What it is made of, largest first: packages, and `ours`. */
  parts: { name: string; kilobytes: number }[];
}

/** The bundles of the sources as they are now, in a directory of their own. */
export class Bundles {
  private constructor(
    private readonly directory: string,
    private readonly inputs: ReadonlyMap<string, Inputs>,
  ) {}

  static async build(): Promise<Bundles> {
    const directory = mkdtempSync(join(tmpdir(), 'bench-bundles-'));
    try {
      const { outputs } = await bundle(functions, directory);
      const inputs = Object.entries(outputs).map(
        ([file, output]) => [file.split('/').at(-2) ?? '', output.inputs] as const,
      );
      return new Bundles(directory, new Map(inputs));
    } catch (error) {
      rmSync(directory, { recursive: true, force: true });
      throw error;
    }
  }

  get names(): string[] {
    return functions.map(({ name }) => name);
  }

  fileOf(name: string): string {
    return join(this.directory, name, 'index.mjs');
  }

  /** Largest first. */
  report(): BundleReport[] {
    return this.names
      .map((name) => {
        const code = readFileSync(this.fileOf(name));
        const parts = partsOf(this.inputs.get(name) ?? {});
        return {
          name,
          kilobytes: code.length / 1024,
          gzipKilobytes: gzipSync(code).length / 1024,
          budget: parts.some((part) => part.name === 'stripe') ? bundleBudgets.withStripe : bundleBudgets.plain,
          parts,
        };
      })
      .sort((left, right) => right.kilobytes - left.kilobytes);
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Which package, or whether our own code, brought how much of a bundle. */
export function partsOf(inputs: Inputs): { name: string; kilobytes: number }[] {
  const bytes = new Map<string, number>();
  for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
    const name = /.*node_modules\/(@[^/]+\/[^/]+|[^/]+)/.exec(file)?.[1] ?? 'ours';
    bytes.set(name, (bytes.get(name) ?? 0) + bytesInOutput);
  }
  return [...bytes]
    .map(([name, sum]) => ({ name, kilobytes: sum / 1024 }))
    .sort((left, right) => right.kilobytes - left.kilobytes);
}

export function bundlesText(reports: readonly BundleReport[]): string {
  const parts = ({ parts: all }: BundleReport): string =>
    all
      .slice(0, 4)
      .map(({ name, kilobytes }) => `${name} ${short(kilobytes, 0)}`)
      .join(', ');
  const over = reports.filter(({ kilobytes, budget }) => kilobytes > budget);
  // The large ones say what they are made of; the rest is much alike.
  const told = new Set([...reports.slice(0, 8), ...over]);
  const rows = reports.map((report) => [
    report.name,
    short(report.kilobytes, 0),
    short(report.gzipKilobytes, 0),
    short(report.budget, 0),
    told.has(report) ? parts(report) : '',
  ]);
  const widest = Math.max(...rows.map((row) => row[4]?.length ?? 0));
  return [
    'bundles, minified (KB, gzipped KB, budget KB, largest parts KB)',
    table(rows.map((row) => [...row.slice(0, 4), (row[4] ?? '').padEnd(widest)])),
    over.length > 0
      ? over
          .map(({ name, kilobytes, budget }) => `  ${name} misses its budget by ${short(kilobytes - budget)} KB.`)
          .join('\n')
      : '  every budget is kept',
  ].join('\n');
}
