/**
 * What the host knows of each resource type. `acts` are properties whose meaning the host carries out,
 * `inert` are those that change nothing a program could see on a laptop (keys, tags, log retention).
 * A type or a property in neither list stops the host by name.
 */
export interface Support {
  readonly acts: readonly string[];
  readonly inert: readonly string[];
}

/** Types of which nothing can be seen from inside the system. */
const INERT_TYPES: ReadonlySet<string> = new Set([
  'AWS::CDK::Metadata',
  'AWS::CloudWatch::Alarm',
  'AWS::CloudWatch::CompositeAlarm',
  'AWS::CloudWatch::Dashboard',
  'AWS::IAM::ManagedPolicy',
  'AWS::KMS::Alias',
  'AWS::KMS::Key',
  'AWS::Logs::LogGroup',
  'AWS::Logs::MetricFilter',
  'AWS::Logs::QueryDefinition',
  'AWS::Logs::ResourcePolicy',
  // Behind the front door everything on a laptop runs as one user; who may do what is proved by the template's own tests.
  'AWS::SQS::QueuePolicy',
  'AWS::SNS::TopicPolicy',
  'AWS::SNS::Subscription',
  'AWS::SNS::Topic',
  'AWS::SecretsManager::ResourcePolicy',
  // An archive only keeps what passed; nothing reads it back by itself.
  'AWS::Events::Archive',
  'AWS::Events::EventBusPolicy',
  'AWS::Scheduler::ScheduleGroup',
]);

const SUPPORTED: Readonly<Record<string, Support>> = {
  'AWS::DynamoDB::GlobalTable': {
    acts: [
      'AttributeDefinitions',
      'BillingMode',
      'GlobalSecondaryIndexes',
      'KeySchema',
      'Replicas',
      'StreamSpecification',
      'TableName',
      'TimeToLiveSpecification',
    ],
    inert: ['SSESpecification', 'WriteOnDemandThroughputSettings', 'WarmThroughput'],
  },
  'AWS::Lambda::Function': {
    acts: [
      'Code',
      'Environment',
      'FunctionName',
      'Handler',
      'MemorySize',
      'ReservedConcurrentExecutions',
      'Runtime',
      'Timeout',
      'DeadLetterConfig',
    ],
    inert: [
      'Architectures',
      'Description',
      'KmsKeyArn',
      'LoggingConfig',
      'RecursiveLoop',
      'Role',
      'Tags',
      'TracingConfig',
      'RuntimeManagementConfig',
    ],
  },
  'AWS::Lambda::Version': {
    acts: ['FunctionName'],
    inert: ['Description', 'CodeSha256', 'ProvisionedConcurrencyConfig'],
  },
  'AWS::Lambda::Alias': {
    acts: ['FunctionName', 'FunctionVersion', 'Name'],
    inert: ['Description', 'ProvisionedConcurrencyConfig'],
  },
  'AWS::Lambda::EventInvokeConfig': {
    acts: ['FunctionName', 'MaximumRetryAttempts', 'MaximumEventAgeInSeconds', 'DestinationConfig'],
    inert: ['Qualifier'],
  },
  'AWS::Lambda::EventSourceMapping': {
    acts: [
      'BatchSize',
      'BisectBatchOnFunctionError',
      'DestinationConfig',
      'Enabled',
      'EventSourceArn',
      'FilterCriteria',
      'FunctionName',
      'FunctionResponseTypes',
      'MaximumBatchingWindowInSeconds',
      'MaximumRecordAgeInSeconds',
      'MaximumRetryAttempts',
      'ParallelizationFactor',
      'ScalingConfig',
      'StartingPosition',
    ],
    inert: ['MetricsConfig', 'Tags', 'KmsKeyArn'],
  },
  // Rights decide whether the front door may call a function, and nothing else here.
  'AWS::Lambda::Permission': {
    acts: ['Action', 'FunctionName', 'Principal', 'SourceAccount', 'SourceArn'],
    inert: [],
  },
  'AWS::IAM::Role': {
    acts: ['AssumeRolePolicyDocument', 'ManagedPolicyArns', 'PermissionsBoundary', 'Policies', 'RoleName'],
    inert: ['Description', 'MaxSessionDuration', 'Tags'],
  },
  'AWS::IAM::Policy': {
    acts: ['PolicyDocument', 'Roles'],
    inert: ['Groups', 'PolicyName', 'Users'],
  },
  'AWS::ApiGatewayV2::Api': {
    acts: ['CorsConfiguration', 'ProtocolType', 'Name'],
    inert: ['Description', 'DisableExecuteApiEndpoint', 'Tags', 'Version', 'IpAddressType'],
  },
  'AWS::ApiGatewayV2::Route': {
    acts: ['ApiId', 'AuthorizationScopes', 'AuthorizationType', 'AuthorizerId', 'RouteKey', 'Target'],
    inert: ['OperationName'],
  },
  'AWS::ApiGatewayV2::Integration': {
    acts: [
      'ApiId',
      'CredentialsArn',
      'IntegrationType',
      'IntegrationUri',
      'PayloadFormatVersion',
      'TimeoutInMillis',
      'IntegrationMethod',
    ],
    inert: ['Description', 'ConnectionType'],
  },
  'AWS::ApiGatewayV2::Stage': {
    acts: ['ApiId', 'AutoDeploy', 'DefaultRouteSettings', 'RouteSettings', 'StageName'],
    inert: ['AccessLogSettings', 'Description', 'Tags'],
  },
  'AWS::ApiGatewayV2::Authorizer': {
    acts: ['ApiId', 'AuthorizerType', 'IdentitySource', 'JwtConfiguration', 'Name'],
    inert: [],
  },
  'AWS::StepFunctions::StateMachine': {
    acts: ['DefinitionString', 'DefinitionSubstitutions', 'StateMachineName', 'StateMachineType'],
    inert: ['EncryptionConfiguration', 'LoggingConfiguration', 'RoleArn', 'Tags', 'TracingConfiguration'],
  },
  'AWS::SQS::Queue': {
    acts: [
      'ContentBasedDeduplication',
      'DeduplicationScope',
      'DelaySeconds',
      'FifoQueue',
      'FifoThroughputLimit',
      'MaximumMessageSize',
      'MessageRetentionPeriod',
      'QueueName',
      'ReceiveMessageWaitTimeSeconds',
      'RedrivePolicy',
      'VisibilityTimeout',
    ],
    inert: ['KmsDataKeyReusePeriodSeconds', 'KmsMasterKeyId', 'SqsManagedSseEnabled', 'Tags', 'RedriveAllowPolicy'],
  },
  'AWS::Events::EventBus': {
    acts: ['Name'],
    inert: ['Description', 'KmsKeyIdentifier', 'Tags', 'DeadLetterConfig', 'LogConfig'],
  },
  'AWS::Events::Rule': {
    acts: ['EventBusName', 'EventPattern', 'Name', 'ScheduleExpression', 'State', 'Targets'],
    inert: ['Description', 'RoleArn', 'Tags'],
  },
  'AWS::Scheduler::Schedule': {
    acts: [
      'EndDate',
      'FlexibleTimeWindow',
      'Name',
      'ScheduleExpression',
      'ScheduleExpressionTimezone',
      'StartDate',
      'State',
      'Target',
    ],
    inert: ['Description', 'GroupName', 'KmsKeyArn'],
  },
  'AWS::SecretsManager::Secret': {
    acts: ['GenerateSecretString', 'Name', 'SecretString'],
    inert: ['Description', 'KmsKeyId', 'Tags', 'ReplicaRegions'],
  },
};

/** True for a type that is accepted and does nothing here. */
export function isInert(type: string): boolean {
  return INERT_TYPES.has(type);
}

/** Every reason for which a resource cannot be run, in words. */
export function objections(logicalId: string, type: string, properties: Readonly<Record<string, unknown>>): string[] {
  if (isInert(type)) return [];
  const support = SUPPORTED[type];
  if (!support) return [`the resource type ${type} (${logicalId})`];
  return Object.keys(properties)
    .filter((name) => !support.acts.includes(name) && !support.inert.includes(name))
    .map((name) => `the property ${name} of ${type} (${logicalId})`);
}
