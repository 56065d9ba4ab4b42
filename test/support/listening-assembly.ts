import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { assembly } from '../../infra/local/assembly';

/** Logical id of the queue in which a listener finds what was announced. */
export const listenerQueue = 'JourneyListener';

interface Template {
  Resources: Record<string, { Type: string; Properties?: Record<string, unknown> }>;
}

/**
 * The service's assembly with one more rule on its bus: the stack itself has rules for its own listeners only.
 * Everything else is untouched; the code of the functions is not copied.
 * @returns the directory of the assembly
 */
export async function listeningAssembly(): Promise<string> {
  // Whoever runs many files by hand may name an assembly, so that a source touched meanwhile costs no synthesis.
  const original = resolve(process.env['JOURNEYS_ASSEMBLY'] ?? (await assembly()));
  const name = createHash('sha256').update(original).update(readFileSync(__filename)).digest('hex').slice(0, 16);
  const target = resolve('.local', 'listening', name);
  if (existsSync(join(target, 'manifest.json'))) return target;
  forgetOld(resolve('.local', 'listening'));
  const half = `${target}.${process.pid}`;
  mkdirSync(half, { recursive: true });
  for (const file of readdirSync(original).filter((entry) => entry.endsWith('.json'))) {
    const text = readFileSync(join(original, file), 'utf8');
    writeFileSync(join(half, file), rewritten(file, text, { from: original, to: target }));
  }
  try {
    renameSync(half, target);
  } catch (error) {
    // Another test file was faster.
    if (!existsSync(join(target, 'manifest.json'))) throw error;
    rmSync(half, { recursive: true, force: true });
  }
  return target;
}

/** One is left behind by every change of the sources; a day later nobody runs it any more. */
function forgetOld(directory: string): void {
  const yesterday = Date.now() - 86_400_000;
  for (const path of existsSync(directory) ? readdirSync(directory).map((name) => join(directory, name)) : [])
    if (statSync(path).mtimeMs < yesterday) rmSync(path, { recursive: true, force: true });
}

function rewritten(file: string, text: string, place: { from: string; to: string }): string {
  if (file.endsWith('.assets.json')) return withAssetsOf(text, place);
  return file.endsWith('.template.json') ? withListener(text) : text;
}

function withAssetsOf(text: string, { from, to }: { from: string; to: string }): string {
  const manifest = JSON.parse(text) as { files: Record<string, { source: { path: string } }> };
  for (const { source } of Object.values(manifest.files)) {
    if (!source.path.endsWith('.json')) source.path = relative(to, join(from, source.path));
  }
  return JSON.stringify(manifest);
}

function withListener(text: string): string {
  const template = JSON.parse(text) as Template;
  const bus = Object.entries(template.Resources).find(([, { Type }]) => Type === 'AWS::Events::EventBus')?.[0];
  if (bus === undefined) throw new Error('The template has no event bus.');
  template.Resources[listenerQueue] = { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: 1_209_600 } };
  template.Resources[`${listenerQueue}Rule`] = {
    Type: 'AWS::Events::Rule',
    Properties: {
      EventBusName: { Ref: bus },
      EventPattern: { source: ['order-cancellation'] },
      State: 'ENABLED',
      Targets: [{ Id: listenerQueue, Arn: { 'Fn::GetAtt': [listenerQueue, 'Arn'] } }],
    },
  };
  return JSON.stringify(template);
}
