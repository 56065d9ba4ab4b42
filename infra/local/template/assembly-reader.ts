/** Reads a synthesized assembly: which template, which resources, where the code of each function lies. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Json, isRecord, list, record, text } from '../json';
import { UnsupportedResource } from '../unsupported';

export interface Resource {
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Json;
  readonly condition?: string;
}

export interface Template {
  readonly stackName: string;
  readonly resources: ReadonlyMap<string, Resource>;
  readonly parameters: Json;
  readonly conditions: Json;
  readonly mappings: Json;
  readonly outputs: Json;
  /** Region and account the stack is bound to, where it is bound. */
  readonly region?: string;
  readonly account?: string;
  /** Directory or file of a file asset, by the hash that `Code.S3Key` starts with. */
  readonly assets: ReadonlyMap<string, string>;
}

function readJson(file: string): Json {
  try {
    return record(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new Error(`Cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** Reads the one stack of the assembly in `directory`. */
export function readAssembly(directory: string): Template {
  const artifacts = Object.entries(record(readJson(join(directory, 'manifest.json'))['artifacts']));
  const stacks = artifacts.filter(([, artifact]) => record(artifact)['type'] === 'aws:cloudformation:stack');
  const [only, ...others] = stacks;
  if (!only) throw new Error(`The assembly ${directory} holds no stack.`);
  if (others.length > 0) throw new UnsupportedResource([`an assembly of ${stacks.length} stacks (one is expected)`]);
  const [artifactId, artifact] = only;
  const properties = record(record(artifact)['properties']);
  const template = readJson(join(directory, text(properties['templateFile']) ?? `${artifactId}.template.json`));
  const bound = /^aws:\/\/([^/]+)\/([^/]+)$/.exec(text(record(artifact)['environment']) ?? '');

  const assets = new Map<string, string>();
  for (const [, other] of artifacts) {
    const file = text(record(record(other)['properties'])['file']);
    if (record(other)['type'] !== 'cdk:asset-manifest' || !file) continue;
    for (const [hash, asset] of Object.entries(record(readJson(join(directory, file))['files']))) {
      const path = text(record(record(asset)['source'])['path']);
      if (path) assets.set(hash, join(directory, path));
    }
  }

  const resources = new Map<string, Resource>();
  for (const [logicalId, value] of Object.entries(record(template['Resources']))) {
    if (!isRecord(value)) continue;
    const condition = text(value['Condition']);
    resources.set(logicalId, {
      logicalId,
      type: text(value['Type']) ?? '',
      properties: record(value['Properties']),
      ...(condition ? { condition } : {}),
    });
  }
  const transforms = [template['Transform']].flat().filter((transform) => transform !== undefined);
  if (transforms.length > 0) throw new UnsupportedResource([`template transforms ${list(transforms).join(', ')}`]);
  return {
    stackName: text(properties['stackName']) ?? artifactId,
    resources,
    parameters: record(template['Parameters']),
    conditions: record(template['Conditions']),
    mappings: record(template['Mappings']),
    outputs: record(template['Outputs']),
    assets,
    ...(bound?.[1] && bound[1] !== 'unknown-account' ? { account: bound[1] } : {}),
    ...(bound?.[2] && bound[2] !== 'unknown-region' ? { region: bound[2] } : {}),
  };
}
