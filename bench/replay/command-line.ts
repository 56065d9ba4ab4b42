import { parseArgs } from 'node:util';

export const help = `npm run replay -- FILE [--limit N] [--perturb SEED] [--url URL] [--json]

Plays the real cancellations of an "Online Retail II" file (.csv or .csv.gz) through the HTTP API and checks every
refund and every stock movement against a second, independent calculation.

  FILE            columns Invoice, StockCode, Quantity, InvoiceDate, Price, CustomerID, found by their names
  --limit N       only the first N C-invoices in order of time, and the orders up to the last of them
  --perturb SEED  gives each order a discount, tax, shipping and a second tender, decided by SEED and its number
  --url URL       uses a laptop host that runs already and is not past the file's dates; otherwise starts one
  --json          prints one JSON object instead of the table

Exit code 0: no difference. 1: differences, or the run could not be finished. 2: wrong arguments, unreadable file.
`;

export interface Wishes {
  file: string;
  limit: number | undefined;
  /** Seed of the perturbation. */
  seed: string | undefined;
  url: string | undefined;
  json: boolean;
}

export class UsageError extends Error {}

/** @throws UsageError with a sentence for the user */
export function readCommandLine(words: readonly string[]): Wishes | 'help' {
  const { values, positionals } = parse(words);
  if (values.help === true) return 'help';
  const [file, ...more] = positionals;
  if (file === undefined) throw new UsageError('Which file? Give the path of an Online Retail CSV.');
  if (more.length > 0) throw new UsageError(`One file at a time; what is "${more.join(' ')}"?`);
  if (values.limit !== undefined && !/^[1-9]\d{0,8}$/.test(values.limit)) {
    throw new UsageError(`--limit takes a whole number from 1, not "${values.limit}".`);
  }
  if (values.url !== undefined && !URL.canParse(values.url)) throw new UsageError(`"${values.url}" is not a URL.`);
  return {
    file,
    limit: values.limit === undefined ? undefined : Number(values.limit),
    seed: values.perturb,
    url: values.url,
    json: values.json === true,
  };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        limit: { type: 'string' },
        perturb: { type: 'string' },
        url: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
