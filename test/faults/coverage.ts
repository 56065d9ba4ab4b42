/** What a campaign has passed: every state, every condition, every place in the code that speaks to the outside. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { carrierNames } from '../../shared/domain/carrier';
import { needsConnection, paymentChannels } from '../../shared/domain/channel';
import { projectRoot } from './world/bundle';
import { furtherCarriers, furtherProviders } from './world/settings';
import { sitesOf } from './world/sites';

export interface ConditionCount {
  held: number;
  failed: number;
}

/** Counts that can be sent from one process to another and added up. */
export interface Counts {
  sites: Record<string, number>;
  conditions: Record<string, ConditionCount>;
  states: Record<string, number>;
  /** Calls by their words, and how often a fault struck them. */
  calls: Record<string, { passed: number; struck: number }>;
  kinds: Record<string, number>;
}

export const noCounts = (): Counts => ({ sites: {}, conditions: {}, states: {}, calls: {}, kinds: {} });

export function addCounts(into: Counts, more: Counts): void {
  for (const name of ['sites', 'states', 'kinds'] as const) {
    for (const [key, count] of Object.entries(more[name])) into[name][key] = (into[name][key] ?? 0) + count;
  }
  for (const [key, { held, failed }] of Object.entries(more.conditions)) {
    const known = (into.conditions[key] ??= { held: 0, failed: 0 });
    known.held += held;
    known.failed += failed;
  }
  for (const [key, { passed, struck }] of Object.entries(more.calls)) {
    const known = (into.calls[key] ??= { passed: 0, struck: 0 });
    known.passed += passed;
    known.struck += struck;
  }
}

/** Everything that there is to pass, read from the sources, so that what is new cannot be forgotten. */
export function everything(): { sites: string[]; conditions: string[]; states: string[] } {
  const files = adapterFiles('shared/adapters').filter((file) => !strangers.some((name) => file.includes(name)));
  const texts = files.map((file) => ({ file, text: readFileSync(join(projectRoot, file), 'utf8') }));
  return {
    sites: texts.flatMap(({ file, text }) => sitesOf(file, text)),
    conditions: [...new Set(texts.flatMap(({ text }) => conditionsIn(text)))],
    states: ['order-cancellation', 'unwind-order'].flatMap((machine) => {
      const definition = readFileSync(join(projectRoot, `state-machines/${machine}.asl.json`), 'utf8');
      return statesIn(JSON.parse(definition) as Definition).map((state) => `${machine} ${state}`);
    }),
  };
}

/** Adapters to providers, carriers and stock systems that no story is about. */
const strangers = [
  ...paymentChannels
    .filter(needsConnection)
    .filter((channel) => ![...furtherProviders, 'stripe'].some((known) => known === channel))
    .map((channel) => `/payments/${channel.replaceAll('_', '-')}`),
  '/stock/http-stock',
  ...carrierNames
    .filter((name) => ![...furtherCarriers, 'easypost'].some((known) => known === name))
    .map((name) => `/carriers/${name.replaceAll('_', '-')}`),
];

function adapterFiles(folder: string): string[] {
  return readdirSync(join(projectRoot, folder), { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? adapterFiles(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`]))
    .filter((file) => file.endsWith('.ts'))
    .sort();
}

/** Texts that are conditions of writes: what compares or asks for existence, and is no condition of a query. */
function conditionsIn(source: string): string[] {
  const written = source
    .split('\n')
    .filter((line) => !line.includes('KeyConditionExpression') && !/^\s*(\*|\/\/)/.test(line))
    .join('\n')
    // A text over several lines is one text.
    .replace(/' \+\n\s*'/g, '');
  return [...written.matchAll(/'([^'\n]*)'/g)]
    .map(([, text = '']) => text)
    .filter((text) => /attribute_(not_)?exists\(|^[#\w]+ (=|<|>|<=|>=) :\w+/.test(text));
}

interface Definition {
  readonly States: Readonly<Record<string, State>>;
}
interface State {
  readonly Branches?: readonly Definition[];
  readonly ItemProcessor?: Definition;
}

function statesIn({ States }: Definition): string[] {
  return Object.entries(States).flatMap(([name, state]) => [
    name,
    ...(state.Branches ?? []).flatMap(statesIn),
    ...(state.ItemProcessor === undefined ? [] : statesIn(state.ItemProcessor)),
  ]);
}

/** What nothing has passed; a campaign with any of these is no proof. */
export function zeros(counts: Counts): string[] {
  const { sites, conditions, states } = everything();
  return [
    ...states.filter((state) => (counts.states[state] ?? 0) === 0).map((state) => `state ${state}`),
    ...conditions.filter((text) => !wasPassed(counts, text)).map((text) => `condition ${text}`),
    ...sites.filter((site) => (counts.sites[site] ?? 0) === 0).map((site) => `call at ${site}`),
  ];
}

/** A condition stands for itself, or is one of several that a write has put together. */
const wasPassed = ({ conditions }: Counts, text: string): boolean =>
  conditions[text] !== undefined || Object.keys(conditions).some((whole) => whole.split(' AND ').includes(text));
