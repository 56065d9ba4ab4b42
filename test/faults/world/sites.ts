/**
 * The places in the adapters that speak to the outside. Each is told apart by its file and line; the script that runs
 * says which one it is at just before it speaks, and does nothing else differently.
 */
const SPEAKS =
  /\b(this\.client|client|http)(\.(?:refunds|paymentIntents|events))?\.(send|create|retrieve|cancel|list)\(/;

export function sitesOf(file: string, source: string): string[] {
  return source.split('\n').flatMap((line, at) => (speaks(line) ? [`${file}:${at + 1}`] : []));
}

export function withSites(file: string, source: string): string {
  return source
    .split('\n')
    .map((line, at) => {
      if (!speaks(line)) return line;
      const site = JSON.stringify(`${file}:${at + 1}`);
      return line.replace(SPEAKS, (all, subject: string) =>
        all.replace(subject, `(globalThis.__faultWorld.passes(${site}), ${subject})`),
      );
    })
    .join('\n');
}

const speaks = (line: string): boolean => SPEAKS.test(line) && !/^\s*(\*|\/\/)/.test(line);
