import { creditNoteBudget, pathBudgets, type PathBudget, type PathName } from '../budgets';
import { prices, pricesChecked } from '../prices';
import { Shop } from '../shop';
import { against, dollars, short, table } from '../table';
import { billOf, callsOf, listenersOf, totalOf, withoutConsumers, type Item, type Usage } from './formula';
import { measure } from './measure';
import { paths } from './paths';
import { readTemplate } from './template-facts';
import { missesOf, sentenceOf, type Counted, type Miss } from './verdict';

/** What one path costs, beside what it may cost. */
export interface PathReport {
  path: PathName;
  title: string;
  policy: { id: string; terms: string };
  cancellations: number;
  usage: Usage;
  bill: Item[];
  counted: Counted;
  budget: PathBudget;
  misses: Miss[];
}

export interface CostReport {
  pricesChecked: string;
  prices: typeof prices;
  paths: PathReport[];
}

/** Walks each path `count` times on a host of its own and prices the mean. */
export async function measureCost(count: number, progress: (line: string) => void): Promise<CostReport> {
  const shop = await Shop.open();
  try {
    const facts = readTemplate(shop.directory);
    const reports: PathReport[] = [];
    for (const path of paths) {
      progress(`cost: ${path.title}`);
      const usage = await measure(shop, path, facts, count);
      const bill = billOf(usage);
      const counted = {
        dollarsPerMillion: totalOf(bill),
        transitions: usage.standardTransitions,
        writeUnits: usage.requestPath.units.write,
      };
      const budget = pathBudgets[path.name];
      reports.push({
        path: path.name,
        title: path.title,
        policy: { id: path.policy.id, terms: path.terms },
        cancellations: count,
        usage,
        bill,
        counted,
        budget,
        misses: missesOf(counted, budget),
      });
    }
    return { pricesChecked, prices, paths: reports };
  } finally {
    await shop.close();
  }
}

/** The report for a terminal. */
export function costText({ paths: reports, pricesChecked: date }: CostReport): string {
  const row = (name: string, of: (report: PathReport) => string): string[] => [name, ...reports.map(of)];
  const item = (name: string): string[] =>
    row(`  ${name}`, ({ bill }) => dollars(bill.find((each) => each.name === name)?.dollars ?? 0));
  const items = [...new Set(reports.flatMap(({ bill }) => bill.map(({ name }) => name)))];
  const rows = [
    row('', ({ title }) => title),
    row('write units', ({ counted, budget }) => against(short(counted.writeUnits), short(budget.writeUnits))),
    row('  by stream consumers', ({ usage }) => short(usage.consumers.units.write)),
    row('  by listeners', ({ usage }) =>
      against(short(usage.listeners.units.write), short(creditNoteBudget.writeUnits)),
    ),
    row('read units', ({ usage }) => short(usage.requestPath.units.read)),
    row('  by stream consumers', ({ usage }) => short(usage.consumers.units.read)),
    row('  by listeners', ({ usage }) => short(usage.listeners.units.read)),
    row('Standard transitions', ({ counted, budget }) =>
      against(short(counted.transitions), short(budget.transitions)),
    ),
    row('Express runs', ({ usage }) => short(usage.expressRuns)),
    row('Express GB-s', ({ usage }) => short(usage.expressGbSeconds, 4)),
    row('Lambda calls', ({ usage }) => short(callsOf(usage.requestPath))),
    row('  of stream consumers', ({ usage }) => short(callsOf(usage.consumers))),
    row('  of listeners', ({ usage }) => short(callsOf(usage.listeners))),
    row('queue requests', ({ usage }) => short(usage.queueRequests)),
    row('API requests', ({ usage }) => short(usage.apiRequests)),
    row('events', ({ usage }) => short(usage.events)),
    row('bytes logged by our code', ({ usage }) => short(usage.logBytes.own, 0)),
    row('  around it', ({ usage }) => short(usage.logBytes.platform + usage.logBytes.access, 0)),
    row('$ per million', ({ counted, budget }) =>
      against(dollars(counted.dollarsPerMillion), dollars(budget.dollarsPerMillion)),
    ),
    row('  of listeners', ({ bill }) =>
      against(dollars(listenersOf(bill)), dollars(creditNoteBudget.dollarsPerMillion)),
    ),
    row('  without stream consumers, events and listeners', ({ bill }) => dollars(totalOf(withoutConsumers(bill)))),
    ...items.map(item),
  ];
  const misses = reports.flatMap(({ title, misses: missed, bill }) =>
    missed.map((miss) => `  ${sentenceOf(title, miss, bill)}.`),
  );
  return [
    `cost, per cancellation of one line, one tender where nothing else is said, one merchant (mean of ${reports[0]?.cancellations ?? 0}, warm; counted / budget)`,
    table(rows),
    ...reports.map(({ title, policy }) => `  policy, ${title}: ${policy.terms} (${policy.id})`),
    `  prices of ${date}, us-east-1, first tier`,
    ...(misses.length > 0 ? misses : ['  every budget is kept']),
  ].join('\n');
}
