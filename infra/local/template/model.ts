/** The template with every reference resolved: what the rest of the host is built from. */
import { createHash } from 'node:crypto';
import { type Json, record, text } from '../json';
import { UnsupportedResource } from '../unsupported';
import type { Resource, Template } from './assembly-reader';
import { type References, conditionHolds, resolve } from './intrinsics';
import { isInert, objections } from './support';

export interface ResolvedResource {
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Json;
  /** Physical name, as the service shows it. */
  readonly name: string;
  readonly arn: string;
}

export interface Model {
  readonly region: string;
  readonly account: string;
  readonly stackName: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly assets: ReadonlyMap<string, string>;
  ofType(type: string): ResolvedResource[];
  byId(logicalId: string): ResolvedResource | undefined;
}

/** Account and region shown where the stack is not bound to any. */
const ACCOUNT = '000000000000';
const REGION = 'eu-central-1';

const NAME_PROPERTIES: Readonly<Record<string, string>> = {
  'AWS::DynamoDB::GlobalTable': 'TableName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::StepFunctions::StateMachine': 'StateMachineName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::Events::EventBus': 'Name',
  'AWS::Events::Rule': 'Name',
  'AWS::Scheduler::Schedule': 'Name',
  'AWS::SecretsManager::Secret': 'Name',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::IAM::Role': 'RoleName',
};

/** Stable letters and digits that stand for the random part of a real identifier. */
function shortId(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}

/** Resolves `template` for a host that answers at `baseUrl`. */
export function buildModel(template: Template, baseUrl: string): Model {
  const account = template.account ?? ACCOUNT;
  const region = template.region ?? REGION;
  const { stackName } = template;

  const references: References = {
    conditions: template.conditions,
    mappings: template.mappings,
    ref: (name) => {
      const pseudo: Readonly<Record<string, unknown>> = {
        'AWS::AccountId': account,
        'AWS::Region': region,
        'AWS::Partition': 'aws',
        'AWS::StackName': stackName,
        'AWS::StackId': `arn:aws:cloudformation:${region}:${account}:stack/${stackName}/${shortId(stackName, 8)}`,
        'AWS::URLSuffix': 'amazonaws.com',
        'AWS::NotificationARNs': [],
      };
      if (name in pseudo) return pseudo[name];
      if (name in template.parameters) return record(template.parameters[name])['Default'];
      const resource = template.resources.get(name);
      return resource && refOf(resource);
    },
    getAtt: (logicalId, attribute) => {
      const resource = template.resources.get(logicalId);
      return resource && attributeOf(resource, attribute);
    },
  };

  const names = new Map<string, string>();
  function nameOf(resource: Resource): string {
    const known = names.get(resource.logicalId);
    if (known) return known;
    const property = NAME_PROPERTIES[resource.type];
    const given = property === undefined ? undefined : text(resolve(resource.properties[property], references));
    let name = given ?? `${stackName}-${resource.logicalId}`;
    if (!given && resource.type === 'AWS::SQS::Queue' && resource.properties['FifoQueue'] === true) name += '.fifo';
    if (resource.type === 'AWS::Lambda::Version') name = '1';
    names.set(resource.logicalId, name);
    return name;
  }

  function arnOf(resource: Resource): string {
    const name = nameOf(resource);
    const arn = (service: string, rest: string): string => `arn:aws:${service}:${region}:${account}:${rest}`;
    switch (resource.type) {
      case 'AWS::DynamoDB::GlobalTable':
        return arn('dynamodb', `table/${name}`);
      case 'AWS::Lambda::Function':
        return arn('lambda', `function:${name}`);
      case 'AWS::Lambda::Version':
        return `${functionArn(resource)}:1`;
      case 'AWS::Lambda::Alias':
        return `${functionArn(resource)}:${String(resolve(resource.properties['Name'], references))}`;
      case 'AWS::StepFunctions::StateMachine':
        return arn('states', `stateMachine:${name}`);
      case 'AWS::SQS::Queue':
        return arn('sqs', name);
      case 'AWS::SNS::Topic':
        return arn('sns', name);
      case 'AWS::Events::EventBus':
        return arn('events', `event-bus/${name}`);
      case 'AWS::Events::Rule':
        return arn('events', `rule/${name}`);
      case 'AWS::Events::Archive':
        return arn('events', `archive/${name}`);
      case 'AWS::Scheduler::Schedule':
        return arn('scheduler', `schedule/default/${name}`);
      case 'AWS::SecretsManager::Secret':
        return arn('secretsmanager', `secret:${name}-${shortId(name, 6)}`);
      case 'AWS::Logs::LogGroup':
        return arn('logs', `log-group:${name}:*`);
      case 'AWS::IAM::Role':
        return `arn:aws:iam::${account}:role/${name}`;
      case 'AWS::KMS::Key':
        return arn('kms', `key/${shortId(name, 8)}`);
      case 'AWS::CloudWatch::Alarm':
      case 'AWS::CloudWatch::CompositeAlarm':
        return arn('cloudwatch', `alarm:${name}`);
      default:
        return arn('cloudformation', `${resource.type}/${name}`);
    }
  }

  function functionArn(resource: Resource): string {
    const called = String(resolve(resource.properties['FunctionName'], references));
    return called.startsWith('arn:') ? called : `arn:aws:lambda:${region}:${account}:function:${called}`;
  }

  function refOf(resource: Resource): string {
    switch (resource.type) {
      case 'AWS::StepFunctions::StateMachine':
      case 'AWS::SNS::Topic':
      case 'AWS::SecretsManager::Secret':
      case 'AWS::Lambda::Alias':
      case 'AWS::Lambda::Version':
      case 'AWS::IAM::ManagedPolicy':
        return arnOf(resource);
      case 'AWS::SQS::Queue':
        return `${baseUrl}/${account}/${nameOf(resource)}`;
      case 'AWS::ApiGatewayV2::Api':
      case 'AWS::ApiGatewayV2::Authorizer':
      case 'AWS::ApiGatewayV2::Integration':
      case 'AWS::ApiGatewayV2::Route':
        return resource.logicalId;
      case 'AWS::ApiGatewayV2::Stage':
        return text(resource.properties['StageName']) ?? '$default';
      case 'AWS::KMS::Key':
        return shortId(nameOf(resource), 8);
      default:
        return nameOf(resource);
    }
  }

  function attributeOf(resource: Resource, attribute: string): string | undefined {
    const key = `${resource.type}.${attribute}`;
    switch (key) {
      case 'AWS::SQS::Queue.QueueName':
      case 'AWS::SNS::Topic.TopicName':
      case 'AWS::StepFunctions::StateMachine.Name':
      case 'AWS::Events::EventBus.Name':
        return nameOf(resource);
      case 'AWS::SQS::Queue.QueueUrl':
        return refOf(resource);
      case 'AWS::DynamoDB::GlobalTable.StreamArn':
        return `${arnOf(resource)}/stream/2026-01-01T00:00:00.000`;
      case 'AWS::DynamoDB::GlobalTable.TableId':
      case 'AWS::KMS::Key.KeyId':
      case 'AWS::IAM::Role.RoleId':
        return shortId(nameOf(resource), 8);
      case 'AWS::ApiGatewayV2::Api.ApiEndpoint':
        return baseUrl;
      case 'AWS::ApiGatewayV2::Api.ApiId':
        return resource.logicalId;
      case 'AWS::StepFunctions::StateMachine.StateMachineRevisionId':
      case 'AWS::Lambda::Version.Version':
        return '1';
      case 'AWS::Lambda::Version.FunctionArn':
      case 'AWS::Lambda::Alias.FunctionArn':
      case 'AWS::Lambda::Alias.AliasArn':
      case 'AWS::SNS::Topic.TopicArn':
      case 'AWS::SecretsManager::Secret.Id':
        return arnOf(resource);
      default:
        return attribute === 'Arn' ? arnOf(resource) : undefined;
    }
  }

  const problems: string[] = [];
  const resolved = new Map<string, ResolvedResource>();
  for (const resource of template.resources.values()) {
    if (resource.condition && !conditionHolds(resource.condition, references)) continue;
    problems.push(...objections(resource.logicalId, resource.type, resource.properties));
    // What does nothing here may refer to anything.
    if (isInert(resource.type)) continue;
    try {
      const properties = record(resolve(resource.properties, references));
      const { logicalId, type } = resource;
      resolved.set(logicalId, { logicalId, type, properties, name: nameOf(resource), arn: arnOf(resource) });
    } catch (error) {
      if (!(error instanceof UnsupportedResource)) throw error;
      problems.push(...error.what.map((what) => `${what} in ${resource.type} (${resource.logicalId})`));
    }
  }
  if (problems.length > 0) throw new UnsupportedResource([...new Set(problems)]);

  const outputs: Record<string, string> = {};
  for (const [name, output] of Object.entries(template.outputs)) {
    outputs[name] = String(resolve(record(output)['Value'], references));
  }
  const all = [...resolved.values()];
  return {
    region,
    account,
    stackName,
    outputs,
    assets: template.assets,
    ofType: (type) => all.filter((resource) => resource.type === type),
    byId: (logicalId) => resolved.get(logicalId),
  };
}
