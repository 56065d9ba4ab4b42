/** Writes and checks, read from their inputs and not yet carried out. */
import { absorb, type ValueMap } from './attributes';
import { conditionOf, type Condition } from './condition';
import { checkGiven, type Given } from './expression-text';
import { invalid, Unfit, Unmodelled } from './refusals';
import type { Position, Stored } from './stored';
import { isTooLarge, type Table } from './table';
import { additionsOf, sumsOf, updateOf } from './update';

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
  /** What a put puts. */
  readonly item: Stored | undefined;
  /** What an update adds. */
  readonly additions: ReadonlyMap<string, number> | undefined;
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

/** @throws ValidationException for what the database refuses whatever it holds, Unfit for keys that are not the table's */
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
  const item = kind === 'Put' ? table.stored(input['Item'] as Input) : undefined;
  return {
    table,
    position: item ?? table.position(input['Key'] as Input, true),
    condition,
    given,
    showsItem: shows === 'ALL_OLD',
    writes: kind !== 'ConditionCheck',
    item,
    additions: update && additionsOf(update, given, table.keys),
  };
}

/** What a write makes of the item that is there. @throws Unfit where that cannot be */
export function resultOf({ table, position, item, additions }: Action, before: Stored | undefined): Stored | undefined {
  if (additions === undefined) return item;
  const sums = sumsOf(additions, before?.value);
  const after = before === undefined ? table.stored({ ...table.keysAt(position), ...sums }) : before.with(sums);
  if (isTooLarge(after)) throw new Unfit('Item size to update has exceeded the maximum allowed size');
  return after;
}
