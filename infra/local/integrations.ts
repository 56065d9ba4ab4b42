/** The services that state machines call, with the results and error names that AWS's integrations give. */
import { randomUUID } from 'node:crypto';
import { ApiError } from './api-error';
import type { DatabaseDoor } from './dynamo/database-door';
import type { EventBuses } from './events/event-buses';
import { type Json, isRecord, list, record, text } from './json';
import type { Functions } from './lambda/functions';
import type { Queues } from './queues/queues';
import type { Engine } from './states/engine';
import { TaskFailure } from './states/errors';
import type { Integrations, TaskRequest } from './states/integrations';

export interface Services {
  readonly functions: Functions;
  readonly database: DatabaseDoor;
  readonly events: EventBuses;
  readonly queues: Queues;
  readonly engine: () => Engine;
}

type Call = (services: Services, input: Json, request: TaskRequest) => Promise<unknown>;

interface Integration {
  readonly call: Call;
  /** What stands before the point in the names of the service's errors. */
  readonly errors: string;
  readonly token?: true;
}

const DATABASE_OPERATIONS = ['getItem', 'putItem', 'updateItem', 'deleteItem'];
const DATABASE_SDK_OPERATIONS = [
  ...DATABASE_OPERATIONS,
  'query',
  'transactWriteItems',
  'batchWriteItem',
  'batchGetItem',
];

const INTEGRATIONS: ReadonlyMap<string, Integration> = new Map<string, Integration>([
  ['lambda:invoke', { call: invokeFunction, errors: 'Lambda', token: true }],
  ...DATABASE_OPERATIONS.map((operation): [string, Integration] => [
    `dynamodb:${operation}`,
    { call: databaseCall(operation), errors: 'DynamoDB' },
  ]),
  ...DATABASE_SDK_OPERATIONS.map((operation): [string, Integration] => [
    `aws-sdk:dynamodb:${operation}`,
    { call: databaseCall(operation), errors: 'DynamoDb' },
  ]),
  ['events:putEvents', { call: putEvents, errors: 'EventBridge', token: true }],
  ['sqs:sendMessage', { call: sendMessage, errors: 'SQS', token: true }],
  ['aws-sdk:sqs:sendMessage', { call: sendMessage, errors: 'Sqs' }],
  ['states:startExecution', { call: startExecution, errors: 'StepFunctions' }],
  ['aws-sdk:sfn:startExecution', { call: startExecution, errors: 'Sfn' }],
  ['aws-sdk:sfn:startSyncExecution', { call: startSyncExecution, errors: 'Sfn' }],
  ['aws-sdk:sfn:sendTaskSuccess', { call: sendTaskSuccess, errors: 'Sfn' }],
]);

const TOKEN = '.waitForTaskToken';

function find(resource: string): Integration | undefined {
  if (resource.startsWith('arn:aws:lambda:')) return { call: invokeDirectly, errors: 'Lambda' };
  const name = resource.replace(/^arn:aws:states:::/, '');
  const found = INTEGRATIONS.get(name.endsWith(TOKEN) ? name.slice(0, -TOKEN.length) : name);
  return found && (!name.endsWith(TOKEN) || found.token) ? found : undefined;
}

export class ServiceIntegrations implements Integrations {
  private running = 0;

  constructor(private readonly services: Services) {}

  /** Tasks under way, without those that only wait for their token. */
  get busy(): number {
    return this.running;
  }

  supports(resource: string): boolean {
    return find(resource) !== undefined;
  }

  async run(request: TaskRequest): Promise<unknown> {
    const integration = find(request.resource);
    if (!integration) throw new TaskFailure('States.Runtime', `The resource ${request.resource} is not supported.`);
    this.running += 1;
    try {
      return await integration.call(this.services, record(request.arguments), request);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const name =
        error.code.endsWith('Exception') || error.code.endsWith('Error') ? error.code : `${error.code}Exception`;
      const service = integration.errors;
      throw new TaskFailure(
        `${service}.${name}`,
        `${error.message} (Service: ${service}, Status Code: ${error.status}, Request ID: ${randomUUID()})`,
      );
    } finally {
      this.running -= 1;
    }
  }
}

/** What the optimized integrations add to the service's own answer. */
function metadata(): Json {
  const requestId = randomUUID();
  return {
    SdkHttpMetadata: {
      AllHttpHeaders: { 'x-amzn-RequestId': [requestId] },
      HttpHeaders: { 'x-amzn-RequestId': requestId },
      HttpStatusCode: 200,
    },
    SdkResponseMetadata: { RequestId: requestId },
  };
}

async function invokeFunction({ functions }: Services, input: Json): Promise<unknown> {
  const name = text(input['FunctionName']) ?? '';
  const event = input['Payload'] === undefined ? '{}' : JSON.stringify(input['Payload']);
  if (input['InvocationType'] === 'Event') {
    await functions.invokeAsync(name, event);
    return { Payload: '', StatusCode: 202, ...metadata() };
  }
  const Payload = await payloadOf(functions, name, event);
  return { ExecutedVersion: '$LATEST', Payload, StatusCode: 200, ...metadata() };
}

function invokeDirectly({ functions }: Services, _input: Json, request: TaskRequest): Promise<unknown> {
  return payloadOf(functions, request.resource, JSON.stringify(request.arguments ?? null));
}

async function payloadOf(functions: Functions, name: string, event: string): Promise<unknown> {
  const { payload, error } = await functions.invoke(name, event);
  // A function's own error comes under its own name, without the service's.
  if (error) throw new TaskFailure(error.errorType, payload);
  return JSON.parse(payload) as unknown;
}

function databaseCall(operation: string): Call {
  const target = `DynamoDB_20120810.${operation.charAt(0).toUpperCase()}${operation.slice(1)}`;
  return async ({ database }, input) => {
    const answer = await database.handle(target, Buffer.from(JSON.stringify(input)));
    if (answer === 'hang-up')
      throw new ApiError('SdkClientException', 'Unable to execute HTTP request: Read timed out', 500);
    const body = record(JSON.parse(answer.body.toString()));
    if (answer.status === 200) return { ...body, ...metadata() };
    const code = (text(body['__type']) ?? 'InternalServerError').replace(/^.*#/, '');
    throw new ApiError(code, text(body['message']) ?? text(body['Message']) ?? '', answer.status);
  };
}

async function putEvents({ events }: Services, input: Json, request: TaskRequest): Promise<unknown> {
  const { arn, stateMachineArn } = request.execution;
  const entries = list(input['Entries']).map((entry) => {
    const detail = record(entry)['Detail'];
    return {
      ...record(entry),
      ...(detail === undefined ? {} : { Detail: asText(detail) }),
      // The integration names the execution and its machine.
      Resources: [...list(record(entry)['Resources']), arn, stateMachineArn],
    };
  });
  const answer = record(await events.handle('PutEvents', { Entries: entries }));
  if (answer['FailedEntryCount'] !== 0) throw new TaskFailure('EventBridge.FailedEntry', JSON.stringify(answer));
  return { ...answer, ...metadata() };
}

async function sendMessage({ queues }: Services, input: Json): Promise<unknown> {
  const body = input['MessageBody'];
  const answer = await queues.handle('SendMessage', {
    ...input,
    MessageBody: body === undefined ? undefined : asText(body),
  });
  return { ...record(answer), ...metadata() };
}

async function startExecution({ engine }: Services, input: Json): Promise<unknown> {
  const { executionArn, startDate } = await engine().startExecution(startRequest(input));
  return { ExecutionArn: executionArn, StartDate: isoTime(startDate), ...metadata() };
}

async function startSyncExecution({ engine }: Services, input: Json): Promise<unknown> {
  const answer = await engine().startSyncExecution(startRequest(input));
  const shown: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(answer)) shown[key.charAt(0).toUpperCase() + key.slice(1)] = value;
  return { ...shown, StartDate: isoTime(answer.startDate), StopDate: isoTime(answer.stopDate ?? answer.startDate) };
}

async function sendTaskSuccess({ engine }: Services, input: Json): Promise<unknown> {
  await engine().sendTaskSuccess({ taskToken: text(input['TaskToken']) ?? '', output: asText(input['Output']) });
  return {};
}

function startRequest(input: Json): { stateMachineArn: string; name?: string; input?: string } {
  const name = text(input['Name']);
  return {
    stateMachineArn: text(input['StateMachineArn']) ?? '',
    ...(name === undefined ? {} : { name }),
    ...(input['Input'] === undefined ? {} : { input: asText(input['Input']) }),
  };
}

/** Machines may pass objects where a service takes JSON text. */
function asText(value: unknown): string {
  return typeof value === 'string'
    ? value
    : JSON.stringify(isRecord(value) || Array.isArray(value) ? value : (value ?? null));
}

function isoTime(seconds: number): string {
  return new Date(seconds * 1_000).toISOString();
}
