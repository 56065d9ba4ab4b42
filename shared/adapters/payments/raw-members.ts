/** A string, a sign of the grammar, or a number or word. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g;

/**
 * The members of a JSON object as they were written, byte for byte: some providers sign a part of their answer, and what
 * was parsed and written again would be other bytes.
 *
 * @returns name -> the text of its value; undefined for what is no JSON object, or names a member twice
 */
export function rawMembers(text: string): ReadonlyMap<string, string> | undefined {
  if (!isJson(text) || !text.trimStart().startsWith('{')) return undefined;
  const members = new Map<string, string>();
  let depth = 0;
  let name: string | undefined;
  let value: { begin: number; end: number } | undefined;
  for (const { 0: token, index } of text.matchAll(TOKENS)) {
    if (token === '}' || token === ']') depth -= 1;
    if (depth === 0 || (depth === 1 && token === ',')) {
      if (name !== undefined && members.has(name)) return undefined;
      if (name !== undefined && value !== undefined) members.set(name, text.slice(value.begin, value.end));
      name = undefined;
      value = undefined;
    } else if (name === undefined) {
      name = JSON.parse(token) as string;
    } else if (value !== undefined || token !== ':') {
      value = { begin: value?.begin ?? index, end: index + token.length };
    }
    if (token === '{' || token === '[') depth += 1;
  }
  return members;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
