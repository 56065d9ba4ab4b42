import { markdownTable } from './markdown-table';

/** The parts of the page on carriers that are the same for all of them. */

export const carrierCredentials = `## Credentials and webhooks

Each account at a carrier is a connection like those to payment providers: a line in the stage and a secret, in the form of
[Credentials](channels.md#credentials). A shipment of an order names its \`carrier\`, its \`connectionId\` and, as
\`providerShipmentRef\`, what the carrier knows it by.

The address of webhooks is \`POST <ApiUrl>/webhooks/carriers/{carrier}/{connectionId}\`; what is answered is the same as for
[payments](channels.md#webhooks). A message says where a parcel is; before it undoes a void that somebody relied on, the carrier
is asked. Late and repeated messages change nothing: the way of a parcel only goes on.
`;

const answers = [
  ['`accepted`', 'the label is void, or the carrier will try to stop the parcel; the parcel may arrive all the same'],
  ['`requested`', 'the carrier has the wish and tells later'],
  ["`refused`, with the carrier's word", 'it will not; HTTP 200 with an error inside lands here'],
  ['`TransientFault`', 'nothing was done, or there was nothing to do'],
  ['`UnknownOutcome`', 'it may have been done: the carrier is asked before anything is repeated'],
  ['`PermanentFault`', 'it will never work: an unknown parcel, a setting that is missing'],
];

export const carrierFaults = `## What a carrier's answer means

${markdownTable(['answer', 'means'], answers)}
What a carrier gives back of the postage is told beside it (\`postageRefund\`) and never waited for. It stands on the shipment
(\`postage\` in \`GET /v1/orders/{id}/units\`) and is told by \`shipment.postage_refunded\` and \`shipment.postage_rejected\`. A carrier
whose "postage told" has the word poll is asked after it, each void label once daily: for 45 days after the void (\`submitted\`, then
\`overdue\`, which somebody has to claim), for a week where it has never said anything of it (then \`untold\`).
`;

const parts = [
  [
    'what is known of it',
    '`shared/domain/carriers/<name>.json`; its import, its name and one line in `shared/domain/carrier.ts`',
    'the compiler, for the line and for a member of the JSON. A source, a date, a value that nobody verified: `test/domain/carriers.test.ts`',
  ],
  [
    'its words of tracking',
    '`shared/domain/carriers/tracking/<name>.json`, a source in every row',
    '`test/domain/carriers.test.ts`, "are there for every carrier"',
  ],
  [
    'the adapter',
    '`shared/adapters/carriers/<name>.ts`, behind `Carrier`; one line in `carriers` of `shared/wiring.ts`',
    'the compiler: property `<name>` is missing, in `shared/wiring.ts`',
  ],
  [
    'the webhook',
    '`shared/adapters/carriers/<name>-webhook.ts`; one line in `carrierWebhooks` of `shared/wiring.ts`; `test/adapters/<name>-webhook.test.ts`',
    '`carriers-page.test.ts`, "is heard"',
  ],
  [
    'its promises',
    '`test/adapters/<name>.test.ts`, which calls `carrierSuite`',
    '`carriers-page.test.ts`, "is held to the promises of a carrier"',
  ],
  ['how it is set up', 'one entry in `infra/docs/carrier-setup.ts`', 'the compiler: property `<name>` is missing'],
  [
    'its name in a stage',
    '`provider` in `infra/stages/stage.ts`',
    '`carriers-page.test.ts`, "may be named by a stage"',
  ],
  [
    'the stand-in',
    '`infra/local/stand-ins/<name>.ts`, on `carrier-desk.ts`; its connection in `infra/local/parties.ts` and `infra/stages/laptop.ts`',
    '`carriers-page.test.ts`, "has a connection on the laptop"; whether two parties take the same call is in `outside-parties.test.ts`',
  ],
  ['this page', '`npx tsx infra/docs/write-carriers.ts`', '`carriers-page.test.ts`, which says how to write it'],
];

export const addingACarrier = `## Add a carrier

A file has hyphens where the name has underscores. The model for an adapter is \`ups.ts\`; what it has to promise is in
\`shared/ports/carrier.ts\`.

${markdownTable(['part', 'where', 'what names it when it is missing'], parts)}`;
