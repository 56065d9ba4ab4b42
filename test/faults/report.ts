/** What a person reads when a campaign is over. */
import type { CampaignReport } from './campaign';
import { clock } from './campaign';
import { failureText } from './failure-text';

export function campaignText(report: CampaignReport): string {
  const { explorations, seeds, failures, counts } = report;
  const explored = explorations.map(({ scenario, calls, effects, plans, pruned, failures: broken, seconds }) => {
    const runs = plans.reduce((sum, one) => sum + one, 0);
    return [
      scenario,
      String(calls),
      String(effects),
      plans.slice(1).join(' + '),
      String(pruned),
      String(broken.length),
      (runs / seconds).toFixed(0),
    ];
  });
  const seeded =
    seeds.count === 0
      ? []
      : [
          [
            `seeds ${seeds.from} to ${seeds.from + seeds.count - 1}`,
            (seeds.calls / seeds.count).toFixed(0),
            '',
            String(seeds.count),
            '0',
            String(failures.filter(({ seed }) => seed !== undefined).length),
            (seeds.count / seeds.seconds).toFixed(0),
          ],
        ];
  const states = Object.entries(counts.states).sort(byCount);
  const conditions = Object.entries(counts.conditions);
  const calls = Object.entries(counts.calls).sort(([, one], [, other]) => other.passed - one.passed);
  return [
    table(
      ['scenario', 'I/Os', 'effects', 'plans of 1 + 2 + 3', 'pruned', 'violations', 'plans/s'],
      [...explored, ...seeded],
    ),
    '',
    table(
      ['state', 'entered'],
      states.map(([state, count]) => [state, String(count)]),
    ),
    '',
    table(
      ['condition', 'held', 'failed'],
      conditions.map(([text, { held, failed }]) => [text, String(held), String(failed)]),
    ),
    '',
    table(
      ['input or output', 'passed', 'struck'],
      calls.map(([label, { passed, struck }]) => [label, String(passed), String(struck)]),
    ),
    '',
    table(
      ['place in the adapters', 'passed'],
      Object.entries(counts.sites)
        .sort(byName)
        .map(([site, count]) => [site, String(count)]),
    ),
    '',
    table(
      ['fault', 'struck'],
      Object.entries(counts.kinds)
        .sort(byCount)
        .map(([kind, count]) => [kind, String(count)]),
    ),
    ...report.zeros.map((zero) => `never passed: ${zero}`),
    ...failures.map(failureText),
    '',
    summary(report),
  ].join('\n');
}

export function summary({ plans, pruned, seconds, failures, zeros, workers, depth }: CampaignReport): string {
  const wrong = failures.length + zeros.length;
  return (
    `${plans} plans (${depth.anywhere} faults anywhere, ${depth.effects} at effects; ${pruned} ended at a known state) ` +
    `in ${clock(seconds)} on ${workers} workers: ${failures.length} violations, ${zeros.length} never passed. ` +
    (wrong === 0 ? 'Everything held.' : 'FAILED')
  );
}

type Count = readonly [string, number];
const byCount = ([, one]: Count, [, other]: Count): number => other - one;
const byName = ([one]: Count, [other]: Count): number => one.localeCompare(other);

/** Columns side by side, numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => (row[at] ?? '').length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) =>
        at > 0 && /^[\d. +]*$/.test(rows[0]?.[at] ?? '')
          ? cell.padStart(widths[at] ?? 0)
          : cell.padEnd(widths[at] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [line(head), ...rows.map(line)].join('\n');
}
