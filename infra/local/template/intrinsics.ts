/** Resolves CloudFormation's functions inside a template's values. */
import { type Json, isRecord, list, record } from '../json';
import { UnsupportedResource } from '../unsupported';

/** What a value may refer to. */
export interface References {
  /** Value of `Ref` for a resource, parameter or pseudo parameter; undefined if the name is unknown. */
  ref(name: string): unknown;
  getAtt(logicalId: string, attribute: string): unknown;
  readonly conditions: Json;
  readonly mappings: Json;
}

/** Stands for the pseudo parameter AWS::NoValue: the member that holds it disappears. */
const NO_VALUE = Symbol('AWS::NoValue');

/** The value with every function in it replaced by its result; an unknown function stops the host. */
export function resolve(value: unknown, references: References): unknown {
  const result = evaluate(value, references);
  return result === NO_VALUE ? undefined : result;
}

function evaluate(value: unknown, references: References): unknown {
  if (Array.isArray(value)) {
    return value.map((entry) => evaluate(entry, references)).filter((entry) => entry !== NO_VALUE);
  }
  if (typeof value === 'string' && value.includes('{{resolve:')) {
    throw new UnsupportedResource([`the dynamic reference ${value}`]);
  }
  if (!isRecord(value)) return value;
  const members = Object.entries(value);
  const [only] = members;
  if (only && members.length === 1 && (only[0] === 'Ref' || only[0].startsWith('Fn::'))) {
    return call(only[0], only[1], references);
  }
  const result: Record<string, unknown> = {};
  for (const [key, member] of members) {
    const made = evaluate(member, references);
    if (made !== NO_VALUE) result[key] = made;
  }
  return result;
}

function call(name: string, argument: unknown, references: References): unknown {
  const resolved = (part: unknown): unknown => evaluate(part, references);
  const parts = list(argument);
  switch (name) {
    case 'Ref': {
      if (argument === 'AWS::NoValue') return NO_VALUE;
      const found = references.ref(String(argument));
      if (found === undefined) throw new UnsupportedResource([`Ref to ${String(argument)}`]);
      return found;
    }
    case 'Fn::GetAtt': {
      const [logicalId, attribute] = Array.isArray(argument)
        ? [String(parts[0]), String(resolved(parts[1]))]
        : splitOnce(String(argument));
      const found = references.getAtt(logicalId, attribute);
      if (found === undefined) throw new UnsupportedResource([`Fn::GetAtt ${logicalId}.${attribute}`]);
      return found;
    }
    case 'Fn::Join':
      return list(resolved(parts[1])).map(String).join(String(parts[0]));
    case 'Fn::Split':
      return String(resolved(parts[1])).split(String(parts[0]));
    case 'Fn::Select':
      return list(resolved(parts[1]))[Number(resolved(parts[0]))];
    case 'Fn::Base64':
      return Buffer.from(String(resolved(argument))).toString('base64');
    case 'Fn::Sub': {
      const [pattern, variables] = Array.isArray(argument) ? [parts[0], record(resolved(parts[1]))] : [argument, {}];
      return substitute(String(pattern), variables, references);
    }
    case 'Fn::FindInMap': {
      const [map, first, second] = parts.map((part) => String(resolved(part)));
      return record(record(references.mappings[map ?? ''])[first ?? ''])[second ?? ''];
    }
    case 'Fn::If':
      return resolved(conditionHolds(String(parts[0]), references) ? parts[1] : parts[2]);
    default:
      throw new UnsupportedResource([`the template function ${name}`]);
  }
}

function splitOnce(name: string): [string, string] {
  const dot = name.indexOf('.');
  return [name.slice(0, dot), name.slice(dot + 1)];
}

function substitute(pattern: string, variables: Json, references: References): string {
  return pattern.replace(/\$\{(!?)([^}]+)\}/g, (_all, literal: string, name: string) => {
    if (literal) return `\${${name}}`;
    if (name in variables) return String(variables[name]);
    const value = name.includes('.') ? call('Fn::GetAtt', name, references) : call('Ref', name, references);
    return String(value);
  });
}

/** Whether the named condition of the template holds. */
export function conditionHolds(name: string, references: References): boolean {
  if (!(name in references.conditions)) throw new UnsupportedResource([`the unknown condition ${name}`]);
  return holds(references.conditions[name], references);
}

function holds(expression: unknown, references: References): boolean {
  const [only] = Object.entries(record(expression));
  const parts = list(only?.[1]);
  switch (only?.[0]) {
    case 'Condition':
      return conditionHolds(String(only[1]), references);
    case 'Fn::Equals':
      return String(resolve(parts[0], references)) === String(resolve(parts[1], references));
    case 'Fn::Not':
      return !holds(parts[0], references);
    case 'Fn::And':
      return parts.every((part) => holds(part, references));
    case 'Fn::Or':
      return parts.some((part) => holds(part, references));
    default:
      throw new UnsupportedResource([`the template condition ${only?.[0] ?? JSON.stringify(expression)}`]);
  }
}
