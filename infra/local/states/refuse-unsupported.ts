import { isRecord } from '../json';
import { UnsupportedDefinition } from './errors';

const MACHINE = ['Comment', 'StartAt', 'States', 'Version', 'TimeoutSeconds', 'QueryLanguage'];
const FLOW = ['Comment', 'StartAt', 'States'];
const RETRIER = [
  ...['Comment', 'ErrorEquals', 'IntervalSeconds', 'MaxAttempts', 'BackoffRate', 'MaxDelaySeconds', 'JitterStrategy'],
];
const CATCHER = ['Comment', 'ErrorEquals', 'Next', 'Assign', 'Output'];
const RULE = ['Comment', 'Condition', 'Next', 'Assign', 'Output'];

const EVERY_STATE = ['Type', 'Comment', 'QueryLanguage'];
const STEP = [...EVERY_STATE, 'Next', 'End', 'Assign', 'Output'];
const PROTECTED = [...STEP, 'Retry', 'Catch'];

const FIELDS: Readonly<Record<string, readonly string[]>> = {
  Pass: [...STEP, 'Result'],
  Task: [...PROTECTED, 'Resource', 'Arguments', 'TimeoutSeconds', 'HeartbeatSeconds'],
  Choice: [...EVERY_STATE, 'Choices', 'Default', 'Assign', 'Output'],
  Wait: [...STEP, 'Seconds', 'Timestamp'],
  Succeed: [...EVERY_STATE, 'Output'],
  Fail: [...EVERY_STATE, 'Error', 'Cause'],
  Parallel: [...PROTECTED, 'Branches', 'Arguments'],
  Map: [
    ...[...PROTECTED, 'Items', 'ItemSelector', 'ItemProcessor', 'MaxConcurrency'],
    ...['ToleratedFailureCount', 'ToleratedFailurePercentage'],
  ],
};

/** Fields that hold expressions, so that a state without a query language cannot have them. */
const JSONATA_ONLY = new Set(['Arguments', 'Output', 'Items', 'Condition']);

/**
 * Throws UnsupportedDefinition at the first field, state type, query language or resource that the runner does not
 * have. Leaves alone what is merely wrong: that is for the checks of validity.
 */
export function refuseUnsupported(definition: unknown, supports: (resource: string) => boolean): void {
  if (!isRecord(definition)) return;
  onlyFields(definition, MACHINE, 'definition');
  const language = knownLanguage(definition, 'JSONPath', 'QueryLanguage');
  refuseInStates(definition, '', language, supports);
}

function refuseInStates(
  flow: Readonly<Record<string, unknown>>,
  prefix: string,
  machineLanguage: string,
  supports: (resource: string) => boolean,
): void {
  if (!isRecord(flow['States'])) return;
  for (const [name, state] of Object.entries(flow['States'])) {
    if (!isRecord(state)) continue;
    const path = `${prefix}States/${name}`;
    const fields = FIELDS[String(state['Type'])];
    if (!fields) throw new UnsupportedDefinition(path, `the state type ${JSON.stringify(state['Type'])}`);
    onlyFields(state, fields, path);
    const language = knownLanguage(state, machineLanguage, `${path}/QueryLanguage`);
    refuseWrongLanguage(state, path, language);

    for (const retrier of records(state['Retry']))
      onlyFields(retrier.value, RETRIER, `${path}/Retry[${retrier.index}]`);
    for (const catcher of records(state['Catch'])) {
      onlyFields(catcher.value, CATCHER, `${path}/Catch[${catcher.index}]`);
      refuseWrongLanguage(catcher.value, `${path}/Catch[${catcher.index}]`, language);
    }
    for (const rule of records(state['Choices'])) {
      onlyFields(rule.value, RULE, `${path}/Choices[${rule.index}]`);
      refuseWrongLanguage(rule.value, `${path}/Choices[${rule.index}]`, language);
    }

    const resource = state['Resource'];
    if (typeof resource === 'string' && !supports(resource)) {
      throw new UnsupportedDefinition(`${path}/Resource`, `the resource ${resource}`);
    }
    for (const branch of records(state['Branches'])) {
      onlyFields(branch.value, FLOW, `${path}/Branches[${branch.index}]`);
      refuseInStates(branch.value, `${path}/Branches[${branch.index}]/`, machineLanguage, supports);
    }
    const processor = state['ItemProcessor'];
    if (isRecord(processor)) {
      onlyFields(processor, [...FLOW, 'ProcessorConfig'], `${path}/ItemProcessor`);
      refuseDistributed(processor['ProcessorConfig'], `${path}/ItemProcessor/ProcessorConfig`);
      refuseInStates(processor, `${path}/ItemProcessor/`, machineLanguage, supports);
    }
  }
}

function refuseDistributed(config: unknown, path: string): void {
  if (!isRecord(config)) return;
  onlyFields(config, ['Mode'], path);
  const mode = config['Mode'] ?? 'INLINE';
  if (mode !== 'INLINE') throw new UnsupportedDefinition(`${path}/Mode`, `a Map in mode ${JSON.stringify(mode)}`);
}

function refuseWrongLanguage(holder: Readonly<Record<string, unknown>>, path: string, language: string): void {
  if (language === 'JSONata') {
    if ('Result' in holder) throw new UnsupportedDefinition(`${path}/Result`, 'Result in a JSONata state (use Output)');
    return;
  }
  for (const field of Object.keys(holder)) {
    if (JSONATA_ONLY.has(field)) {
      throw new UnsupportedDefinition(`${path}/${field}`, `field ${field} without QueryLanguage JSONata`);
    }
  }
  const dynamic = isRecord(holder['Assign']) ? firstPathField(holder['Assign']) : undefined;
  if (dynamic) throw new UnsupportedDefinition(`${path}/Assign/${dynamic}`, `the JSONPath field ${dynamic}`);
}

/** A key that ends in `.$` takes a JSONPath, at any depth. */
function firstPathField(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, member] of Object.entries(value)) {
    if (key.endsWith('.$') && !Array.isArray(value)) return key;
    const inner = firstPathField(member);
    if (inner) return `${key}/${inner}`;
  }
  return undefined;
}

function knownLanguage(holder: Readonly<Record<string, unknown>>, inherited: string, path: string): string {
  const language = holder['QueryLanguage'] ?? inherited;
  if (language !== 'JSONata' && language !== 'JSONPath') {
    throw new UnsupportedDefinition(path, `the query language ${JSON.stringify(language)}`);
  }
  return language;
}

function onlyFields(holder: Readonly<Record<string, unknown>>, known: readonly string[], path: string): void {
  const unknown = Object.keys(holder).find((field) => !known.includes(field));
  if (unknown !== undefined) throw new UnsupportedDefinition(`${path}/${unknown}`, `field ${unknown}`);
}

function records(value: unknown): { index: number; value: Readonly<Record<string, unknown>> }[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item: unknown, index) => (isRecord(item) ? [{ index, value: item }] : []));
}
