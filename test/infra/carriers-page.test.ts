import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { statedCarrierFacts } from '../../infra/docs/carrier-facts';
import { carrierSetup } from '../../infra/docs/carrier-setup';
import { carrierTracking } from '../../infra/docs/carrier-tracking';
import { carriersPage } from '../../infra/docs/carriers-page';
import { functions } from '../../infra/functions';
import { outsideParties } from '../../infra/local/parties';
import { stage as laptop } from '../../infra/stages/laptop';
import { parseStage } from '../../infra/stages/stage';
import {
  carrierNames,
  carriers,
  recordOfCarrier,
  type CarrierFacts,
  type CarrierName,
} from '../../shared/domain/carrier';
import * as wiring from '../../shared/wiring';

const root = join(__dirname, '..', '..');
const read = (...path: string[]): string => readFileSync(join(root, ...path), 'utf8');
const page = read('docs', 'carriers.md');
const sections = new Map(
  page.split(/^### /m).map((text): [string, string] => [text.slice(0, text.indexOf('\n')), text]),
);
const sectionOf = (name: CarrierName): string => sections.get(recordOfCarrier(name).title) ?? '';

/** What the files of a carrier's adapter say. */
function adapterOf(name: CarrierName): string {
  const stem = name.replaceAll('_', '-');
  return readdirSync(join(root, 'shared', 'adapters', 'carriers'))
    .filter((file) => file === `${stem}.ts` || file.startsWith(`${stem}-`))
    .map((file) => read('shared', 'adapters', 'carriers', file))
    .join('\n');
}

/** The names of settings that an adapter asks a connection for. */
function settingsRead(source: string): string[] {
  const single = [...source.matchAll(/settings\?\.\['(\w+)'\]/g)].map((match) => match[1] ?? '');
  const several = [...source.matchAll(/const \{ ([\w, ]+) \} = settings/g)].flatMap((match) =>
    (match[1] ?? '').split(', '),
  );
  return [...new Set([...single, ...several])].sort();
}

describe('docs/carriers.md', () => {
  test('is as the data write it; else run `tsx infra/docs/write-carriers.ts`', () =>
    expect(page).toBe(carriersPage(carriers, carrierTracking, carrierSetup)));

  test.each(carrierNames)('%s has its row and its section', (name) => {
    expect(page).toContain(`| [${recordOfCarrier(name).title}](#`);
    expect(sectionOf(name)).toContain('What is known:');
    expect(sectionOf(name)).toContain('Its words of tracking:');
  });

  test.each(carrierNames)('%s: every unverified fact shows as not verified', (name) => {
    const { facts } = recordOfCarrier(name);
    const said = statedCarrierFacts(facts);
    const [, listed = ''] = sectionOf(name).split(/^- not verified, .*\n/m);
    for (const fact of Object.keys(facts) as (keyof CarrierFacts)[]) {
      if (facts[fact].grade !== 'unknown') continue;
      expect(said[fact].short).toBe('not verified');
      expect(listed).toContain(`  - ${said[fact].title}: `);
    }
  });

  test('a number that nobody has verified does not reach it', () => {
    const { facts } = carriers.ups;
    const guessed = { ...facts, voidWindowDays: { ...facts.voidWindowDays, value: 98_765 } };
    const written = carriersPage(
      { ...carriers, ups: { ...carriers.ups, facts: guessed } },
      carrierTracking,
      carrierSetup,
    );
    expect(written).not.toContain('98765');
  });

  test('every link to a source is https, and every source has one', () => {
    const links = [...page.matchAll(/\]\(<?([^#)>][^)>]*)/g)].map((match) => match[1] ?? '');
    expect(links.filter((link) => !link.startsWith('https://') && !link.startsWith('channels.md#'))).toEqual([]);
    for (const name of carrierNames) {
      for (const { source } of Object.values(recordOfCarrier(name).facts))
        if (source !== undefined) expect(page).toContain(source);
      for (const { source } of carrierTracking[name]) expect(page).toContain(source);
    }
  });

  test('names the address of the route', () => {
    const { trigger } = functions.find(({ name }) => name === 'carrier-update') ?? {};
    const [route] = trigger?.kind === 'webhook' ? trigger.routes : [];
    expect(page).toContain(`\`${route?.method} <ApiUrl>${route?.path}\``);
  });
});

describe.each(carrierNames)('%s', (name) => {
  test('has an adapter, and is heard', () => {
    expect(wiring.carriers()[name]).toMatchObject({ voidLabel: expect.any(Function), query: expect.any(Function) });
    expect(wiring.carrierWebhooks()[name]).toMatchObject({ read: expect.any(Function) });
  });

  test('every setting that its adapter reads is on the page, and no other', () => {
    const names = carrierSetup[name].settings.map((setting) => setting.name);
    expect([...names].sort()).toEqual(settingsRead(adapterOf(name)));
    for (const setting of names) expect(sectionOf(name)).toContain(`| \`settings.${setting}\` `);
  });

  test('every event on the page is one that its adapter hears', () => {
    for (const event of carrierSetup[name].events) expect(adapterOf(name)).toContain(event.split('.')[0]);
  });

  const { secrets = {} } = outsideParties();
  test('has a connection on the laptop', () => {
    const [id] = laptop.connections.filter(({ provider }) => provider === name).map((connection) => connection.id);
    const [, secret = '{}'] = Object.entries(secrets).find(([key]) => key.endsWith(`/${id}`)) ?? [];
    expect(JSON.parse(secret)).toMatchObject({ provider: name });
  });

  test('may be named by a stage', () => {
    const connection = { id: 'con_new', tenant: 'demo', provider: name };
    expect(() => parseStage({ ...laptop, connections: [connection] })).not.toThrow();
  });

  test('is held to the promises of a carrier', () => {
    const folder = join('test', 'adapters');
    const suites = readdirSync(join(root, folder)).filter((file) => file.endsWith('.test.ts'));
    const called = suites.filter((file) => read(folder, file).includes(`carrierSuite('${name}', `));
    expect(called).toHaveLength(1);
  });
});
