import * as fc from 'fast-check';

/** Text as it comes over the wire: any character, and long ones. */
export const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.string({ unit: 'binary', minLength: 5_000, maxLength: 9_000 }),
);

/** What was done to a message on its way, if anything. */
export const tampering = fc.oneof(
  fc.constant({ what: 'nothing' } as const),
  fc.record({ what: fc.constant('text'), place: fc.nat(), by: fc.constantFrom('', 'x', ' ', '\n', '\u0000', 'é') }),
  fc.record({ what: fc.constant('signature'), place: fc.nat(), by: fc.constantFrom('', 'A', 'B', '=', '+') }),
  fc.constant({ what: 'key' } as const),
);
export type Tampering = typeof tampering extends fc.Arbitrary<infer Kind> ? Kind : never;

/** The text with one character replaced by something else, where that is what was done. */
export function tampered(text: string, tampering: Tampering, what: 'text' | 'signature'): string {
  if (tampering.what !== what || !('place' in tampering)) return text;
  const characters = [...text];
  const place = tampering.place % Math.max(1, characters.length);
  characters[place] = tampering.by;
  return characters.join('');
}
