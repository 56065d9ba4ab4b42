import {
  type AddToPrincipalPolicyResult,
  PolicyDocument,
  type PolicyStatement,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

/**
 * A role whose rights are part of it. The library would put them into a policy beside each role: twice the resources
 * of a stack, and a moment in which the role is there without them.
 */
export class ServiceRole extends Role {
  private readonly rights: PolicyDocument;

  /** @param service who takes the role on, e.g. `lambda` */
  constructor(scope: Construct, id: string, service: string) {
    const rights = new PolicyDocument();
    super(scope, id, {
      assumedBy: new ServicePrincipal(`${service}.amazonaws.com`),
      inlinePolicies: { Rights: rights },
    });
    this.rights = rights;
  }

  /** What the library grants comes this way too: tracing, log delivery, dead letters. */
  override addToPrincipalPolicy(statement: PolicyStatement): AddToPrincipalPolicyResult {
    this.rights.addStatements(statement);
    return { statementAdded: true, policyDependable: this };
  }
}
