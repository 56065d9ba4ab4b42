import { day, isObject, textLike, wholeNumber, words, type Form } from './form';
import { categories, conditions, fees, grades, partNames, parts, rights } from './record';

/** Which field is wrong, as a JSON pointer, and why. */
export interface FieldProblem {
  field: string;
  reason: string;
}

const version = wholeNumber(1, 10_000);
const head: Readonly<Record<string, Form<unknown>>> = {
  id: textLike(/^[a-z]+(-[a-z0-9]+)+$/, 'small letters and digits with hyphens between'),
  version,
  title: words,
  jurisdiction: words,
  right: rights,
  zone: words,
  calendar: words,
  effectiveFrom: day,
};
const citation: Readonly<Record<string, Form<unknown>>> = {
  instrument: words,
  article: words,
  source: words,
  grade: grades,
  checked: day,
};

/** What of a record has not the form that it must have; nothing of its law is judged. */
export function shapeProblems(json: unknown): FieldProblem[] {
  if (!isObject(json)) return [{ field: '', reason: 'is no object' }];
  const { replaces, effectiveTo, exceptions, fee, cite, right } = json;
  const wantsDelay = right === 'delay_cancel';
  const known = [...Object.keys(head), ...partNames, 'replaces', 'effectiveTo', 'exceptions', 'fee', 'cite'].filter(
    (name) => name !== 'delay' || wantsDelay,
  );
  return [
    ...names('', json, known),
    ...Object.entries(head).flatMap(([name, form]) => (name in json ? wrong(`/${name}`, json[name], form) : [])),
    ...('replaces' in json && replaces !== null ? wrong('/replaces', replaces, version) : []),
    ...('effectiveTo' in json && effectiveTo !== 'open' ? wrong('/effectiveTo', effectiveTo, dayOrOpen) : []),
    ...partNames.flatMap((name) => (known.includes(name) && name in json ? part(name, json[name]) : [])),
    ...('exceptions' in json ? exceptionList(exceptions) : []),
    ...('fee' in json ? value('/fee', fee, fees) : []),
    ...('cite' in json ? citations(cite) : []),
  ];
}

const dayOrOpen: Form<unknown> = { ...day, wanted: `${day.wanted}, or open` };

function part(name: (typeof partNames)[number], json: unknown): FieldProblem[] {
  if (json === null || json === 'none') return [];
  const forms: Readonly<Record<string, Form<unknown>>> = parts[name];
  if (!isObject(json)) return [{ field: `/${name}`, reason: 'is no object, none or null' }];
  return [
    ...names(`/${name}`, json, Object.keys(forms)),
    ...Object.entries(forms).flatMap(([key, form]) => (key in json ? value(`/${name}/${key}`, json[key], form) : [])),
  ];
}

function exceptionList(json: unknown): FieldProblem[] {
  if (json === null || json === 'none') return [];
  if (!Array.isArray(json) || json.length === 0) {
    return [{ field: '/exceptions', reason: 'is no list of exceptions, none or null' }];
  }
  return json.flatMap((one: unknown, place) => {
    const field = `/exceptions/${place}`;
    if (!isObject(one)) return [{ field, reason: 'is no object' }];
    return [
      ...names(field, one, ['category', 'condition']),
      ...('category' in one ? wrong(`${field}/category`, one['category'], categories) : []),
      ...('condition' in one ? value(`${field}/condition`, one['condition'], conditions) : []),
    ];
  });
}

function citations(json: unknown): FieldProblem[] {
  if (!isObject(json)) return [{ field: '/cite', reason: 'is no object' }];
  return Object.entries(json).flatMap(([pointer, one]) => {
    const field = `/cite/${pointer.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (!isObject(one)) return [{ field, reason: 'is no object' }];
    const { note, ...rest } = one;
    return [
      ...names(field, rest, Object.keys(citation)),
      ...Object.entries(citation).flatMap(([key, form]) =>
        key in one ? wrong(`${field}/${key}`, one[key], form) : [],
      ),
      ...('note' in one ? wrong(`${field}/note`, note, words) : []),
    ];
  });
}

/** Fields that nobody knows, and fields that are missing. */
function names(field: string, json: Readonly<Record<string, unknown>>, known: readonly string[]): FieldProblem[] {
  return [
    ...Object.keys(json)
      .filter((name) => !known.includes(name))
      .map((name) => ({ field: `${field}/${name}`, reason: 'is not known' })),
    ...known.filter((name) => !(name in json)).map((name) => ({ field: `${field}/${name}`, reason: 'is missing' })),
  ];
}

function value(field: string, json: unknown, form: Form<unknown>): FieldProblem[] {
  if (json === null || json === 'none') return [];
  return wrong(field, json, { ...form, wanted: `${form.wanted}; or none, or null where nobody has verified it` });
}

function wrong(field: string, json: unknown, form: Form<unknown>): FieldProblem[] {
  return form.accepts(json) ? [] : [{ field, reason: `is ${JSON.stringify(json)}, and has to be ${form.wanted}` }];
}
