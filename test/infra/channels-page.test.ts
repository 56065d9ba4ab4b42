import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { statedFacts } from '../../infra/docs/channel-facts';
import { channelSetup, type ConnectionSetup, type WebhookSetup } from '../../infra/docs/channel-setup';
import { channelsPage } from '../../infra/docs/channels-page';
import { functions } from '../../infra/functions';
import { outsideParties } from '../../infra/local/parties';
import { parseStage } from '../../infra/stages/stage';
import { stage as laptop } from '../../infra/stages/laptop';
import {
  channels,
  isToldOnly,
  paymentChannels,
  recordOf,
  unitsOf,
  type ChannelFacts,
  type PaymentChannelName,
} from '../../shared/domain/channel';
import type { Connection } from '../../shared/ports/connections';
import * as wiring from '../../shared/wiring';

const root = join(__dirname, '..', '..');
const read = (...path: string[]): string => readFileSync(join(root, ...path), 'utf8');
const page = read('docs', 'channels.md');
const sections = new Map(
  page.split(/^### /m).map((text): [string, string] => [text.slice(0, text.indexOf('\n')), text]),
);
const sectionOf = (channel: PaymentChannelName): string => sections.get(recordOf(channel).title) ?? '';
const rowOf = (channel: PaymentChannelName): string | undefined =>
  page.split('\n').find((line) => line.startsWith('| [') && line.includes(`| \`${channel}\` `));

const connected = Object.entries(channelSetup).filter(
  (entry): entry is [PaymentChannelName, ConnectionSetup] => 'apiKey' in entry[1],
);
const told = connected.flatMap(([channel, { webhook }]): [PaymentChannelName, WebhookSetup][] =>
  'none' in webhook ? [] : [[channel, webhook]],
);
/** What the files of a channel's adapter say. */
function adapterOf(channel: PaymentChannelName): string {
  const stem = channel.replaceAll('_', '-');
  return readdirSync(join(root, 'shared', 'adapters', 'payments'))
    .filter((file) => file === `${stem}.ts` || file.startsWith(`${stem}-`))
    .map((file) => read('shared', 'adapters', 'payments', file))
    .join('\n');
}

/** The names of settings that an adapter asks a connection for. */
function settingsRead(source: string): string[] {
  const single = [...source.matchAll(/settings\?\.\['(\w+)'\]/g)].map((match) => match[1] ?? '');
  const several = [...source.matchAll(/const \{ ([\w, ]+) \} = connection\.settings/g)].flatMap((match) =>
    (match[1] ?? '').split(', '),
  );
  return [...new Set([...single, ...several])];
}

describe('docs/channels.md', () => {
  test('is as the data write it; else run `tsx infra/docs/write-channels.ts`', () =>
    expect(page).toBe(channelsPage(channels, channelSetup)));

  test.each(paymentChannels)('%s has its row and its section', (channel) => {
    expect(rowOf(channel)).toContain(`[${recordOf(channel).title}](#`);
    expect(sectionOf(channel)).toContain('What is known:');
  });

  test.each(paymentChannels)('%s: every unverified fact shows as not verified', (channel) => {
    const { facts } = recordOf(channel);
    const stated = statedFacts(facts, 'webhook');
    const names = (Object.keys(facts) as (keyof ChannelFacts)[]).filter((name) => facts[name].grade === 'unknown');
    const [, listed = ''] = sectionOf(channel).split(/^- not verified, .*\n/m);
    for (const name of names) {
      expect(stated[name].short).toBe('not verified');
      expect(listed).toContain(`  - ${stated[name].title}: `);
    }
    // The table has no column for the life of a key: it is for those who repeat calls.
    const shown = names.filter((name) => name !== 'keyKeptHours');
    expect(rowOf(channel)?.split('not verified')).toHaveLength(shown.length + 1);
  });

  test('a number that nobody has verified does not reach it', () => {
    const { facts } = channels.stripe;
    const guessed = { ...facts, refundWindowDays: { ...facts.refundWindowDays, value: 98_765 } };
    const written = channelsPage({ ...channels, stripe: { ...channels.stripe, facts: guessed } }, channelSetup);
    expect(written).not.toContain('98765');
  });

  test('every link to a source is https, and every source has one', () => {
    const links = [...page.matchAll(/\]\(<?([^#)>][^)>]*)/g)].map((match) => match[1] ?? '');
    expect(links.filter((link) => !link.startsWith('https://'))).toEqual([]);
    expect(page).not.toContain('http://');
    for (const { account, facts, units } of paymentChannels.map(recordOf)) {
      if (account === 'connection') expect(units.source).toMatch(/^https:\/\//);
      for (const { source } of Object.values(facts)) if (source !== undefined) expect(page).toContain(source);
    }
  });

  test.each(paymentChannels)('%s: the table of minor units says what the adapters go by', (channel) => {
    const [, table = ''] = page.split('## Minor units');
    const lines = (table.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('| '));
    const [head = [], , ...rows] = lines.map((line) => line.split('|').map((cell) => cell.trim()));
    const column = head.indexOf(recordOf(channel).title);
    for (const currency of ['JPY', 'KRW', 'KWD', 'HUF', 'ISK', 'UGX', 'CLP', 'CVE', 'TWD']) {
      const cell = rows.find((cells) => cells[1] === currency)?.[column]?.replaceAll('**', '');
      const units = unitsOf(channel, currency);
      const step = units === undefined || units.step === 1 ? '' : `, steps of ${units.step}`;
      expect([currency, cell]).toEqual([currency, units === undefined ? 'refused' : `${units.theirs}${step}`]);
    }
  });
});

describe('the credentials on it', () => {
  const members: Readonly<Record<Exclude<keyof Connection, 'id' | 'baseUrl'>, true>> = {
    tenant: true,
    provider: true,
    apiKey: true,
    settings: true,
    webhookSecrets: true,
  };

  const { secrets = {} } = outsideParties();

  test('have the shape of a connection', () => {
    const [, example = ''] = /```json\n(.*?)```/s.exec(page) ?? [];
    expect(Object.keys(JSON.parse(example) as object)).toEqual(Object.keys(members));
  });

  test('lie where the stack makes the secret', () => {
    const [, name = ''] = /with the name `(.*)<id>`/.exec(page) ?? [];
    expect(read('infra', 'constructs', 'secrets.ts')).toContain(`\`${name.replace('<stage>', '${stage.name}')}\``);
  });

  test.each(paymentChannels)('%s has a set-up exactly where it has an account at somebody', (channel) => {
    const outside = recordOf(channel).account === 'connection';
    expect(connected.some(([name]) => name === channel)).toBe(outside);
    expect(sectionOf(channel).includes('| `apiKey` ')).toBe(outside);
    expect(sectionOf(channel).includes('| `webhookSecrets` ')).toBe(outside);
  });

  test.each(connected)('%s: every setting that its adapter reads is there, and no other', (channel, { settings }) => {
    const source = adapterOf(channel);
    const names = settings.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(settingsRead(source)));
    for (const name of names) {
      expect(source).toMatch(new RegExp(`\\b${name.replace(/<.*/, '').replace('.', '\\.')}`));
      expect(sectionOf(channel)).toContain(`| \`settings.${name}\` `);
    }
  });

  test.each(connected.map(([channel]) => channel))('%s has a connection on the laptop', (channel) => {
    const [id] = laptop.connections.filter(({ provider }) => provider === channel).map((connection) => connection.id);
    const [, secret = '{}'] = Object.entries(secrets).find(([name]) => name.endsWith(`/${id}`)) ?? [];
    expect(JSON.parse(secret)).toMatchObject({ provider: channel });
  });

  test.each(connected.map(([channel]) => channel))('%s may be named by a stage', (provider) => {
    const connection = { id: 'con_new', tenant: 'demo', provider };
    expect(() => parseStage({ ...laptop, connections: [connection] })).not.toThrow();
  });
});

describe('the webhooks on it', () => {
  const webhooks = wiring.paymentWebhooks();

  test('are those of the wiring', () =>
    expect(told.map(([channel]) => channel).sort()).toEqual(Object.keys(webhooks).sort()));

  test('have the address of the route', () => {
    const { trigger } = functions.find(({ name }) => name === 'payment-result') ?? {};
    const [route] = trigger?.kind === 'webhook' ? trigger.routes : [];
    expect(page).toContain(`\`${route?.method} <ApiUrl>${route?.path}\``);
  });

  test.each(told)('%s: address, events and what the provider wants to read', (channel, { events, reads }) => {
    const section = sectionOf(channel);
    expect(section).toContain(`<ApiUrl>/webhooks/payments/${channel}/<connectionId>`);
    expect(reads).toBe(webhooks[channel]?.acknowledgement?.body);
    expect(section).toContain(reads === undefined ? 'Wants to read: any 200' : `Wants to read: \`${reads}\``);
    for (const event of events) {
      expect(adapterOf(channel)).toContain(event);
      expect(section).toContain(`\`${event}\``);
    }
  });

  test('a channel without one says why', () => {
    for (const [channel, { webhook }] of connected)
      if ('none' in webhook) expect(sectionOf(channel)).toContain(`Webhook: none. ${webhook.none}`);
  });
});

describe('every channel', () => {
  process.env['ORDERS_TABLE'] ??= 'orders';
  const adapters = wiring.paymentChannels();

  test.each(connected)('%s: its outcome is told as its adapter can', (channel, { toldBy, webhook }) => {
    expect(toldBy.includes('query')).toBe(adapters[channel].withoutQuery === undefined);
    expect(isToldOnly(channel)).toBe(adapters[channel].withoutQuery !== undefined);
    expect(toldBy.includes('webhook')).toBe(!('none' in webhook));
  });

  const folder = join('test', 'adapters');
  const suites = readdirSync(join(root, folder)).filter((file) => file.endsWith('.test.ts'));
  test.each(paymentChannels)('%s is held to the promises of a payment channel', (channel) => {
    const called = suites.filter((file) => read(join(folder, file)).includes(`paymentChannelSuite('${channel}', `));
    expect(called).toHaveLength(1);
  });
});
