import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  StartSyncExecutionCommand,
} from '@aws-sdk/client-sfn';
import { startLaptop } from '../../../infra/local/laptop';
import { entered, machines, type StatesSubject } from './states.contract';
import { brief } from './states-in-memory';

/** As in memory: the same names do the same. */
const code = `
import { appendFileSync } from 'node:fs';
export const echo = async (event) => event;
export const keeps = async ({ token }) => appendFileSync(process.env.TOKENS, token + '\\n');
export const breaks = async (event) => {
  if (event.retries >= event.times) return event;
  switch (event.how) {
    case 'named': throw Object.assign(new Error('wobbled'), { name: 'Wobbly' });
    case 'unnamed': throw 'no error';
    case 'dies': process.exit(1);
    case 'hangs': await new Promise((resolve) => setTimeout(resolve, 60_000));
  }
};
`;

/** The whole laptop host: an assembly with the contract's machines, functions in worker threads, the SDK's own client. */
export async function statesOnLaptop(): Promise<StatesSubject> {
  const directory = mkdtempSync(join(tmpdir(), 'states-contract-'));
  const tokensFile = join(directory, 'tokens');
  writeFileSync(tokensFile, '');
  writeAssembly(directory, tokensFile);
  const laptop = await startLaptop({ assembly: directory, port: 0 });
  const client = new SFNClient({
    region: 'eu-central-1',
    endpoint: laptop.baseUrl,
    disableHostPrefix: true,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  const arnOf = (name: string): string => `arn:aws:states:eu-central-1:000000000000:stateMachine:${name}`;
  const { clock, engine } = laptop;

  /** A run that waits for time is no reason to wait for it. */
  const settle = async (): Promise<void> => laptop.idle(20_000);

  async function pass(seconds: number): Promise<void> {
    await settle();
    // Stride by stride: what a stride brings about may ask for the next.
    for (const end = clock.now() + seconds * 1_000; clock.now() < end;) {
      clock.moveTo(Math.min(end, clock.now() + Math.max(1_000, (seconds * 1_000) / 10)));
      await settle();
    }
  }

  return {
    start: async (machine, name, input) => {
      const command = new StartExecutionCommand({
        stateMachineArn: arnOf(machine),
        name,
        input: JSON.stringify(input),
      });
      const { executionArn = '' } = await client.send(command);
      return { executionArn };
    },
    startSync: async (machine, input) => {
      const command = new StartSyncExecutionCommand({ stateMachineArn: arnOf(machine), input: JSON.stringify(input) });
      const { status = '', output, error } = await client.send(command);
      return brief({ status, ...(output === undefined ? {} : { output }), ...(error === undefined ? {} : { error }) });
    },
    succeed: async (taskToken, output) => {
      await client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) }));
    },
    settle,
    pass,
    now: () => clock.now(),
    seen: (executionArn) => {
      const { events } = engine.getExecutionHistory({ executionArn, maxResults: 1_000 });
      return Promise.resolve({ ...brief(engine.describeExecution({ executionArn })), states: entered(events) });
    },
    tokens: async () => (await readTokens(tokensFile)).split('\n').filter((token) => token !== ''),
    throttle: (times) => void laptop.faults.add({ service: 'lambda', kind: 'throttle', times }),
    stop: async () => {
      client.destroy();
      await laptop.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function readTokens(file: string): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  return readFile(file, 'utf8');
}

function writeAssembly(directory: string, TOKENS: string): void {
  const write = (file: string, value: unknown): void => writeFileSync(join(directory, file), JSON.stringify(value));
  mkdirSync(join(directory, 'code'));
  writeFileSync(join(directory, 'code', 'index.mjs'), code);
  const exported = ['echo', 'breaks', 'keeps'].map((name) => [
    name,
    {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: name,
        Code: { S3Key: 'code.zip' },
        Handler: `index.${name}`,
        Runtime: 'nodejs24.x',
        Timeout: 2,
        Environment: { Variables: { TOKENS } },
      },
    },
  ]);
  const made = Object.entries(machines).map(([name, { type, definition }]) => [
    `Machine${name}`,
    {
      Type: 'AWS::StepFunctions::StateMachine',
      Properties: {
        StateMachineName: name,
        StateMachineType: type,
        DefinitionString: JSON.stringify(definition),
        DefinitionSubstitutions: { Echo: 'echo', Breaks: 'breaks', Keeps: 'keeps' },
      },
    },
  ]);
  write('contract.template.json', { Resources: Object.fromEntries([...exported, ...made]) as object });
  write('contract.assets.json', { files: { code: { source: { path: 'code', packaging: 'zip' } } } });
  write('manifest.json', {
    artifacts: {
      contract: {
        type: 'aws:cloudformation:stack',
        environment: 'aws://unknown-account/unknown-region',
        properties: { templateFile: 'contract.template.json', stackName: 'contract' },
      },
      'contract.assets': { type: 'cdk:asset-manifest', properties: { file: 'contract.assets.json' } },
    },
  });
}
