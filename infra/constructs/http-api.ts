import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  CorsHttpMethod,
  HttpApi,
  type HttpMethod,
  HttpNoneAuthorizer,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import type { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { pascalCase } from '../functions';
import type { Stage } from '../stages/stage';
import { acknowledge } from './acknowledge';
import { RoleIntegration } from './role-integration';
import type { ServiceFunction } from './service-function';
import { serviceLogGroup } from './service-log-group';
import { ServiceRole } from './service-role';

/** Who called what, when, and how it went. No header, no body and no claim but the subject. */
const accessLogFields = {
  requestId: '$context.requestId',
  time: '$context.requestTime',
  routeKey: '$context.routeKey',
  status: '$context.status',
  responseLength: '$context.responseLength',
  latencyMs: '$context.responseLatency',
  sourceIp: '$context.identity.sourceIp',
  caller: '$context.authorizer.claims.sub',
  authorizerError: '$context.authorizer.error',
  error: '$context.error.message',
  integrationError: '$context.integrationErrorMessage',
};

/** The front door. Every route asks for a token, except those on which a provider's signature is the proof. */
export class FrontDoor extends Construct {
  readonly api: HttpApi;
  readonly stage: HttpStage;

  constructor(
    scope: Construct,
    id: string,
    stage: Stage,
    authorizer: HttpJwtAuthorizer,
    functions: readonly ServiceFunction[],
  ) {
    super(scope, id);
    this.api = new HttpApi(this, 'Api', {
      apiName: `order-cancellation-${stage.name}`,
      createDefaultStage: false,
      corsPreflight: {
        allowOrigins: stage.allowedOrigins,
        allowMethods: [CorsHttpMethod.GET, CorsHttpMethod.POST, CorsHttpMethod.PUT],
        allowHeaders: ['authorization', 'content-type', 'idempotency-key'],
        exposeHeaders: ['idempotent-replayed', 'retry-after', 'etag', 'location'],
        maxAge: Duration.hours(1),
      },
    });
    this.stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      autoDeploy: true,
      throttle: { rateLimit: stage.throttle.rate, burstLimit: stage.throttle.burst },
      accessLogSettings: {
        destination: new LogGroupLogDestination(
          serviceLogGroup(this, 'AccessLog', stage, `/aws/vendedlogs/http/order-cancellation-${stage.name}`),
        ),
        format: AccessLogFormat.custom(JSON.stringify(accessLogFields)),
      },
    });

    // One role for all of its routes: which function a route reaches is said by its integration and nowhere else.
    const role = new ServiceRole(this, 'Role', 'apigateway');
    for (const { definition, lambda } of functions) {
      const { trigger } = definition;
      if (trigger.kind !== 'api' && trigger.kind !== 'webhook') continue;
      const integration = new RoleIntegration(pascalCase(definition.name), lambda, role);
      for (const { method, path } of trigger.routes) {
        const routes = this.api.addRoutes({
          path,
          methods: [method as HttpMethod],
          integration,
          authorizer: trigger.kind === 'api' ? authorizer : new HttpNoneAuthorizer(),
        });
        if (trigger.kind === 'api') continue;
        for (const route of routes) {
          acknowledge(
            route,
            'AwsSolutions-APIG4',
            'A provider has no token of ours; the function verifies its signature.',
          );
        }
      }
    }
  }
}
