import { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { join } from 'node:path';
import type { FunctionDefinition } from '../functions';
import type { Stage } from '../stages/stage';
import { acknowledge, acknowledgeTracing } from './acknowledge';
import type { DoorLogs } from './door-logs';
import type { Rights } from './rights';
import { ServiceRole } from './service-role';

export interface ServiceFunctionProps {
  definition: FunctionDefinition;
  stage: Stage;
  rights: Rights;
  logs: DoorLogs;
  /** Holds one directory per function, as `bundle.ts` makes them. */
  codeRoot: string;
  /** For those that are called asynchronously. */
  deadLetters?: IQueue;
}

/** One entry of the function list, with a role of its own that holds its rights and nothing else. */
export class ServiceFunction extends Construct {
  readonly definition: FunctionDefinition;
  readonly lambda: Function;

  constructor(
    scope: Construct,
    id: string,
    { definition, stage, rights, logs, codeRoot, deadLetters }: ServiceFunctionProps,
  ) {
    super(scope, id);
    this.definition = definition;
    const role = new ServiceRole(this, 'Role', 'lambda');
    const logGroup = logs.of(definition.door);
    role.addToPolicy(
      new PolicyStatement({
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logGroup.logGroupArn],
      }),
    );

    const { claims } = stage;
    this.lambda = new Function(this, 'Function', {
      description: definition.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(join(codeRoot, definition.name)),
      handler: 'index.handler',
      role,
      logGroup,
      timeout: Duration.seconds(definition.timeoutSeconds),
      memorySize: definition.memoryMb,
      tracing: Tracing.ACTIVE,
      environment: {
        STAGE: stage.name,
        ...(definition.trigger.kind === 'api'
          ? { CLAIM_TENANT: claims.tenant, CLAIM_ROLE: claims.role, CLAIM_MERCHANT: claims.merchant }
          : {}),
      },
      ...(deadLetters === undefined ? {} : { deadLetterQueue: deadLetters }),
    });
    acknowledgeTracing(role);
    acknowledge(
      role,
      'Serverless-LambdaStarPermissions',
      'X-Ray takes no resource in a policy. That no other right is on everything is held by test/infra.',
    );
    if (deadLetters === undefined) {
      acknowledge(
        this.lambda,
        'Serverless-LambdaDLQ',
        'Nobody calls it asynchronously: callers wait for its answer, and a stream mapping has a failure destination.',
      );
    }

    for (const grant of definition.grants) {
      const right = rights.of(grant);
      if (right.actions.length > 0)
        role.addToPolicy(new PolicyStatement({ actions: [...right.actions], resources: [...right.resources] }));
      for (const [name, value] of Object.entries(right.environment)) this.lambda.addEnvironment(name, value);
    }
  }
}
