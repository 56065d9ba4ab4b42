import type { ChannelRecord, PaymentChannelName } from '../../shared/domain/channel';
import { bySource } from './by-source';
import { statedAccounts, statedFacts, statedFailures, statedUnits } from './channel-facts';
import { addingAChannel, credentials, webhooks } from './channel-guide';
import type { ChannelSetup, ConnectionSetup } from './channel-setup';
import { markdownTable } from './markdown-table';
import { minorUnitsTable, unitsInShort } from './minor-units';

const head = `<!-- Written by infra/docs/write-channels.ts from shared/domain/channels and infra/docs; do not edit. -->

# Payment channels

Through which channels money goes back, what is known of each, and how each is set up. What was not verified says so, and
nothing relies on it. Where a fact is written, and when it was read there, stands with [each channel](#each-channel).

`;

const columns = [
  'channel',
  'name',
  'who moves the money',
  'refund window',
  'refunds per capture',
  'between two refunds',
  'smallest refund',
  'outcome known',
  'customer sees it',
  'fee that comes back',
  'may come back',
  'news of a dispute',
  'currencies and units',
];

const unitsHead = `## Minor units

How many digits an amount has in the API of each channel, for the currencies on which not everybody agrees. Orders state
amounts in the minor units of ISO 4217; they are converted, never rounded. What differs from ISO 4217 is bold; an amount
between two steps, and a currency that a channel refuses, is refused before anything is sent.

`;

type ByChannel<Value> = Readonly<Record<PaymentChannelName, Value>>;

/** The page on payment channels as Markdown: what is known of each, and how it is set up. */
export function channelsPage(channels: ByChannel<ChannelRecord>, setups: ByChannel<ChannelSetup>): string {
  const names = Object.keys(channels) as PaymentChannelName[];
  const known = names.map((name) => ({ name, record: channels[name], setup: setups[name] }));
  return [
    `${head}${markdownTable(columns, known.map(row))}`,
    `${unitsHead}${minorUnitsTable(names)}`,
    credentials,
    webhooks,
    `## Each channel\n`,
    ...known.map(section),
    addingAChannel,
  ].join('\n');
}

interface Known {
  name: PaymentChannelName;
  record: ChannelRecord;
  setup: ChannelSetup;
}

function row({ name, record, setup }: Known): string[] {
  const facts = statedFacts(record.facts, toldBy(setup));
  return [
    `[${record.title}](#${anchorOf(record.title)})`,
    `\`${name}\``,
    isConnection(setup) ? setup.provider : 'our own ledger',
    facts.refundWindowDays.short,
    facts.refundsPerCapture.short,
    facts.secondsBetweenRefunds.short,
    facts.smallestRefund.short,
    facts.answer.short,
    facts.customerSeesAfterDays.short,
    facts.feeReturned.short,
    facts.failsUpToDaysLater.short,
    facts.disputeNames.short,
    unitsInShort(name),
  ];
}

function section({ name, record, setup }: Known): string {
  const steps = isConnection(setup) ? connectionSteps(name, setup) : `${setup.nothing}\n`;
  const facts = Object.values(statedFacts(record.facts, toldBy(setup)));
  const stated = [statedUnits(record, unitsInShort(name)), ...statedAccounts(record), ...statedFailures(record)];
  const sources = bySource([...facts, ...stated]);
  return `### ${record.title}\n\n${payingOut(record)}${steps}\nWhat is known:\n\n${sources}`;
}

function payingOut({ payoutAccount }: ChannelRecord): string {
  if (payoutAccount === undefined) return '';
  return `Money cannot go back the way it came, so a payment names as its \`account\` where it is to go: the provider's token of
the buyer's account, never its number. A payment that names none is taken as well; its refund then fails, and the buyer or a
person chooses another way.

`;
}

function connectionSteps(name: PaymentChannelName, setup: ConnectionSetup): string {
  const fields = [
    ['`apiKey`', setup.apiKey],
    ['`webhookSecrets`', setup.webhookSecrets],
    ...setup.settings.map((one) => [
      `\`settings.${one.name}\``,
      `${one.required ? 'Required.' : 'Optional.'} ${one.says}`,
    ]),
  ];
  return `${markdownTable(['in the secret', 'what it is'], fields)}
${setup.first === undefined ? '' : `- First: ${setup.first}\n`}${webhookSteps(name, setup)}- Rotation: ${setup.rotation}
- For a test: ${setup.trial}
`;
}

function webhookSteps(name: PaymentChannelName, { webhook }: ConnectionSetup): string {
  if ('none' in webhook) return `- Webhook: none. ${webhook.none}\n`;
  const events = webhook.events.map((event) => `\`${event}\``).join(', ');
  const reads = webhook.reads === undefined ? 'any 200' : `\`${webhook.reads}\` as plain text`;
  return `- Webhook: \`<ApiUrl>/webhooks/payments/${name}/<connectionId>\`. ${webhook.how} ([guide](${webhook.guide}))
- Events: ${events}.
- Wants to read: ${reads}.
- When a message is lost: ${webhook.missed}
`;
}

function toldBy(setup: ChannelSetup): string {
  return isConnection(setup) ? setup.toldBy : 'us';
}

function isConnection(setup: ChannelSetup): setup is ConnectionSetup {
  return 'apiKey' in setup;
}

function anchorOf(title: string): string {
  return title.toLowerCase().replaceAll(' ', '-');
}
