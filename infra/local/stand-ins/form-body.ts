/** Form encoding as Stripe takes it: `metadata[leg_id]=x`, one level of brackets; `types[]=x` again and again is a list. */
export type FormValue = string | Record<string, string>;

export function readForm(entries: Iterable<[string, string]>): Record<string, FormValue> {
  const form: Record<string, FormValue> = {};
  for (const [name, value] of entries) {
    const nested = /^(\w+)\[(\w*)\]$/.exec(name);
    const outer = nested?.[1];
    if (outer === undefined) {
      form[name] = value;
      continue;
    }
    const group = form[outer];
    const members = typeof group === 'object' ? group : {};
    const inner = nested?.[2] ?? '';
    form[outer] = { ...members, [inner === '' ? String(Object.keys(members).length) : inner]: value };
  }
  return form;
}
