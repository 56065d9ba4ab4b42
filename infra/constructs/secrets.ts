import { Stack } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { Stage } from '../stages/stage';
import { acknowledge } from './acknowledge';
import { removalPolicyOf } from './service-log-group';

/** Keys of outside parties, and the key under which quotes are signed. None of their values is in the template. */
export class Secrets extends Construct {
  readonly connections: readonly Secret[];
  readonly connectionPrefix: string;
  readonly signing: Secret;

  constructor(scope: Construct, id: string, stage: Stage) {
    super(scope, id);
    const removalPolicy = removalPolicyOf(stage);
    this.connectionPrefix = `order-cancellation/${stage.name}/connections/`;

    this.connections = stage.connections.map((connection) => {
      const secret = new Secret(this, connection.id, {
        secretName: this.connectionPrefix + connection.id,
        description: `Account ${connection.id} at ${connection.provider}`,
        // The shape is made here; the key is a random text until somebody puts the real one in its place.
        generateSecretString: {
          secretStringTemplate: Stack.of(this).toJsonString({ ...connection, webhookSecrets: [] }),
          generateStringKey: 'apiKey',
          excludePunctuation: true,
        },
        removalPolicy,
      });
      acknowledge(
        secret,
        'AwsSolutions-SMG4',
        'The provider issues this key; a person rotates it there and then here. Webhooks accept two secrets meanwhile.',
      );
      return secret;
    });

    this.signing = new Secret(this, 'Signing', {
      secretName: `order-cancellation/${stage.name}/signing`,
      description: 'Signs quotes and withdrawals',
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy,
    });
    acknowledge(
      this.signing,
      'AwsSolutions-SMG4',
      'What it signs lives fifteen minutes; replacing it by hand invalidates open quotes only. See docs/operations.md.',
    );
  }
}
