import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Accepts one finding of the rule packs on one construct. The reason is read by people; it says why, not what. */
export function acknowledge(construct: IConstruct, id: string, reason: string): void {
  Validations.of(construct).acknowledge({ id, reason });
}

/** X-Ray has no resources that a policy could name. */
export function acknowledgeTracing(role: IConstruct): void {
  acknowledge(role, 'AwsSolutions-IAM5[Resource::*]', 'X-Ray and log delivery take no resource in a policy.');
}
