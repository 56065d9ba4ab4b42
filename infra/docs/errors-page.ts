import { faults } from '../../shared/domain/faults';
import { refusals } from '../../shared/domain/refusal';

const head = `<!-- Written by infra/docs/write-errors.ts from shared/domain/refusal.ts and shared/domain/faults.ts; do not edit. -->

# Errors

Refusing is a value, breaking is an exception. Both have stable names that are part of the contract.

- A **refusal** answers a request. It is a problem document (RFC 9457, \`application/problem+json\`) with the \`code\` of a
  section below, a \`detail\` for a person, and, where they help, \`param\` (what to change) and \`facts\` (what to act on).
- A **fault** breaks a step of a state machine. Callers do not see its name; they see the state in which the
  cancellation ends.

## Refusals

`;

/** The catalogue of refusals and faults as Markdown; each code is a heading, so that \`doc_url\` finds it by its anchor. */
export function errorsPage(): string {
  const codes = Object.entries(refusals);
  const index = codes.map(([code, { status, title }]) => `- ${status} [\`${code}\`](#${code}): ${sentence(title)}`);
  const sections = codes.map(([code, { status, title, todo }]) =>
    section(code, [
      ['HTTP status', String(status)],
      ['What it means', sentence(title)],
      ['What to do', todo],
    ]),
  );
  const broken = Object.entries(faults).map(([name, { title, todo, endsIn }]) =>
    section(name, [
      ['What it means', sentence(title)],
      ['What is done', todo],
      ['Ends in', endsIn.length === 0 ? 'no step.' : `${endsIn.map((step) => `\`${step}\``).join(' or ')}.`],
    ]),
  );
  return `${head}${index.join('\n')}\n\n${sections.join('\n')}\n## Faults\n\n${broken.join('\n')}`;
}

function section(name: string, facts: readonly (readonly [string, string])[]): string {
  return `### ${name}\n\n${facts.map(([label, text]) => `- ${label}: ${text}`).join('\n')}\n`;
}

function sentence(title: string): string {
  return title.endsWith('.') ? title : `${title}.`;
}
