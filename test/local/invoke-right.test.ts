/** Who may call a function for the front door, as the template says. */
import { missingRight } from '../../infra/local/http/invoke-right';
import { type Model, buildModel } from '../../infra/local/template/model';
import { UnsupportedResource } from '../../infra/local/unsupported';

type Resources = Readonly<Record<string, { readonly type: string; readonly properties: Record<string, unknown> }>>;

const functionArn = 'arn:aws:lambda:eu-central-1:000000000000:function:refund';
const anyApi = 'arn:aws:execute-api:eu-central-1:000000000000';

function modelOf(resources: Resources): Model {
  const all = Object.entries({
    Integration: { type: 'AWS::ApiGatewayV2::Integration', properties: {} },
    ...resources,
  });
  const nothing = { parameters: {}, conditions: {}, mappings: {}, outputs: {}, assets: new Map<string, string>() };
  return buildModel(
    {
      stackName: 'shop',
      resources: new Map(all.map(([logicalId, resource]) => [logicalId, { logicalId, ...resource }])),
      ...nothing,
    },
    'http://127.0.0.1',
  );
}

function missing(resources: Resources): string | undefined {
  const model = modelOf(resources);
  const integration = model.byId('Integration');
  if (!integration) throw new Error('no integration');
  return missingRight(model, { integration, functionArn, source: 'api/$default/POST/v1/refunds/{id}' });
}

const trust = (service: string) => ({
  Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: service } }],
});
const may = (Action: unknown, Resource: unknown, more: object = {}) => ({ Effect: 'Allow', Action, Resource, ...more });

function byRole(statements: readonly object[], { role = {}, trusted = 'apigateway.amazonaws.com' } = {}): Resources {
  return {
    Integration: {
      type: 'AWS::ApiGatewayV2::Integration',
      properties: { CredentialsArn: { 'Fn::GetAtt': ['Role', 'Arn'] } },
    },
    Role: {
      type: 'AWS::IAM::Role',
      properties: {
        AssumeRolePolicyDocument: trust(trusted),
        Policies: [{ PolicyName: 'Rights', PolicyDocument: { Statement: statements } }],
        ...role,
      },
    },
  };
}

describe('a role of the integration', () => {
  test.each([
    ['names the function', [may('lambda:InvokeFunction', functionArn)], true],
    ['names it among others', [may(['lambda:InvokeFunction'], [`${functionArn}s`, functionArn])], true],
    ['writes the action in another case', [may('Lambda:invokeFunction', functionArn)], true],
    ['names more than the function', [may('lambda:Invoke*', 'arn:aws:lambda:*:*:function:re?und')], true],
    ['names another function', [may('lambda:InvokeFunction', `${functionArn}-leg`)], false],
    ['names its versions only', [may('lambda:InvokeFunction', `${functionArn}:*`)], false],
    ['names another action', [may('lambda:GetFunction', functionArn)], false],
    ['says yes and no', [may('lambda:*', '*'), { ...may('*', functionArn), Effect: 'Deny' }], false],
    ['says nothing', [], false],
  ])('that %s', (_what, rights, allowed) => {
    expect(missing(byRole(rights)) === undefined).toBe(allowed);
  });

  it('may have its right in a policy beside it', () => {
    const policy = { Roles: [{ Ref: 'Role' }], PolicyDocument: { Statement: [may('lambda:InvokeFunction', '*')] } };
    const beside = { Beside: { type: 'AWS::IAM::Policy', properties: policy } };
    expect(missing({ ...byRole([]), ...beside })).toBeUndefined();
    const anothers = { Beside: { type: 'AWS::IAM::Policy', properties: { ...policy, Roles: ['another'] } } };
    expect(missing({ ...byRole([]), ...anothers })).toContain('does not allow lambda:InvokeFunction');
  });

  it('is of no use when it trusts another service', () => {
    const rights = [may('lambda:InvokeFunction', functionArn)];
    expect(missing(byRole(rights, { trusted: 'scheduler.amazonaws.com' }))).toContain('does not trust API Gateway');
  });

  it('is all that counts: a permission on the function does not help it', () => {
    expect(missing({ ...byRole([]), ...permission({}) })).toContain('does not allow');
  });

  it.each([
    ['a condition', byRole([may('lambda:InvokeFunction', functionArn, { Condition: {} })])],
    ['a managed policy', byRole([], { role: { ManagedPolicyArns: ['arn:aws:iam::aws:policy/Any'] } })],
    ['a boundary', byRole([], { role: { PermissionsBoundary: 'arn:aws:iam::aws:policy/Any' } })],
    [
      'an origin outside the stack',
      { Integration: { ...byRole([])['Integration']!, properties: { CredentialsArn: 'arn:aws:iam::*:user/*' } } }, // eslint-disable-line @typescript-eslint/no-non-null-assertion
    ],
  ])('with %s stops the host: it cannot tell', (_what, resources) => {
    expect(() => missing(resources)).toThrow(UnsupportedResource);
  });
});

function permission(more: Record<string, unknown>): Resources {
  return {
    Permission: {
      type: 'AWS::Lambda::Permission',
      properties: {
        Action: 'lambda:InvokeFunction',
        FunctionName: functionArn,
        Principal: 'apigateway.amazonaws.com',
        ...more,
      },
    },
  };
}

describe('a permission on the function, where the integration has no role', () => {
  test.each([
    ['for the gateway', {}, true],
    ['by the name of the function', { FunctionName: 'refund' }, true],
    ['for this route', { SourceArn: `${anyApi}:api/*/*/v1/refunds/{id}` }, true],
    ['for every route of the API', { SourceArn: `${anyApi}:api/*` }, true],
    ['for this account', { SourceAccount: '000000000000' }, true],
    ['for another route', { SourceArn: `${anyApi}:api/*/*/v1/orders/{id}` }, false],
    ['for another method', { SourceArn: `${anyApi}:api/*/GET/v1/refunds/{id}` }, false],
    ['for another API', { SourceArn: `${anyApi}:other/*` }, false],
    ['for another account', { SourceAccount: '111122223333' }, false],
    ['for another service', { Principal: 'events.amazonaws.com' }, false],
    ['on another function', { FunctionName: 'refund-leg' }, false],
    ['on an alias of it', { FunctionName: `${functionArn}:live` }, false],
  ])('%s', (_what, more, allowed) => {
    expect(missing(permission(more)) === undefined).toBe(allowed);
  });

  it('has to be there', () => {
    expect(missing({})).toBe(`${functionArn} has no permission for ${anyApi}:api/$default/POST/v1/refunds/{id}`);
  });
});
