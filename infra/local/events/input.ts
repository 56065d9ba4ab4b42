/** What a rule's target receives: the event, a part of it, a constant, or a text made from parts. */
import { type Json, isRecord, record, text } from '../json';

export interface TargetInput {
  readonly input?: string;
  readonly inputPath?: string;
  readonly transformer?: { readonly paths: Readonly<Record<string, string>>; readonly template: string };
}

/** Reads the three exclusive ways in which a target may change its input. */
export function targetInput(target: Json): TargetInput {
  const input = text(target['Input']);
  const inputPath = text(target['InputPath']);
  if (input !== undefined) return { input };
  if (inputPath !== undefined) return { inputPath };
  if (!isRecord(target['InputTransformer'])) return {};
  const { InputPathsMap, InputTemplate } = target['InputTransformer'];
  const paths = Object.fromEntries(Object.entries(record(InputPathsMap)).map(([name, path]) => [name, String(path)]));
  return { transformer: { paths, template: text(InputTemplate) ?? '' } };
}

/** The text that the target gets. */
export function applyInput({ input, inputPath, transformer }: TargetInput, event: Json, ruleArn: string): string {
  if (input !== undefined) return input;
  if (inputPath !== undefined) return JSON.stringify(at(event, inputPath) ?? null);
  if (!transformer) return JSON.stringify(event);
  const values: Record<string, unknown> = {
    'aws.events.rule-arn': ruleArn,
    'aws.events.rule-name': ruleArn.slice(ruleArn.lastIndexOf('/') + 1),
    'aws.events.event.ingestion-time': event['time'],
    'aws.events.event': event,
    'aws.events.event.json': event,
  };
  for (const [name, path] of Object.entries(transformer.paths)) values[name] = at(event, path);
  return fill(transformer.template, values);
}

/**
 * Puts values in place of `<name>`. Inside quotes a value becomes text; outside it becomes JSON. Where the whole
 * template is no JSON, strings go in without quotes.
 */
function fill(template: string, values: Json): string {
  const json = /^\s*[{["]/.test(template);
  let quoted = false;
  let result = '';
  for (let at = 0; at < template.length; at += 1) {
    const character = template[at] ?? '';
    if (character === '\\' && quoted) {
      result += character + (template[at + 1] ?? '');
      at += 1;
      continue;
    }
    if (character === '"') quoted = !quoted;
    const name = character === '<' ? /^<([\w.-]+)>/.exec(template.slice(at, at + 200))?.[1] : undefined;
    if (name === undefined || !(name in values)) {
      result += character;
      continue;
    }
    const value = values[name];
    if (!json) result += typeof value === 'string' ? value : JSON.stringify(value ?? '');
    else if (quoted)
      result += JSON.stringify(typeof value === 'string' ? value : JSON.stringify(value ?? '')).slice(1, -1);
    else result += JSON.stringify(value ?? '');
    at += name.length + 1;
  }
  return result;
}

/** Value at a path such as `$.detail.lines[0].sku`. */
function at(event: unknown, path: string): unknown {
  let value = event;
  for (const [, dotted, index, quoted] of path.matchAll(/\.([^.[\]]+)|\[(\d+)\]|\['([^']+)'\]/g)) {
    if (index !== undefined) value = Array.isArray(value) ? (value as unknown[])[Number(index)] : undefined;
    else value = record(value)[dotted ?? quoted ?? ''];
  }
  return value;
}
