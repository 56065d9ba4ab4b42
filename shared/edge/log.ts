/** One JSON line per fact. Bodies, tokens and personal data never go in; ids and codes do. */
export function log(level: 'info' | 'warn' | 'error', fields: Readonly<Record<string, unknown>>): void {
  const line = JSON.stringify({
    level,
    ...fields,
    ...(fields['error'] instanceof Error ? { error: describe(fields['error']) } : {}),
  });
  console[level](line);
}

function describe(error: Error): Record<string, unknown> {
  return {
    name: error.name,
    message: error.message,
    stack: error.stack
      ?.split('\n')
      .slice(1, 6)
      .map((frame) => frame.trim()),
  };
}
