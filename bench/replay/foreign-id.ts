/**
 * The service takes ids of other systems as they are, but only of plain characters; the file's stock codes include
 * `BANK CHARGES`. Other characters become `:` and their bytes in hex, so that different names stay different.
 */
export function foreignId(name: string): string {
  return name.replace(/[^A-Za-z0-9._-]/gu, (character) =>
    [...Buffer.from(character, 'utf8')].map((byte) => `:${byte.toString(16).padStart(2, '0')}`).join(''),
  );
}
