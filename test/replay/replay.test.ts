import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { command } from '../../bench/replay/command';
import type { Report } from '../../bench/replay/report';
import { runReplay, type Ended } from './command';
import { csvFile, rawFile, row } from './files';

/** The command in this process, for what ends before any host is started. */
async function tryReplay(...words: string[]): Promise<Ended> {
  const ended: Ended = { code: null, stdout: '', stderr: '' };
  const keep = (name: 'stdout' | 'stderr') => ({
    write: (text: string | Uint8Array) => Boolean((ended[name] += String(text))),
  });
  ended.code = await command(words, { stdout: keep('stdout'), stderr: keep('stderr') });
  return ended;
}

// They share the machine with other tests.
jest.setTimeout(180_000);

describe('npm run replay', () => {
  it('explains itself', async () => {
    const { code, stdout } = await tryReplay('--help');
    expect(code).toBe(0);
    expect(stdout).toContain('--perturb SEED');
  });

  it.each([
    [[], 'Which file?'],
    [['a.csv', 'b.csv'], 'One file at a time'],
    [['a.csv', '--limit', 'many'], '--limit takes a whole number from 1'],
    [['a.csv', '--speed', '9'], "'--speed'"],
    [['a.csv', '--url', 'here'], 'is not a URL'],
    [[join(__dirname, 'no-such-file.csv')], 'ENOENT'],
    [[__dirname], 'EISDIR'],
    [[rawFile('')], 'the file is empty'],
    [[rawFile('a,b\n1,2\n')], 'the header names no column invoice'],
    [[csvFile(['nonsense'])], 'no row of it can be replayed'],
  ])('answers %j with a sentence and code 2', async (words, sentence) => {
    const { code, stdout, stderr } = await tryReplay(...words);
    expect(stderr).toContain(sentence);
    expect(stderr).not.toContain('    at ');
    expect([code, stdout]).toEqual([2, '']);
  });
});

describe('a small shop, replayed over HTTP', () => {
  const rows = [
    row('100', 'A', 3, '08:00', '2.555', '7'),
    row('100', 'BANK CHARGES', 1, '08:00', '15.0', '7'),
    row('101', 'A', 2, '08:30', '2.555', '7'),
    'not a row',
    row('102', 'FREE', 5, '09:00', '0', '8'),
    row('C1', 'A', -4, '09:30', '2.555', '7'),
    row('C2', 'FREE', -2, '09:30', '0', '8'),
    row('C3', 'A', -9, '09:40', '2.555', '7'),
    row('A1', 'B', 1, '09:45', '-5', ''),
    row('103', 'A', -1, '09:50', '0', ''),
    row('C4', 'A', -1, '2010-12-03 10:00', '2.555', '7'),
    row('C4', 'BANK CHARGES', -1, '2010-12-03 10:00', '15.0', '7'),
    row('104', 'A', 1, '2010-12-04 10:00', '2.555', '9'),
  ];

  it('refunds and restores what the second calculation says', async () => {
    const { code, stdout, stderr } = await runReplay(csvFile(rows), '--json');
    expect(stderr).toContain(':5: 1 fields, the header has 8; row skipped');
    const report = JSON.parse(stdout) as Report;
    expect(Object.keys(report)).toEqual(
      'orders cancellations unmatched unitsRestored refundedMinor expectedMinor differences stockDifferences closed partial perSecond p50Ms p95Ms'.split(
        ' ',
      ),
    );
    expect(report).toMatchObject({
      orders: 4,
      cancellations: 3,
      unmatched: { noCustomer: 0, neverBought: 0, otherPrice: 0, tooFewLeft: 1 },
      unitsRestored: 8,
      // Both orders of customer 7 whole: 7.67 and 15.00, and 5.11; the gifts cost nothing.
      refundedMinor: 2_778,
      expectedMinor: 2_778,
      differences: 0,
      stockDifferences: 0,
      closed: 2,
      partial: 1,
    });
    expect(code).toBe(0);
  });

  it('does so with discounts, tax, shipping and two tenders, and prints a table', async () => {
    const { code, stdout } = await runReplay(csvFile(rows), '--perturb', '42');
    expect(stdout).toMatch(/^differences +0$/m);
    expect(stdout).toMatch(/^stock movements +\d+ +0 differences$/m);
    expect(stdout).toMatch(/^refunded +£\d+\.\d\d +expected £/m);
    expect(code).toBe(0);
  });
});

describe('the first weeks of a real shop', () => {
  const shared = process.env['ORDER_CANCELLATION_SHARED'] ?? join(__dirname, '../../../shared');
  const file = join(shared, 'data/online_retail_2010_2011.csv.gz');
  const onData = existsSync(file) ? it : it.skip;

  onData('come out right to the penny, discounts, tax, shipping and second tenders included', async () => {
    const { code, stdout, stderr } = await runReplay(file, '--limit', '60', '--perturb', '7', '--json');
    expect(stderr).not.toContain('difference');
    const report = JSON.parse(stdout) as Report;
    expect(report).toMatchObject({ orders: 483, cancellations: 13, differences: 0, stockDifferences: 0 });
    expect(report.refundedMinor).toBe(report.expectedMinor);
    expect(code).toBe(0);
  });
});
