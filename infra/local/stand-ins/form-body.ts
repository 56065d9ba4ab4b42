/** Form encoding as Stripe takes it: `metadata[leg_id]=x`, one level of brackets. */
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
    form[outer] = { ...(typeof group === 'object' ? group : {}), [nested?.[2] ?? '']: value };
  }
  return form;
}
