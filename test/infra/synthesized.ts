/** The template of a stage, made from the real stack with empty code: what it declares is the same. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { functions } from '../../infra/functions';
import { parseStage, type Stage } from '../../infra/stages/stage';
import { newApp, synthesize } from '../../infra/synthesize';

export interface Resource {
  Type: string;
  Properties: Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any
  DeletionPolicy?: string;
}

export interface Synthesized {
  text: string;
  resources: ReadonlyMap<string, Resource>;
  ofType: (type: string) => [string, Resource][];
}

export function synthesized(stage: Stage): Synthesized {
  const directory = mkdtempSync(join(tmpdir(), 'template-'));
  const before = process.env['CDK_VALIDATION'];
  process.env['CDK_VALIDATION'] = 'false';
  try {
    for (const { name } of functions) {
      mkdirSync(join(directory, 'code', name), { recursive: true });
      writeFileSync(join(directory, 'code', name, 'index.mjs'), `export const handler = '${name}';`);
    }
    const assembly = synthesize(newApp({ outdir: join(directory, 'out') }), parseStage(stage), join(directory, 'code'));
    const [stack] = assembly.stacks;
    if (!stack) throw new Error('no stack');
    const text = readFileSync(stack.templateFullPath, 'utf8');
    const { Resources } = JSON.parse(text) as { Resources: Record<string, Resource> };
    const resources = new Map(Object.entries(Resources));
    return { text, resources, ofType: (type) => [...resources].filter(([, { Type }]) => Type === type) };
  } finally {
    if (before === undefined) delete process.env['CDK_VALIDATION'];
    else process.env['CDK_VALIDATION'] = before;
    rmSync(directory, { recursive: true, force: true });
  }
}

export interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: unknown;
}

/** Every policy statement of every role, with the role's logical id. */
export function statements({ ofType }: Synthesized): { role: string; actions: string[]; resources: string[] }[] {
  return ofType('AWS::IAM::Role').flatMap(([role, { Properties }]) =>
    (Properties['Policies'] as { PolicyDocument: { Statement: Statement[] } }[])
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
      .map((statement) => ({
        role,
        actions: [statement.Action].flat(),
        resources: [statement.Resource].flat().map((resource) => JSON.stringify(resource)),
      })),
  );
}
