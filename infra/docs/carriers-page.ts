import type { CarrierName, CarrierRecord } from '../../shared/domain/carrier';
import { bySource, nameOf } from './by-source';
import { statedCarrierFacts } from './carrier-facts';
import { addingACarrier, carrierCredentials, carrierFaults } from './carrier-guide';
import type { CarrierSetup } from './carrier-setup';
import { markdownTable } from './markdown-table';

const head = `<!-- Written by infra/docs/write-carriers.ts from shared/domain/carriers and infra/docs; do not edit. -->

# Carriers

By which carriers parcels go, what is known of each, and how each is set up. What was not verified says so, and nothing relies
on it. Where a fact is written, and when it was read there, stands with [each carrier](#each-carrier).

`;

const columns = [
  'carrier',
  'name',
  'void window',
  'void after a scan',
  'on its way',
  'until',
  'fee',
  'who may ask',
  'outcome told',
  'postage back',
  'postage told',
];

/** A row of `shared/domain/carriers/tracking`. */
export interface TrackingRow {
  word: string;
  position: string;
  source: string;
}

type ByCarrier<Value> = Readonly<Record<CarrierName, Value>>;

/** The page on carriers as Markdown: what is known of each, how it speaks, and how it is set up. */
export function carriersPage(
  carriers: ByCarrier<CarrierRecord>,
  tracking: ByCarrier<readonly TrackingRow[]>,
  setups: ByCarrier<CarrierSetup>,
): string {
  const names = Object.keys(carriers) as CarrierName[];
  return [
    `${head}${markdownTable(
      columns,
      names.map((name) => row(name, carriers[name])),
    )}`,
    carrierFaults,
    carrierCredentials,
    `## Each carrier\n`,
    ...names.map((name) => section(name, carriers[name], tracking[name], setups[name])),
    addingACarrier,
  ].join('\n');
}

function row(name: CarrierName, { title, facts }: CarrierRecord): string[] {
  const known = statedCarrierFacts(facts);
  return [
    `[${title}](#${title.toLowerCase().replaceAll(' ', '-')})`,
    `\`${name}\``,
    known.voidWindowDays.short,
    known.voidAfterScan.short,
    known.interception.short,
    known.interceptionUntil.short,
    known.interceptionFee.short,
    known.whoMayAsk.short,
    known.interceptionTold.short,
    known.postageRefundDays.short,
    known.postageTold.short,
  ];
}

function section(name: CarrierName, record: CarrierRecord, rows: readonly TrackingRow[], setup: CarrierSetup): string {
  return `### ${record.title}

${secretTable(setup)}
- A shipment names ${setup.shipment}.
- Webhook: \`<ApiUrl>/webhooks/carriers/${name}/<connectionId>\`. ${setup.how} ([guide](${setup.guide}))
- Events: ${setup.events.map((event) => `\`${event}\``).join(', ')}.
- Believed by: ${setup.signedBy}
- When a message is lost: ${setup.missed}
- Rotation: ${setup.rotation}
- For a test: ${setup.trial}

What is known:

${bySource(Object.values(statedCarrierFacts(record.facts)))}
Its words of tracking:

${wordsOf(rows)}`;
}

function secretTable({ apiKey, webhookSecrets, settings }: CarrierSetup): string {
  const fields = [
    ['`apiKey`', apiKey],
    ['`webhookSecrets`', webhookSecrets],
    ...settings.map((one) => [`\`settings.${one.name}\``, `${one.required ? 'Required.' : 'Optional.'} ${one.says}`]),
  ];
  return markdownTable(['in the secret', 'what it is'], fields);
}

/** Each of our positions with the words for it, and where each of them is written. */
function wordsOf(rows: readonly TrackingRow[]): string {
  const groups = new Map<string, TrackingRow[]>();
  for (const one of rows) groups.set(one.position, [...(groups.get(one.position) ?? []), one]);
  return [...groups]
    .map(([position, words]) => {
      const sources = [...new Set(words.map(({ source }) => source))].map((source) => `[${nameOf(source)}](${source})`);
      return `- \`${position}\`: ${words.map(({ word }) => `\`${word}\``).join(', ')} (${sources.join(', ')})\n`;
    })
    .join('');
}
