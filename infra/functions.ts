/**
 * Every function of the service, once. The stack builds what stands here: code, trigger, rights and, in the same call
 * as a right, the variable that names what it is a right to. Nothing else hands out rights or variables.
 */
export type Door = 'api' | 'webhooks' | 'steps' | 'streams' | 'queues' | 'schedules';

export interface Route {
  method: 'GET' | 'POST' | 'PUT';
  path: string;
}

export type Trigger =
  | { kind: 'api'; routes: readonly Route[] }
  | { kind: 'webhook'; routes: readonly Route[] }
  /** Called by every state machine whose definition names it. */
  | { kind: 'step' }
  /** Reads those changes of the orders table whose new image matches. A filter can ask for leaves only. */
  | { kind: 'change-feed'; newImage: Readonly<Record<string, unknown>> }
  /** Hears those events of ours from the bus, by a queue of its own; so many batches at a time, at least two. */
  | { kind: 'event'; types: readonly string[]; concurrency: number }
  | { kind: 'rate'; minutes: number };

export type TableName = 'orders' | 'stock' | 'views';
export type TableAction = 'GetItem' | 'Query' | 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'ConditionCheckItem';

export type Grant =
  /** Query of an index alone does not include the table, and the other way round. */
  | { to: 'table'; table: TableName; actions: readonly TableAction[] }
  | { to: 'index'; table: TableName; index: string }
  | { to: 'connections' }
  /** The tenants' own stock systems, where the stage has any. */
  | { to: 'stock-systems' }
  /** Which connections there are, without their secrets. */
  | { to: 'connection-ids' }
  | { to: 'signing-secret' }
  | { to: 'event-bus' }
  | { to: 'run-unwind' }
  | { to: 'start-story' }
  | { to: 'answer-story' };

export interface FunctionDefinition {
  name: string;
  /** Whose functions share a folder and a log group. */
  door: Door;
  /** Entry file from the project's root. */
  file: string;
  description: string;
  trigger: Trigger;
  grants: readonly Grant[];
  timeoutSeconds: number;
  memoryMb: number;
}

const table =
  (name: TableName) =>
  (...actions: TableAction[]): Grant => ({ to: 'table', table: name, actions });
const orders = table('orders');
const stock = table('stock');
const views = table('views');
const index = (name: string): Grant => ({ to: 'index', table: 'orders', index: name });
const connections: Grant = { to: 'connections' };
const connectionIds: Grant = { to: 'connection-ids' };
const stockSystems: Grant = { to: 'stock-systems' };
const signingSecret: Grant = { to: 'signing-secret' };
const eventBus: Grant = { to: 'event-bus' };
const runUnwind: Grant = { to: 'run-unwind' };
const startStory: Grant = { to: 'start-story' };
const answerStory: Grant = { to: 'answer-story' };

/** An order is read whole, as one partition. A transaction needs no right of its own, only those of its items. */
const readOrder = orders('Query');
const takeOrder = orders('GetItem', 'Query', 'PutItem', 'DeleteItem');
const readCancellation = orders('GetItem');
/** A step reads one cancellation and replaces it, with the order's header where an event is numbered. */
const changeCancellation = orders('GetItem', 'PutItem');
const readBoth = orders('GetItem', 'Query');
const changeBoth = orders('GetItem', 'Query', 'PutItem');
/** Units that come free go to who waits for them, so that whoever moves some may move those of others. */
const moveStock = stock('GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem');
const checkAndMoveStock = stock('GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem');

interface Sizing {
  timeoutSeconds?: number;
  memoryMb?: number;
}

function define(
  door: Door,
  name: string,
  description: string,
  trigger: Trigger,
  grants: readonly Grant[],
  sizing: Required<Sizing>,
): FunctionDefinition {
  return { name, door, file: `functions/${door}/${name}.ts`, description, trigger, grants, ...sizing };
}

function routesOf(lines: readonly string[]): Route[] {
  return lines.map((line) => {
    const [method, path] = line.split(' ');
    if ((method !== 'GET' && method !== 'POST' && method !== 'PUT') || path === undefined) throw new Error(line);
    return { method, path };
  });
}

/** The gateway gives up after 30 seconds; a caller has given up long before. */
const api = (name: string, description: string, routes: readonly string[], grants: Grant[], sizing: Sizing = {}) =>
  define('api', name, description, { kind: 'api', routes: routesOf(routes) }, grants, {
    timeoutSeconds: 10,
    memoryMb: 256,
    ...sizing,
  });

const webhook = (name: string, description: string, route: string, grants: Grant[]) =>
  define('webhooks', name, description, { kind: 'webhook', routes: routesOf([route]) }, grants, {
    timeoutSeconds: 15,
    memoryMb: 256,
  });

const step = (name: string, description: string, grants: Grant[], sizing: Sizing = {}) =>
  define('steps', name, description, { kind: 'step' }, grants, { timeoutSeconds: 10, memoryMb: 256, ...sizing });

const present = { S: [{ exists: true }] };

const reader = (name: string, description: string, newImage: Readonly<Record<string, unknown>>, grants: Grant[]) =>
  define('streams', name, description, { kind: 'change-feed', newImage }, grants, {
    timeoutSeconds: 30,
    memoryMb: 256,
  });

const listener = (name: string, description: string, types: readonly string[], grants: Grant[]) =>
  define('queues', name, description, { kind: 'event', types, concurrency: 2 }, grants, {
    timeoutSeconds: 30,
    memoryMb: 256,
  });

const everyMinutes = (minutes: number, name: string, description: string, grants: Grant[]) =>
  define('schedules', name, description, { kind: 'rate', minutes }, grants, { timeoutSeconds: 50, memoryMb: 256 });

export const functions: readonly FunctionDefinition[] = [
  // Orders come in, and what happens to them elsewhere.
  api(
    'put-order',
    'Takes an order in, or a newer version of it',
    ['PUT /v1/orders/{id}'],
    [takeOrder, connectionIds, runUnwind, startStory],
  ),
  api(
    'put-orders',
    'Takes many orders in',
    ['POST /v1/orders/batch'],
    [takeOrder, connectionIds, runUnwind, startStory],
    {
      timeoutSeconds: 29,
      memoryMb: 1024,
    },
  ),
  api(
    'put-payment',
    'Takes a payment in, early or late',
    ['PUT /v1/orders/{id}/payments/{ref}'],
    [orders('GetItem', 'Query', 'PutItem', 'ConditionCheckItem'), connectionIds, runUnwind, startStory],
  ),
  api('put-account', "Takes an account's standing in", ['PUT /v1/accounts/{id}'], [orders('PutItem')]),
  api('put-stock', 'Takes opening balances in', ['POST /v1/stock/batch'], [moveStock, stockSystems]),
  // What an order's movement was decided on is a condition of its transaction.
  api(
    'move-stock',
    'Takes in what warehouse, returns desk and suppliers report',
    ['POST /v1/stock/movements'],
    [orders('Query', 'ConditionCheckItem'), moveStock, stockSystems],
  ),
  api('get-stock', 'A balance', ['GET /v1/stock'], [stock('GetItem'), stockSystems]),
  api(
    'claim-shipment',
    'Settles ship versus cancel',
    ['POST /v1/orders/{id}/shipments'],
    [orders('Query', 'GetItem', 'PutItem'), connectionIds],
  ),
  api(
    'receive-shipment',
    'A parcel is here again',
    ['POST /v1/orders/{id}/shipments/{ref}/received'],
    [changeBoth, answerStory, moveStock, stockSystems],
  ),
  api('list-orders', "A customer's orders", ['GET /v1/orders'], [index('active'), views('Query')]),
  api('get-order', 'One order', ['GET /v1/orders/{id}'], [readOrder]),
  api(
    'get-units',
    'Where every unit of an order is',
    ['GET /v1/orders/{id}/units'],
    [readOrder, stock('Query'), stockSystems],
  ),
  api('get-return', 'One return', ['GET /v1/returns/{id}'], [readCancellation, views('Query')]),
  api(
    'send-return',
    'A label for the buyer, and his word that he has sent it back',
    ['POST /v1/returns/{id}/label', 'POST /v1/returns/{id}/sent'],
    [changeCancellation, answerStory],
  ),
  api(
    'receive-return',
    'A returns desk takes in what has arrived',
    ['POST /v1/returns/{id}/received'],
    [changeCancellation, answerStory],
  ),
  api(
    'inspect-return',
    'What the units that arrived are worth',
    ['POST /v1/returns/{id}/inspected'],
    [changeBoth, answerStory, moveStock, stockSystems],
  ),
  api(
    'settle-exception',
    'A person has seen to a parcel',
    ['POST /v1/orders/{id}/shipments/{ref}/settled'],
    [orders('Query', 'PutItem')],
  ),
  api(
    'list-goods-exceptions',
    'Goods that are not where they should be',
    ['GET /v1/goods/exceptions'],
    [readOrder, index('open'), index('queue')],
  ),

  // A cancellation is asked for, looked at, answered.
  api(
    'quote-cancellation',
    'What may be cancelled, and what comes back',
    ['POST /v1/cancellation-quotes'],
    [readBoth, signingSecret],
  ),
  api(
    'request-cancellation',
    'Decides and records a cancellation',
    ['POST /v1/cancellations'],
    [changeBoth, signingSecret, runUnwind, startStory],
  ),
  api(
    'list-cancellations',
    "A merchant's queue by deadline",
    ['GET /v1/cancellations'],
    [readCancellation, index('queue')],
  ),
  api(
    'get-cancellation',
    'One cancellation',
    ['GET /v1/cancellations/{id}'],
    [readBoth, views('Query'), stock('Query'), stockSystems],
  ),
  api('get-credit-note', 'What reverses the invoice', ['GET /v1/cancellations/{id}/credit-note'], [readBoth]),
  api('explain-cancellation', 'Why it was decided so', ['GET /v1/cancellations/{id}/explanation'], [readBoth]),
  api(
    'withdraw-cancellation',
    'The customer thinks again',
    ['POST /v1/cancellations/{id}/withdraw'],
    [changeCancellation, answerStory],
  ),
  api(
    'answer-cancellation',
    'The merchant answers',
    ['POST /v1/cancellations/{id}/approve', 'POST /v1/cancellations/{id}/decline'],
    [changeCancellation, answerStory],
  ),
  api(
    'answer-hold',
    'The warehouse says whether it has stopped',
    ['POST /v1/cancellations/{id}/hold'],
    [changeCancellation, answerStory],
  ),
  api(
    'choose-destination',
    'Consent to another way to be refunded',
    ['POST /v1/cancellations/{id}/destination'],
    [changeCancellation, connections, startStory, answerStory],
    { timeoutSeconds: 15 },
  ),
  api(
    'start-withdrawal',
    'First half of a statutory withdrawal',
    ['POST /v1/withdrawals'],
    [orders('Query', 'PutItem'), signingSecret],
  ),
  api(
    'confirm-withdrawal',
    'Second half of a statutory withdrawal',
    ['POST /v1/withdrawals/{id}/confirm'],
    [changeBoth, signingSecret, runUnwind, startStory],
  ),

  // What only a person can finish.
  api('list-cases', "Cancellations in a person's hands", ['GET /v1/cases'], [readBoth, index('open')]),
  api(
    'work-case',
    'A person finishes what a machine could not',
    [
      'POST /v1/cases/{id}/retry',
      'POST /v1/cases/{id}/settle',
      'POST /v1/cases/{id}/redirect',
      'POST /v1/cases/{id}/close',
    ],
    [changeCancellation, connections, startStory],
    { timeoutSeconds: 15 },
  ),
  api('get-policy', 'The rules in force for a market', ['GET /v1/policies/current'], []),

  // Providers and carriers answer.
  webhook('payment-result', 'A payment provider reports', 'POST /webhooks/payments/{channel}/{connectionId}', [
    changeCancellation,
    connections,
    answerStory,
  ]),
  webhook('carrier-update', 'A carrier reports', 'POST /webhooks/carriers/{carrier}/{connectionId}', [
    changeBoth,
    connections,
    answerStory,
  ]),

  // The states of the two machines, each under the name of its state.
  step('ask-merchant', 'Puts the question to the merchant', [changeCancellation, answerStory]),
  step('settle-answer', 'Acts on the answer, or on silence', [changeCancellation]),
  step('secure-goods', 'Stops the parcel', [changeBoth, connections, startStory], { timeoutSeconds: 25 }),
  step('await-goods', 'Waits for parcels that were called back', [changeBoth, answerStory]),
  step('begin-unwind', 'Fixes what will be refunded', [changeCancellation]),
  // Store credit is a balance of ours, in the orders table.
  step('refund-leg', 'Refunds one leg', [orders('GetItem', 'Query', 'PutItem', 'UpdateItem'), connections], {
    timeoutSeconds: 25,
  }),
  step('release-stock', 'Gives the units back', [orders('Query'), checkAndMoveStock, stockSystems], {
    timeoutSeconds: 55,
  }),
  step('assess-unwind', 'Looks at what the unwinding left', [readBoth]),
  step('await-refunds', 'Waits for the providers', [changeCancellation, answerStory]),
  step('ask-buyer', 'Puts the question to the buyer', [changeCancellation, answerStory]),
  step('poll-refunds', 'Asks the providers', [changeCancellation, connections], { timeoutSeconds: 25 }),
  step('close-order', 'Closes the cancellation', [changeBoth, startStory]),
  step('reserve-stock', 'Undoes release-stock', [changeBoth, checkAndMoveStock, stockSystems], { timeoutSeconds: 55 }),
  step('reinstate-order', 'Undoes the cancellation', [changeBoth]),
  step('open-case', 'Hands over to a person', [changeCancellation]),

  // The two readers of the change feed; a shard serves no more.
  reader('publish-events', 'Announces what happened, in order', { tells: { N: [{ exists: true }] } }, [
    eventBus,
    views('GetItem', 'PutItem'),
  ]),
  reader('update-views', 'Keeps the histories', { entry: { M: { step: present } } }, [views('PutItem')]),

  listener('issue-credit-notes', 'Numbers what reverses an invoice', ['cancellation.closed'], [changeBoth]),

  everyMinutes(1, 'start-missed', 'Starts what should be running and is not', [
    changeCancellation,
    index('open'),
    startStory,
  ]),
  everyMinutes(15, 'reconcile', 'Hears what no webhook brought', [changeBoth, index('open'), connections, answerStory]),
  everyMinutes(5, 'redrive-parked', 'Announces parked events in order', [
    eventBus,
    views('Query', 'PutItem', 'DeleteItem'),
  ]),
];

/** `ask-merchant` is `AskMerchant` as a construct and in the state machines' definitions. */
export function pascalCase(name: string): string {
  return name.replace(/(^|-)([a-z])/g, (_all, _dash, letter: string) => letter.toUpperCase());
}
