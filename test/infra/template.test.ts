import { functions, pascalCase, type FunctionDefinition, type Trigger } from '../../infra/functions';
import { stage as laptop } from '../../infra/stages/laptop';
import { stage as production } from '../../infra/stages/production.example';
import { eventTypes } from '../../shared/domain/events';
import { statements, synthesized, type Resource, type Statement, type Synthesized } from './synthesized';

const stages = [
  ['laptop', laptop],
  ['production', production],
] as const;

const listeners = functions.flatMap(({ trigger, ...each }) => (trigger.kind === 'event' ? [{ ...each, trigger }] : []));

describe.each(stages)('the template of the %s stage', (_name, stage) => {
  let template: Synthesized;
  beforeAll(() => {
    template = synthesized(stage);
  });

  const lambdaOf = ({ name }: FunctionDefinition) => {
    const found = template
      .ofType('AWS::Lambda::Function')
      .filter(([id]) => id.startsWith(`${pascalCase(name)}Function`));
    expect(found).toHaveLength(1);
    return found[0]!; // eslint-disable-line @typescript-eslint/no-non-null-assertion
  };

  const arnOf = (id: string): string => JSON.stringify({ 'Fn::GetAtt': [id, 'Arn'] });

  /** Where functions of one kind of trigger get their batches from. */
  const mappingsOf = (kind: 'change-feed' | 'event'): Resource[] => {
    const ids = functions.filter(({ trigger }) => trigger.kind === kind).map((each) => lambdaOf(each)[0]);
    return template
      .ofType('AWS::Lambda::EventSourceMapping')
      .map(([, mapping]) => mapping)
      .filter(({ Properties }) => ids.includes(Properties['FunctionName'].Ref));
  };

  /** What may be done to a queue, and by whom. */
  const policyOf = (queue: string): Statement[] =>
    template
      .ofType('AWS::SQS::QueuePolicy')
      .filter(([, { Properties }]) => (Properties['Queues'] as { Ref: string }[]).some(({ Ref }) => Ref === queue))
      .flatMap(([, { Properties }]) => Properties['PolicyDocument'].Statement as Statement[]);

  describe('data', () => {
    it('protects every table from deletion, keeps it when the stack goes, and can restore any second of it', () => {
      const tables = template.ofType('AWS::DynamoDB::GlobalTable');
      expect(tables).toHaveLength(3);
      for (const [, { Properties, DeletionPolicy }] of tables) {
        expect(DeletionPolicy).toBe('Retain');
        expect(Properties['BillingMode']).toBe('PAY_PER_REQUEST');
        for (const replica of Properties['Replicas']) {
          expect(replica.DeletionProtectionEnabled).toBe(true);
          expect(replica.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled).toBe(true);
        }
      }
    });

    it('streams both images of orders and of nothing else', () => {
      const streams = template
        .ofType('AWS::DynamoDB::GlobalTable')
        .flatMap(([, { Properties }]) => Properties['StreamSpecification'] ?? []);
      expect(streams).toEqual([{ StreamViewType: 'NEW_AND_OLD_IMAGES' }]);
    });

    it('has no secret value, in variables or anywhere else', () => {
      for (const [, { Properties }] of template.ofType('AWS::SecretsManager::Secret')) {
        expect(Properties).not.toHaveProperty('SecretString');
        expect(Properties).toHaveProperty('GenerateSecretString');
      }
      expect(template.text).not.toMatch(/sk_(test|live)_|whsec_|AKIA[A-Z0-9]{16}|{{resolve:secretsmanager/);
    });

    it('forgets every log after a while', () => {
      for (const [, { Properties }] of template.ofType('AWS::Logs::LogGroup')) {
        expect(Properties['RetentionInDays']).toBe(stage.logRetentionDays);
      }
    });
  });

  describe('functions', () => {
    it.each(functions.map((definition) => [definition.name, definition] as const))(
      '%s is there as listed',
      (_, each) => {
        const [id, { Properties }] = lambdaOf(each);
        expect(Properties).toMatchObject({
          Runtime: 'nodejs24.x',
          Architectures: ['arm64'],
          Handler: 'index.handler',
          Timeout: each.timeoutSeconds,
          MemorySize: each.memoryMb,
        });
        expect(Properties['LoggingConfig'].LogGroup.Ref).toMatch(new RegExp(`^Logs${pascalCase(each.door)}`));
        expect(id).toBeDefined();
      },
    );

    it('are no more than those of the list', () => {
      expect(template.ofType('AWS::Lambda::Function')).toHaveLength(functions.length);
    });

    it('cannot be reached around their door: each service that calls some has a role for just those', () => {
      expect(template.ofType('AWS::Lambda::Url')).toEqual([]);
      expect(template.ofType('AWS::Lambda::Permission')).toEqual([]);
      const behind = (...kinds: Trigger['kind'][]): string[] =>
        functions.filter(({ trigger }) => kinds.includes(trigger.kind)).map((each) => arnOf(lambdaOf(each)[0]));
      const callers = new Map<string, Set<string>>();
      for (const { role, actions, resources } of statements(template)) {
        if (!actions.includes('lambda:InvokeFunction')) continue;
        const [trust] = template.resources.get(role)?.Properties['AssumeRolePolicyDocument'].Statement;
        const called = callers.get(trust.Principal.Service) ?? new Set();
        callers.set(trust.Principal.Service, new Set([...called, ...resources]));
      }
      expect(callers).toEqual(
        new Map([
          ['states.amazonaws.com', new Set(behind('step'))],
          ['apigateway.amazonaws.com', new Set(behind('api', 'webhook'))],
          ['scheduler.amazonaws.com', new Set(behind('rate'))],
        ]),
      );
    });

    it('have a role each, shared with nobody', () => {
      const roles = template
        .ofType('AWS::Lambda::Function')
        .map(([, { Properties }]) => JSON.stringify(Properties['Role']));
      expect(new Set(roles).size).toBe(functions.length);
    });
  });

  describe('rights', () => {
    it('name each action', () => {
      expect(
        statements(template)
          .flatMap(({ actions }) => actions)
          .filter((action) => action.includes('*')),
      ).toEqual([]);
    });

    it('are for one service each, and use no policy written by somebody else', () => {
      for (const [, { Properties }] of template.ofType('AWS::IAM::Role')) {
        expect(Properties['AssumeRolePolicyDocument'].Statement).toEqual([
          { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: expect.any(String) } },
        ]);
        expect(Properties['ManagedPolicyArns'] ?? []).toEqual([]);
      }
      expect(template.ofType('AWS::IAM::ManagedPolicy')).toEqual([]);
    });

    it('are part of their role: there is no role without its rights, and no right beside it', () => {
      expect(template.ofType('AWS::IAM::Policy')).toEqual([]);
      for (const [, { Properties }] of template.ofType('AWS::IAM::Role'))
        expect(Properties['Policies']).toHaveLength(1);
    });

    /** Actions that AWS authorizes on `*` only, or on a pattern only. */
    const unbounded = new Set([
      'xray:PutTraceSegments',
      'xray:PutTelemetryRecords',
      'xray:GetSamplingRules',
      'xray:GetSamplingTargets',
      'logs:CreateLogDelivery',
      'logs:GetLogDelivery',
      'logs:UpdateLogDelivery',
      'logs:DeleteLogDelivery',
      'logs:ListLogDeliveries',
      'logs:PutResourcePolicy',
      'logs:DescribeResourcePolicies',
      'logs:DescribeLogGroups',
      'dynamodb:ListStreams',
    ]);

    it('name each resource, but for tracing, log delivery and the list of streams', () => {
      const wide = statements(template).filter(({ resources }) => resources.some((resource) => resource.includes('*')));
      expect(wide.flatMap(({ actions }) => actions).filter((action) => !unbounded.has(action))).toEqual([]);
    });

    it.each(functions.map((definition) => [definition.name, definition] as const))(
      '%s has those of the list',
      (_, each) => {
        const [, { Properties }] = lambdaOf(each);
        const role = Properties['Role']['Fn::GetAtt'][0];
        const own = statements(template).filter((statement) => statement.role === role);
        const granted = own
          .flatMap(({ actions, resources }) => actions.flatMap((action) => resources.map((at) => `${action} ${at}`)))
          .filter((right) => right.startsWith('dynamodb:') && !right.includes('stream') && !right.includes('Stream'));
        const listed = each.grants.flatMap((grant) =>
          grant.to === 'table'
            ? grant.actions.map((action) => [`dynamodb:${action} `, tableId(grant.table), '"Arn"'])
            : grant.to === 'index'
              ? [['dynamodb:Query ', tableId(grant.table), `/index/${grant.index}`]]
              : [],
        );
        for (const parts of listed) {
          expect(granted.filter((right) => parts.every((part) => right.includes(part)))).not.toEqual([]);
        }
        expect(new Set(granted).size).toBe(new Set(listed.map(String)).size);
      },
    );

    it('let a function write to the log of its own door, and read none', () => {
      for (const each of functions) {
        const [, { Properties }] = lambdaOf(each);
        const group = Properties['LoggingConfig'].LogGroup.Ref;
        const own = statements(template).filter(({ role }) => role === Properties['Role']['Fn::GetAtt'][0]);
        expect(own.filter(({ actions }) => actions.some((action) => action.startsWith('logs:')))).toEqual([
          expect.objectContaining({
            actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
            resources: [arnOf(group)],
          }),
        ]);
      }
    });

    const tableId = (table: string): string => `Tables${pascalCase(table)}`;

    it.each([
      ['connections', 'CONNECTION_SECRETS_PREFIX', 'secretsmanager:GetSecretValue'],
      ['signing-secret', 'SIGNING_SECRET', 'secretsmanager:GetSecretValue'],
      ['event-bus', 'EVENT_BUS', 'events:PutEvents'],
      ['run-unwind', 'UNWIND_ARN', 'states:StartSyncExecution'],
      ['start-story', 'STORY_ARN', 'states:StartExecution'],
      ['answer-story', 'STORY_ARN', 'states:SendTaskSuccess'],
    ])('and variables come together: %s brings %s with %s', (to, variable, action) => {
      for (const each of functions) {
        const [, { Properties }] = lambdaOf(each);
        const role = Properties['Role']['Fn::GetAtt'][0];
        const may = statements(template).some((own) => own.role === role && own.actions.includes(action));
        if (each.grants.some((grant) => grant.to === to)) {
          expect(Properties['Environment'].Variables).toHaveProperty(variable);
          expect(may).toBe(true);
        }
        if (variable in Properties['Environment'].Variables) {
          expect(each.grants.length).toBeGreaterThan(0);
        } else {
          expect(each.grants.map((grant) => grant.to)).not.toContain(to);
        }
      }
    });
  });

  describe('the API', () => {
    it('asks for a token on every route but the webhooks', () => {
      const routes = template.ofType('AWS::ApiGatewayV2::Route');
      expect(routes.length).toBeGreaterThan(25);
      for (const [, { Properties }] of routes) {
        const open = /^POST \/webhooks\//.test(Properties['RouteKey']);
        expect([Properties['RouteKey'], Properties['AuthorizationType']]).toEqual([
          Properties['RouteKey'],
          open ? 'NONE' : 'JWT',
        ]);
      }
    });

    it('has the routes of the list, none twice', () => {
      const keys = template.ofType('AWS::ApiGatewayV2::Route').map(([, { Properties }]) => Properties['RouteKey']);
      const listed = functions.flatMap(({ trigger }) =>
        'routes' in trigger ? trigger.routes.map(({ method, path }) => `${method} ${path}`) : [],
      );
      expect(keys.sort()).toEqual([...new Set(listed)].sort());
      expect(new Set(listed).size).toBe(listed.length);
    });

    it('calls each function through one integration, in its own role', () => {
      const integrations = template.ofType('AWS::ApiGatewayV2::Integration').map(([, { Properties }]) => Properties);
      const uris = integrations.map(({ IntegrationUri }) => JSON.stringify(IntegrationUri));
      const doors = functions.filter(({ trigger }) => trigger.kind === 'api' || trigger.kind === 'webhook');
      expect(uris.sort()).toEqual(doors.map((each) => arnOf(lambdaOf(each)[0])).sort());
      for (const { CredentialsArn } of integrations)
        expect(CredentialsArn).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^FrontDoorRole/), 'Arn'] });
    });

    it('is throttled and keeps an access log', () => {
      const Properties = template.ofType('AWS::ApiGatewayV2::Stage')[0]?.[1].Properties ?? {};
      expect(Properties['DefaultRouteSettings']).toMatchObject({
        ThrottlingRateLimit: stage.throttle.rate,
        ThrottlingBurstLimit: stage.throttle.burst,
      });
      expect(Properties['AccessLogSettings'].DestinationArn).toBeDefined();
    });
  });

  describe('the machines', () => {
    it('have names that are known before they are made', () => {
      const names = template
        .ofType('AWS::StepFunctions::StateMachine')
        .map(([, { Properties }]) => [Properties['StateMachineName'], Properties['StateMachineType']]);
      expect(names.sort()).toEqual([
        [`order-cancellation-${stage.name}`, 'STANDARD'],
        [`unwind-order-${stage.name}`, 'EXPRESS'],
      ]);
    });

    it('log errors, and the story without its data', () => {
      for (const [, { Properties }] of template.ofType('AWS::StepFunctions::StateMachine')) {
        expect(Properties['LoggingConfiguration']).toMatchObject({
          Level: 'ERROR',
          IncludeExecutionData: Properties['StateMachineType'] === 'EXPRESS',
        });
        expect(Properties['TracingConfiguration']).toEqual({ Enabled: true });
      }
    });

    it('between them call every step, and nothing that is no step', () => {
      const named = template
        .ofType('AWS::StepFunctions::StateMachine')
        .flatMap(([, { Properties }]) => Object.keys(Properties['DefinitionSubstitutions']));
      const steps = functions.filter(({ trigger }) => trigger.kind === 'step').map(({ name }) => pascalCase(name));
      expect([...new Set(named)].sort()).toEqual([...steps, 'UnwindOrder'].sort());
    });
  });

  describe('when things go wrong', () => {
    it('a change that cannot be told goes to a queue after bounded attempts', () => {
      const readers = mappingsOf('change-feed');
      expect(readers).toHaveLength(2);
      for (const { Properties } of readers) {
        expect(Properties).toMatchObject({
          BisectBatchOnFunctionError: true,
          FunctionResponseTypes: ['ReportBatchItemFailures'],
          MaximumRetryAttempts: 5,
        });
        expect(Properties['DestinationConfig'].OnFailure.Destination).toBeDefined();
      }
    });

    it('a schedule that cannot run goes to a queue', () => {
      for (const [, { Properties }] of template.ofType('AWS::Scheduler::Schedule')) {
        expect(Properties['Target'].DeadLetterConfig.Arn).toBeDefined();
      }
    });

    it('queues are encrypted and refuse plain http', () => {
      const queues = template.ofType('AWS::SQS::Queue');
      expect(queues).toHaveLength(3 + listeners.length);
      for (const [queue, { Properties }] of queues) {
        expect(Properties['SqsManagedSseEnabled']).toBe(true);
        expect(policyOf(queue)).toContainEqual(
          expect.objectContaining({
            Effect: 'Deny',
            Principal: { AWS: '*' },
            Action: 'sqs:*',
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
        );
      }
    });

    it('each queue in which work is given up is watched', () => {
      const watched = template
        .ofType('AWS::CloudWatch::Alarm')
        .filter(([, { Properties }]) => Properties['MetricName'] === 'ApproximateNumberOfMessagesVisible')
        .map(([, { Properties }]) => [Properties['Dimensions'][0].Value['Fn::GetAtt'][0], Properties['Threshold']]);
      const givenUp = template
        .ofType('AWS::SQS::Queue')
        .filter(([, { Properties }]) => !('RedrivePolicy' in Properties));
      expect(watched.sort()).toEqual(givenUp.map(([id]) => [id, 0]).sort());
    });

    it('somebody is told: of dead letters, stuck cancellations, refunds astray, failed runs, throttles, server errors, a lagging feed', () => {
      const alarms = template.ofType('AWS::CloudWatch::Alarm');
      const [topic] = template.ofType('AWS::SNS::Topic').map(([id]) => id);
      for (const [, { Properties }] of alarms) expect(Properties['AlarmActions']).toEqual([{ Ref: topic }]);
      const watched = alarms.map(([, { Properties }]) => Properties['MetricName'] ?? 'failed + timedOut + aborted');
      expect(watched.sort()).toEqual(
        [
          'ApproximateNumberOfMessagesVisible',
          'ApproximateNumberOfMessagesVisible',
          'ApproximateNumberOfMessagesVisible',
          'ApproximateAgeOfOldestMessage',
          'CancellationsOverdue',
          'RefundsUnmatched',
          'RefundsAwaitingFunds',
          'ConnectionsBehind',
          'failed + timedOut + aborted',
          'failed + timedOut + aborted',
          'Throttles',
          '5xx',
          'IteratorAge',
          'IteratorAge',
        ].sort(),
      );
    });

    it.each(['CancellationsOverdue', 'ConnectionsBehind'])('silence about %s is an alarm too', (name) => {
      const alarm = template
        .ofType('AWS::CloudWatch::Alarm')
        .find(([, { Properties }]) => Properties['MetricName'] === name);
      expect(alarm?.[1].Properties['TreatMissingData']).toBe('breaching');
    });
  });

  describe.each(listeners)('$name, which listens to the bus', (each) => {
    const { name, trigger, timeoutSeconds } = each;
    const one = (type: string): [string, Resource] => {
      const found = template.ofType(type).filter(([id]) => id.startsWith(`Listeners${pascalCase(name)}`));
      expect(found).toHaveLength(1);
      return found[0]!; // eslint-disable-line @typescript-eslint/no-non-null-assertion
    };
    const failures = () => ({ 'Fn::GetAtt': [expect.stringMatching(/^ListenersFailures/), 'Arn'] });

    it('hears its own events of this service, and nothing else', () => {
      expect(eventTypes).toEqual(expect.arrayContaining([...trigger.types]));
      const [, { Properties }] = one('AWS::Events::Rule');
      const [bus] = template.ofType('AWS::Events::EventBus').map(([id]) => id);
      expect(Properties).toMatchObject({
        EventBusName: { Ref: bus },
        EventPattern: { source: ['order-cancellation'], 'detail-type': trigger.types },
        State: 'ENABLED',
        Targets: [{ Arn: { 'Fn::GetAtt': [one('AWS::SQS::Queue')[0], 'Arn'] }, DeadLetterConfig: { Arn: failures() } }],
      });
    });

    it('is given what it failed at five times, each after six times its own time, and then a person is', () => {
      expect(one('AWS::SQS::Queue')[1].Properties).toMatchObject({
        MessageRetentionPeriod: 14 * 86_400,
        VisibilityTimeout: 6 * timeoutSeconds,
        RedrivePolicy: { deadLetterTargetArn: failures(), maxReceiveCount: 5 },
      });
    });

    it('reads its own queue, in batches of which only what failed comes again', () => {
      const [queue] = one('AWS::SQS::Queue');
      expect(mappingsOf('event').map(({ Properties }) => Properties)).toContainEqual(
        expect.objectContaining({
          FunctionName: { Ref: lambdaOf(each)[0] },
          EventSourceArn: { 'Fn::GetAtt': [queue, 'Arn'] },
          BatchSize: 10,
          FunctionResponseTypes: ['ReportBatchItemFailures'],
          ScalingConfig: { MaximumConcurrency: trigger.concurrency },
        }),
      );
    });

    it('may receive and delete what is in that queue, and only the bus may put something in', () => {
      const [queue] = one('AWS::SQS::Queue');
      const arn = JSON.stringify({ 'Fn::GetAtt': [queue, 'Arn'] });
      const role = lambdaOf(each)[1].Properties['Role']['Fn::GetAtt'][0];
      const rights = statements(template).flatMap((statement) =>
        statement.actions
          .filter(
            (action) => action.startsWith('sqs:') && (statement.role === role || statement.resources.includes(arn)),
          )
          .map((action) => [statement.role, action, ...statement.resources]),
      );
      expect(rights.sort()).toEqual(
        ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'].map((action) => [role, action, arn]),
      );
      expect(policyOf(queue).filter(({ Effect }) => Effect === 'Allow')).toEqual([
        expect.objectContaining({
          Principal: { Service: 'events.amazonaws.com' },
          Condition: { ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': [one('AWS::Events::Rule')[0], 'Arn'] } } },
        }),
      ]);
    });

    it('raises an alarm when its oldest message has waited for a quarter of an hour', () => {
      const [queue] = one('AWS::SQS::Queue');
      const alarms = template.ofType('AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties);
      expect(alarms).toContainEqual(
        expect.objectContaining({
          MetricName: 'ApproximateAgeOfOldestMessage',
          Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [queue, 'QueueName'] } }],
          Threshold: 900,
          ComparisonOperator: 'GreaterThanThreshold',
        }),
      );
    });
  });

  describe('limits of AWS', () => {
    it('a function is two resources; behind the API an integration more, and each of its routes', () => {
      const doors = new Set(functions.map(({ door }) => door));
      const routed = functions.filter(({ trigger }) => 'routes' in trigger);
      const count = (type: string): number => template.ofType(type).length;
      expect(count('AWS::Lambda::Function')).toBe(functions.length);
      // The API, the scheduler and the two machines have a role and, but for the scheduler, a log of their own.
      expect(count('AWS::IAM::Role')).toBe(functions.length + 4);
      expect(count('AWS::Logs::LogGroup')).toBe(doors.size + 3);
      expect(count('AWS::ApiGatewayV2::Integration')).toBe(routed.length);
    });

    it('stays far from the 500 resources of a stack', () => {
      // What is added here is raised by hand, so that a change of shape is seen: docs/decisions/0018.
      expect(template.resources.size).toBeLessThan(275);
    });

    it('no role has more in its policy than IAM takes', () => {
      // An ARN is known after the deployment only. A function's is never longer than this, and others are about as long.
      const longest = `arn:aws:lambda:ap-southeast-1:111122223333:function:${'x'.repeat(64)}`;
      const reference = /^(Ref|Fn::GetAtt)$/;
      const written = (_key: string, value: unknown): unknown =>
        typeof value === 'object' && Object.keys(value ?? {}).some((key) => reference.test(key)) ? longest : value;
      for (const [, { Properties }] of template.ofType('AWS::IAM::Role')) {
        const [policy] = Properties['Policies'];
        expect(JSON.stringify(policy.PolicyDocument, written).length).toBeLessThan(10_240);
      }
    });
  });
});
