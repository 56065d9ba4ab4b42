/** Whether API Gateway may call the function of a route: AWS asks that of each call, so that a wrong template answers 500. */
import { list, record, text } from '../json';
import type { Model, ResolvedResource } from '../template/model';
import { allows, matches } from '../template/policy';
import { UnsupportedResource } from '../unsupported';

const GATEWAY = 'apigateway.amazonaws.com';
const ACTION = 'lambda:InvokeFunction';

export interface Call {
  /** The integration, whose credentials count where it has some. */
  readonly integration: ResolvedResource;
  readonly functionArn: string;
  /** What the gateway gives as its own name: `API/STAGE/METHOD/PATH`, with the path as the route writes it. */
  readonly source: string;
}

/** Why it may not; undefined where it may. */
export function missingRight(model: Model, call: Call): string | undefined {
  const credentials = text(call.integration.properties['CredentialsArn']);
  return credentials === undefined ? missingPermission(model, call) : missingOfRole(model, call, credentials);
}

function missingOfRole(model: Model, { integration, functionArn }: Call, credentials: string): string | undefined {
  const role = model.ofType('AWS::IAM::Role').find(({ arn }) => arn === credentials);
  if (!role)
    throw new UnsupportedResource([
      `the credentials ${credentials} of ${integration.logicalId}: no role of this stack`,
    ]);
  const { properties, name } = role;
  if (list(properties['ManagedPolicyArns']).length > 0 || properties['PermissionsBoundary'] !== undefined)
    throw new UnsupportedResource([`credentials with managed policies or a boundary (${role.logicalId})`]);
  if (!allows([properties['AssumeRolePolicyDocument']], { action: 'sts:AssumeRole', service: GATEWAY }))
    return `${name} does not trust API Gateway`;
  const within = list(properties['Policies']);
  const beside = model.ofType('AWS::IAM::Policy').filter(({ properties: of }) => list(of['Roles']).includes(name));
  const policies = [...within, ...beside.map(({ properties: of }) => of)].map(
    (policy) => record(policy)['PolicyDocument'],
  );
  return allows(policies, { action: ACTION, resource: functionArn })
    ? undefined
    : `${name} does not allow ${ACTION} on ${functionArn}`;
}

function missingPermission(model: Model, { functionArn, source }: Call): string | undefined {
  const arn = `arn:aws:execute-api:${model.region}:${model.account}:${source}`;
  const given = model.ofType('AWS::Lambda::Permission').some(({ properties }) => {
    const from = text(properties['SourceArn']);
    const account = text(properties['SourceAccount']);
    return (
      nameOf(text(properties['FunctionName']) ?? '') === nameOf(functionArn) &&
      properties['Principal'] === GATEWAY &&
      matches(text(properties['Action']) ?? '', ACTION) &&
      (from === undefined || matches(from, arn)) &&
      (account === undefined || account === model.account)
    );
  });
  return given ? undefined : `${functionArn} has no permission for ${arn}`;
}

/** A function, with its qualifier, may be named by ARN or by name. */
function nameOf(reference: string): string {
  return reference.replace(/^.*:function:/, '');
}
