import type { StatedFact } from './stated-fact';

/** Each source once, with what is written there; what is written nowhere comes last. */
export function bySource(facts: readonly StatedFact[]): string {
  const groups = new Map<string, StatedFact[]>();
  const isOpen = ({ grade }: StatedFact): boolean => grade === 'unknown';
  for (const fact of [...facts.filter((one) => !isOpen(one)), ...facts.filter(isOpen)]) {
    const place = placeOf(fact);
    groups.set(place, [...(groups.get(place) ?? []), fact]);
  }
  return [...groups]
    .map(([place, each]) => `- ${place}\n${each.map(({ title, long }) => `  - ${title}: ${long}\n`).join('')}`)
    .join('');
}

const grades: Readonly<Record<string, string>> = {
  vendor: "the provider's own word",
  third_party: 'a third party',
  ours: 'we are the provider',
  unknown: 'not verified',
};

function placeOf({ grade, source, checked }: StatedFact): string {
  const said = `${grades[grade] ?? grade}, ${checked}`;
  if (source === undefined) return said;
  return `[${nameOf(source)}](${source.includes('(') ? `<${source}>` : source}): ${said}`;
}

/** Host and last part: enough to tell the pages of one provider apart. */
export function nameOf(source: string): string {
  const { hostname, pathname } = new URL(source);
  return [hostname, pathname.split('/').findLast((part) => part !== '')].filter(Boolean).join(' … ');
}
