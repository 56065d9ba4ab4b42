/**
 * The places in the adapters that speak to the outside. Each is told apart by its file and line; the script that runs
 * says which one it is at just before it speaks, and does nothing else differently.
 */
const SPEAKS =
  /\b(this\.client|client|http)(?=(?:\.(?:refunds|paymentIntents|events))?\.(?:send|create|retrieve|cancel|list)\()/;

/** Parties of the world that ask everything through a function of their own, with the places that call it. */
const ASK: readonly { readonly file: RegExp; readonly speaks: RegExp }[] = [
  { file: /\/payments\/adyen\.ts$/, speaks: /\b(modify)(?=\()/ },
  { file: /\/payments\/wechat-pay\.ts$/, speaks: /\b(ask)(?=\(\{)/ },
  { file: /\/carriers\/sf-express[-a-z]*\.ts$/, speaks: /\b(call)(?=\(line,)/ },
];

export function sitesOf(file: string, source: string): string[] {
  return source.split('\n').flatMap((line, at) => (placeIn(file, line) ? [`${file}:${at + 1}`] : []));
}

export function withSites(file: string, source: string): string {
  return source
    .split('\n')
    .map((line, at) => {
      const site = JSON.stringify(`${file}:${at + 1}`);
      const place = placeIn(file, line);
      return place ? line.replace(place, `(globalThis.__faultWorld.passes(${site}), $1)`) : line;
    })
    .join('\n');
}

/** What of a line speaks. */
function placeIn(file: string, line: string): RegExp | undefined {
  if (/^\s*(\*|\/\/)/.test(line)) return undefined;
  const own = ASK.filter((one) => one.file.test(file)).map(({ speaks }) => speaks);
  return [SPEAKS, ...own].find((speaks) => speaks.test(line));
}
