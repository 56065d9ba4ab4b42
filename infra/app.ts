/** Entry point of the CDK: `-c stage=NAME` picks `infra/stages/NAME.ts`, the laptop's if absent. */
import { bundleAll, codeRoot } from './bundle';
import { loadStage } from './stages/load-stage';
import { newApp, synthesize } from './synthesize';

async function main(): Promise<void> {
  const app = newApp();
  const stage = await loadStage((app.node.tryGetContext('stage') as string | undefined) ?? 'laptop');
  await bundleAll();
  synthesize(app, stage, codeRoot);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
