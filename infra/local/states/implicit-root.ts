import type jsonata from 'jsonata';

/** The parser's own tree has more members than its type tells. */
type Node = Readonly<Record<string, unknown>> & { readonly type?: string; readonly value?: unknown };

/** Members of a node that are evaluated with what stands left of them as the context. */
const WITH_CONTEXT = new Set(['predicate', 'stages', 'group']);

/**
 * The first part of an expression that refers to an implicit root (`$`, `$$`, a bare field name, `*`), or calls `$eval`:
 * JSONata has both, Step Functions has neither. Inside a path or a filter the context is the item at hand.
 */
export function implicitRootIn(tree: jsonata.ExprNode): string | undefined {
  return find(tree, false);
}

function find(node: unknown, context: boolean): string | undefined {
  if (Array.isArray(node)) return first(node as unknown[], (item) => find(item, context));
  if (typeof node !== 'object' || node === null) return undefined;
  const { type, value } = node as Node;
  if (type === 'regex') return undefined;
  if (type === 'variable' && value === '$') return '$$';
  if (type === 'variable' && value === 'eval') return '$eval';
  if (!context) {
    if (type === 'variable' && value === '') return '$';
    if (type === 'name') return String(value);
    if (type === 'wildcard' || type === 'descendant') return type === 'wildcard' ? '*' : '**';
  }
  const steps = (node as Node)['steps'];
  return first(Object.entries(node), ([member, inner]) => {
    if (member === 'steps' && Array.isArray(steps)) {
      return first([...(steps as unknown[]).entries()], ([index, step]) => find(step, context || index > 0));
    }
    // `a ~> | pattern | update |`: the pattern is looked up in a, the rest in what it finds.
    const gained = WITH_CONTEXT.has(member) || type === 'transform' || (type === 'sort' && member === 'terms');
    return find(inner, context || gained);
  });
}

function first<T>(items: readonly T[], look: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = look(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
