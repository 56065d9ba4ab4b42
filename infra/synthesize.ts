import { App, type AppProps, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { CancellationStack } from './cancellation-stack';
import type { Stage } from './stages/stage';

/** In code and not in cdk.json, so that the CDK, the laptop host and the tests make one and the same template. */
const featureFlags: Readonly<Record<string, unknown>> = {
  '@aws-cdk/core:validateAgainstDefaultRules': true,
  '@aws-cdk/core:enablePartitionLiterals': true,
  '@aws-cdk/core:target-partitions': ['aws'],
  '@aws-cdk/aws-iam:minimizePolicies': true,
  '@aws-cdk/aws-dynamodb:retainTableReplica': true,
  '@aws-cdk/core:aspectPrioritiesMutating': true,
};

export function newApp(props: AppProps = {}): App {
  return new App({ ...props, autoSynth: false, analyticsReporting: false, postCliContext: featureFlags });
}

/** Puts the service of one stage into `app`, under both rule packs, and writes the assembly. */
export function synthesize(app: App, stage: Stage, codeRoot: string): CloudAssembly {
  const { account, region } = stage;
  const stack = new CancellationStack(app, `order-cancellation-${stage.name}`, {
    stage,
    codeRoot,
    description: 'Order cancellation: requested, checked, refunded, announced',
    terminationProtection: stage.removal === 'retain',
    env: { ...(account === undefined ? {} : { account }), ...(region === undefined ? {} : { region }) },
  });
  Tags.of(stack).add('service', 'order-cancellation');
  // The same switch that turns off the template's own validation where a quick turn matters more: laptop, tests.
  if (process.env['CDK_VALIDATION'] !== 'false') {
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
  }
  return app.synth();
}
