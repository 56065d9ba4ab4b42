/** Writes and checks, read from their inputs and not yet carried out. */
import { absorb, type ValueMap } from './attributes';
import { conditionOf, type Condition } from './condition';
import { checkGiven, type Given } from './expression-text';
import { invalid, Unmodelled } from './refusals';
import type { Position, Stored } from './stored';
import { isTooLarge, type Table } from './table';
import { additionsOf, sumsOf, Unfit, updateOf } from './update';

export type Input = Readonly<Record<string, unknown>>;
export type ActionKind = 'Put' | 'Delete' | 'Update' | 'ConditionCheck';

export interface Action {
  readonly table: Table;
  readonly position: Position;
  readonly condition: Condition | undefined;
  readonly given: Given;
  /** Whether a failed condition shows the item that it failed for. */
  readonly showsItem: boolean;
  /** Whether it writes; a check does not. */
  readonly writes: boolean;
  /** What it makes of the item that is there. */
  readonly result: (before: Stored | undefined) => Stored | undefined;
  readonly bytes: number;
}

const common = ['TableName', 'ExpressionAttributeNames', 'ExpressionAttributeValues', 'ConditionExpression'];
const conditional = [...common, 'ReturnValuesOnConditionCheckFailure'];
const members: Readonly<Record<ActionKind, ReadonlySet<string>>> = {
  Put: new Set([...conditional, 'Item']),
  Delete: new Set([...conditional, 'Key']),
  Update: new Set([...conditional, 'Key', 'UpdateExpression']),
  ConditionCheck: new Set([...conditional, 'Key']),
};

/** @throws Unmodelled for a member that is not known, whatever its value */
export function checkMembers(input: Input, known: ReadonlySet<string>, of: string): void {
  for (const name in input) {
    if (!known.has(name) && input[name] !== undefined) throw new Unmodelled(`${name} of ${of}`);
  }
}

export function givenIn(input: Input): Given {
  const names = input['ExpressionAttributeNames'] as Given['names'];
  const values = input['ExpressionAttributeValues'];
  return { names, values: values === undefined ? undefined : (absorb(values) as ValueMap) };
}

/** @throws ValidationException for what the database refuses whatever it holds */
export function actionOf(kind: ActionKind, input: Input, table: Table): Action {
  checkMembers(input, members[kind], kind);
  const given = givenIn(input);
  const text = input['ConditionExpression'] as string | undefined;
  if (kind === 'ConditionCheck' && text === undefined) throw invalid('ConditionExpression must not be null');
  const condition = text === undefined ? undefined : conditionOf(text);
  const update = kind === 'Update' ? updateOf(String(input['UpdateExpression'])) : undefined;
  checkGiven(given, condition ?? update, condition === undefined ? undefined : update);
  const shows = input['ReturnValuesOnConditionCheckFailure'];
  if (shows !== undefined && shows !== 'NONE' && shows !== 'ALL_OLD')
    throw new Unmodelled('a showing of items other than ALL_OLD');
  const about = { table, condition, given, showsItem: shows === 'ALL_OLD', writes: kind !== 'ConditionCheck' };
  if (kind === 'Put') {
    const item = table.stored(input['Item'] as Input);
    return { ...about, position: item, result: () => item, bytes: item.sizeAtMost };
  }
  const Key = input['Key'] as Input;
  const position = table.position(Key, true);
  if (update === undefined) return { ...about, position, result: () => undefined, bytes: 0 };
  const additions = additionsOf(update, given, table.keys);
  return { ...about, position, result: (before) => updated(table, Key, before, additions), bytes: 0 };
}

function updated(table: Table, Key: Input, before: Stored | undefined, additions: ReadonlyMap<string, number>): Stored {
  const sums = sumsOf(additions, before?.value);
  const after = before === undefined ? table.stored({ ...Key, ...sums }) : before.with(sums);
  if (isTooLarge(after)) throw new Unfit('Item size to update has exceeded the maximum allowed size');
  return after;
}
