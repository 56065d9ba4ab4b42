import { markdownTable } from './markdown-table';

/** The parts of the page on payment channels that are the same for all of them. */

export const credentials = `## Credentials

Each account at an outside party is a connection: a line in the stage (\`infra/stages/<stage>.ts\`) with \`id\`, \`tenant\` and
\`provider\`, and a secret in Secrets Manager with the name \`order-cancellation/<stage>/connections/<id>\`. The deployment
makes the secret, with a random \`apiKey\` and no webhook secrets; a person puts the real values in. Its text is this JSON:

\`\`\`json
{
  "tenant": "shop",
  "provider": "adyen",
  "apiKey": "...",
  "settings": { "merchantAccount": "..." },
  "webhookSecrets": ["...", "..."]
}
\`\`\`

- \`tenant\` and \`provider\` are those of the stage's line; \`provider\` is the channel's name as in the table above.
- \`webhookSecrets\` is always there, empty where the provider sends nothing.
- \`settings\` may be left out where a channel needs none. All of its values are texts; a key in PEM keeps its line breaks as \`\\n\`.
- \`baseUrl\` is for test accounts: another address than the provider's own. It is https, without query.
- Payments of an order name their connection by \`connectionId\`.

Functions read a secret again after five minutes. One of another shape is refused: the log names the connection and the
member that is wrong, never what is in it.

- **A webhook secret is rotated without a gap.** Put the new one into \`webhookSecrets\` beside the old one, let the provider
  use it, wait until nothing comes under the old one (five minutes and the provider's own repetitions), take the old one out.
  Where the provider makes the new one and uses it at once, messages of those five minutes are refused, and it sends them
  again.
- **\`apiKey\` and \`settings\` have one value.** Make the new key while the old one is still good, replace it here, and end
  the old one five minutes later.
`;

export const webhooks = `## Webhooks

The address is \`POST <ApiUrl>/webhooks/payments/{channel}/{connectionId}\`, with the channel's name and the connection's id;
\`ApiUrl\` is an output of the stack. A message is read when its very bytes are signed for this connection, so nothing in
between may rewrite it.

| answer | means                                                                            |
| ------ | -------------------------------------------------------------------------------- |
| 200    | taken, in the words that the provider wants to read; also what was known already |
| 401    | these bytes are not signed for this connection now (\`signature_invalid\`)         |
| 404    | no such connection, or it is another provider's                                  |
| 413    | more than 256 KB                                                                 |
| 500    | something of ours broke, or a setting is missing; the provider sends it again    |
`;

/** Each missing line was tried: what stands in the last column is what then fails. */
const parts = [
  [
    'what is known of it',
    '`shared/domain/channels/<name>.json`; its import and one line in `shared/domain/channel.ts`',
    'the compiler, for a member of the JSON, and for the line as soon as another one names the channel. A source, a date, a value that nobody verified: `test/domain/channels.test.ts`',
  ],
  [
    'the adapter',
    '`shared/adapters/payments/<name>.ts`, behind `PaymentChannel`; one line in `paymentChannels` of `shared/wiring.ts`',
    'the compiler: property `<name>` is missing, in `shared/wiring.ts`',
  ],
  [
    'its promises',
    '`test/adapters/<name>.test.ts`, which mounts the provider and calls `paymentChannelSuite`',
    '`channels-page.test.ts`, "is held to the promises of a payment channel"',
  ],
  [
    'how it is set up',
    'one entry in `infra/docs/channel-setup.ts`',
    'the compiler: property `<name>` is missing. A setting that the adapter reads: `channels-page.test.ts`',
  ],
  [
    'the webhook, if there is one',
    '`shared/adapters/payments/<name>-webhook.ts`; one line in `paymentWebhooks` of `shared/wiring.ts`',
    'not the compiler. `channels-page.test.ts`, "are those of the wiring", when the set-up names a webhook',
  ],
  [
    'what is tried against it',
    '`test/adapters/webhooks/<name>-attacker.ts`; one line in `test/adapters/webhook-attacks.test.ts`',
    'the compiler: property `<name>` is missing, in `webhook-attacks.test.ts`',
  ],
  [
    'its name in a stage',
    '`provider` in `infra/stages/stage.ts`',
    'the compiler, when a stage names it; before that `channels-page.test.ts`, "may be named by a stage"',
  ],
  [
    'the stand-in',
    '`infra/local/stand-ins/<name>.ts`; its connection in `infra/local/parties.ts` and `infra/stages/laptop.ts`',
    '`channels-page.test.ts`, "has a connection on the laptop"; whether two parties take the same call is in `outside-parties.test.ts`',
  ],
  ['this page', '`npx tsx infra/docs/write-channels.ts`', '`channels-page.test.ts`, which says how to write it'],
];

export const addingAChannel = `## Add a channel

A file has hyphens where the name has underscores. Amounts are converted by the JSON alone (\`units.ts\`), and
\`test/adapters/units.test.ts\` tries every currency that a new one names. The model for an adapter is \`stripe.ts\`; what it has
to promise is in \`shared/ports/payment-channel.ts\`.

${markdownTable(['part', 'where', 'what names it when it is missing'], parts)}
A channel of our own ledger needs the first two, its kind in \`shared/adapters/dynamodb/keys.ts\`, and one line in the set-up.
`;
