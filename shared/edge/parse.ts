import * as z from 'zod/mini';
import { refuse, type Refusal } from '../domain/refusal';

/** Checks a value against a schema. Unknown fields are refused by name; the first problem is told with its pointer. */
export function parse<Output>(schema: z.ZodMiniType<Output>, value: unknown, where: string): Output | Refusal {
  const result = z.safeParse(schema, value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  if (issue === undefined) return refuse('invalid_field', `The ${where} does not fit.`);
  const pointer = issue.path.map((part) => `/${String(part)}`).join('');
  if (issue.code === 'unrecognized_keys') {
    const field = `${pointer}/${issue.keys[0] ?? ''}`;
    return refuse('unknown_field', `The ${where} has no field ${field}.`, { param: field });
  }
  return refuse(
    'invalid_field',
    `${pointer === '' ? `The ${where}` : `${where} field ${pointer}`} ${expectation(issue)}.`,
    {
      param: pointer === '' ? where : pointer,
    },
  );
}

/** What would have been right, in words; never the offending value, which may be personal. */
function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be of type ${issue.expected}`;
    case 'too_small':
      return `must be at least ${String(issue.minimum)}${issue.origin === 'string' ? ' characters' : ''}`;
    case 'too_big':
      return `must be at most ${String(issue.maximum)}${issue.origin === 'string' ? ' characters' : ''}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'invalid_format':
      return `must have the format ${issue.format}`;
    default:
      return issue.message === 'Invalid input' ? 'is not valid' : issue.message;
  }
}
