/** What policy documents of the template say of one action. */
import { type Json, isRecord, record } from '../json';
import { UnsupportedResource } from '../unsupported';

export interface Asked {
  readonly action: string;
  /** Absent for a trust policy, which lies on what it speaks of. */
  readonly resource?: string;
  /** Who asks; absent for a role's own policy. */
  readonly service?: string;
}

/** A condition, NotAction and their like narrow or widen a statement in ways that the host does not carry out. */
const UNDERSTOOD: ReadonlySet<string> = new Set(['Sid', 'Effect', 'Action', 'Resource', 'Principal']);

/**
 * Whether all these documents together allow it: somebody says so, and nobody says no.
 * @throws UnsupportedResource when that depends on what the host cannot judge
 */
export function allows(documents: readonly unknown[], asked: Asked): boolean {
  const effects = documents
    .flatMap((document) => [record(document)['Statement']].flat())
    .filter(isRecord)
    .filter((statement) => isAbout(statement, asked))
    .map((statement) => statement['Effect']);
  return effects.includes('Allow') && !effects.includes('Deny');
}

function isAbout(statement: Json, { action, resource, service }: Asked): boolean {
  const strange = Object.keys(statement).filter((member) => !UNDERSTOOD.has(member));
  if (strange.length > 0) throw new UnsupportedResource([`a policy statement with ${strange.join(', ')}`]);
  return (
    // Actions are the same in any case, names of resources are not.
    texts(statement['Action']).some((each) => matches(each.toLowerCase(), action.toLowerCase())) &&
    (resource === undefined || texts(statement['Resource']).some((each) => matches(each, resource))) &&
    (service === undefined || texts(record(statement['Principal'])['Service']).includes(service))
  );
}

/** `*` stands for any text, slashes and colons too, `?` for one character. */
export function matches(pattern: string, text: string): boolean {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's').test(text);
}

function texts(value: unknown): string[] {
  return [value].flat().filter((each) => typeof each === 'string');
}
