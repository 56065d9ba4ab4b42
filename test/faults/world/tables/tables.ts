/**
 * DynamoDB's tables in memory, for the commands and expressions that the adapters use. They carry out a command at once
 * and always the same way; what they do not imitate they refuse. `test/faults/contract` compares them with a real engine.
 */
import { marshall } from '@aws-sdk/util-dynamodb';
import type { CancellationReason } from '@aws-sdk/client-dynamodb';
import { actionOf, checkMembers, givenIn, resultOf, type Action, type ActionKind, type Input } from './action';
import { absorb, same, type Value } from './attributes';
import { hashOfText, mix } from './item-hash';
import { rangeOf } from './key-condition';
import {
  cancelled,
  checkFailed,
  conditionFailed,
  invalid,
  notFound,
  otherContent,
  Unfit,
  Unmodelled,
} from './refusals';
import type { TableShape, Watch } from './shape';
import type { Stored } from './stored';
import { Table, type TableSnapshot } from './table';

/** What tables hold at one moment. Only their own tables can be put back to it. */
export interface TablesSnapshot {
  readonly tables: ReadonlyMap<string, TableSnapshot>;
  readonly tokens: ReadonlyMap<string, Remembered>;
}

/** A transaction that was carried out under a token. */
interface Remembered {
  readonly at: number;
  readonly content: Value | undefined;
}

const membersOf = {
  Get: new Set(['TableName', 'Key', 'ConsistentRead']),
  Query: new Set([
    'TableName',
    'IndexName',
    'KeyConditionExpression',
    'ExpressionAttributeNames',
    'ExpressionAttributeValues',
    'ScanIndexForward',
    'Limit',
    'ExclusiveStartKey',
    'ConsistentRead',
  ]),
  TransactWrite: new Set(['TransactItems', 'ClientRequestToken']),
};
const mostActions = 100;
const largestTransaction = 4 * 1024 * 1024;
const tokenLivesMs = 10 * 60_000;

export class Tables {
  private readonly tables = new Map<string, Table>();
  private tokens = new Map<string, Remembered>();

  constructor(
    shapes: readonly TableShape[],
    private readonly watch: Watch = {},
  ) {
    for (const shape of shapes) this.tables.set(shape.name, new Table(shape));
  }

  /**
   * Carries out a command of the document client.
   * @param command the name of its class
   * @param now in milliseconds
   * @param behind how many changes of its table a read lags behind, unless it is a consistent one
   * @throws the SDK's exceptions; Unmodelled for what is not imitated
   */
  carryOut(command: string, input: object, now: number, behind = 0): object {
    try {
      return this.obey(command, input, now, behind);
    } catch (error) {
      throw error instanceof Unfit ? invalid(error.message) : error;
    }
  }

  private obey(command: string, input: object, now: number, behind: number): object {
    switch (command) {
      case 'GetCommand':
        return this.get(input as Input, behind);
      case 'QueryCommand':
        return this.query(input as Input, behind);
      case 'PutCommand':
        return this.write('Put', input as Input);
      case 'DeleteCommand':
        return this.write('Delete', input as Input);
      case 'UpdateCommand':
        return this.write('Update', input as Input);
      case 'TransactWriteCommand':
        return this.transact(input as Input, now);
      default:
        throw new Unmodelled(command);
    }
  }

  /** Removes items whose time has passed, as the service does at a time of its own. */
  expire(nowSeconds: number): void {
    for (const table of this.tables.values()) {
      for (const item of table.expired(nowSeconds)) this.change(table, item, undefined, true);
    }
  }

  snapshot(): TablesSnapshot {
    const tables = new Map<string, TableSnapshot>();
    for (const [name, table] of this.tables) tables.set(name, table.snapshot());
    return { tables, tokens: new Map(this.tokens) };
  }

  /** Puts everything back. What reads could lag behind is forgotten: the restored state has always been there. */
  restore(snapshot: TablesSnapshot): void {
    for (const [name, table] of this.tables) table.restore(snapshot.tables.get(name) as TableSnapshot);
    this.tokens = new Map(snapshot.tokens);
  }

  /** The same for the same items in the same tables, however they came there. */
  digest(): string {
    let low = 0;
    let high = 0;
    for (const [name, table] of this.tables) {
      const seed = hashOfText(name, 0);
      const [one, other] = table.digest();
      low = (low + mix(one ^ seed)) | 0;
      high = (high + mix(other ^ seed)) | 0;
    }
    return (low >>> 0).toString(16).padStart(8, '0') + (high >>> 0).toString(16).padStart(8, '0');
  }

  /** Copies of all items of a table. */
  *items(table: string): Generator<Record<string, unknown>> {
    for (const item of this.table(table).all()) yield item.copy();
  }

  private table(name: unknown): Table {
    const table = this.tables.get(name as string);
    if (table === undefined) throw notFound();
    return table;
  }

  private get(input: Input, behind: number): object {
    checkMembers(input, membersOf.Get, 'Get');
    const table = this.table(input['TableName']);
    const position = table.position(input['Key'] as Input, true);
    const current = behind === 0 || input['ConsistentRead'] === true;
    const found = current ? table.find(position) : table.findBehind(position, behind);
    return found === undefined ? {} : { Item: found.copy() };
  }

  private query(input: Input, behind: number): object {
    checkMembers(input, membersOf.Query, 'Query');
    const table = this.table(input['TableName']);
    const index = input['IndexName'] as string | undefined;
    const text = input['KeyConditionExpression'];
    if (typeof text !== 'string') throw new Unmodelled('a query without KeyConditionExpression');
    const range = rangeOf(text, givenIn(input), table.keysOf(index));
    const consistent = input['ConsistentRead'] === true;
    if (consistent && index !== undefined) {
      throw invalid('Consistent reads are not supported on global secondary indexes');
    }
    const limit = (input['Limit'] as number | undefined) ?? Infinity;
    if (!(limit >= 1)) {
      throw invalid(
        `1 validation error detected: Value '${limit}' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1`,
      );
    }
    const from = input['ExclusiveStartKey'] as Input | undefined;
    const start = from === undefined ? undefined : table.startOf(index, range, from);
    const forward = input['ScanIndexForward'] !== false;
    return table.query(index, range, { forward, limit, start }, consistent ? 0 : behind);
  }

  private write(kind: ActionKind, input: Input): object {
    const action = actionOf(kind, input, this.table(input['TableName']));
    const before = action.table.find(action.position);
    if (!this.holds(action, before)) throw checkFailed(shown(action, before));
    this.change(action.table, before, resultOf(action, before));
    return {};
  }

  private transact(input: Input, now: number): object {
    checkMembers(input, membersOf.TransactWrite, 'TransactWrite');
    const token = input['ClientRequestToken'] as string | undefined;
    const content = token === undefined ? undefined : absorb(input['TransactItems']);
    if (token !== undefined && this.isKnown(token, content, now)) return {};
    const actions = this.actionsOf(input['TransactItems'] as readonly Input[]);
    const befores = actions.map((action) => (action instanceof Unfit ? undefined : action.table.find(action.position)));
    const results: (Stored | undefined)[] = [];
    const reasons = actions.map((action, at) => this.reason(action, befores[at], (result) => (results[at] = result)));
    if (reasons.some(({ Code }) => Code !== 'None')) throw cancelled(reasons);
    actions.forEach((action, at) => {
      if (!(action instanceof Unfit) && action.writes) this.change(action.table, befores[at], results[at]);
    });
    if (token !== undefined) this.tokens.set(token, { at: now, content });
    return {};
  }

  /** Whether it was carried out under this token in the last ten minutes. */
  private isKnown(token: string, content: Value | undefined, now: number): boolean {
    // Kept in the order of their times.
    for (const [old, { at }] of this.tokens) {
      if (at + tokenLivesMs > now) break;
      this.tokens.delete(old);
    }
    const known = this.tokens.get(token);
    if (known === undefined) return false;
    if (!same(known.content, content)) throw otherContent();
    return true;
  }

  private actionsOf(items: readonly Input[]): (Action | Unfit)[] {
    if (items.length === 0 || items.length > mostActions) {
      const bound = items.length === 0 ? 'greater than or equal to 1' : `less than or equal to ${mostActions}`;
      throw invalid(
        `1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have length ${bound}`,
      );
    }
    const all = items.map((item) => {
      const [kind, input] = onlyMember(item);
      return orUnfit(() => actionOf(kind, input, this.table(input['TableName'])));
    });
    const actions = all.filter((action): action is Action => !(action instanceof Unfit));
    const targets = new Set(actions.map(({ table, position: { pk, sk } }) => `${table.shape.name}\0${pk}\0${sk}`));
    if (targets.size < actions.length) {
      throw invalid('Transaction request cannot include multiple operations on one item');
    }
    if (
      sum(actions, (item) => item.sizeAtMost) > largestTransaction &&
      sum(actions, (item) => item.size) > largestTransaction
    ) {
      throw invalid('Transaction request size exceeds the maximum allowed size of 4 MB');
    }
    return all;
  }

  /** What stands in the way of an action, if anything; else `then` is told what it makes of its item. */
  private reason(
    action: Action | Unfit,
    before: Stored | undefined,
    then: (result: Stored | undefined) => void,
  ): CancellationReason {
    if (action instanceof Unfit) return { Code: 'ValidationError', Message: action.message };
    if (!this.holds(action, before)) {
      const Item = shown(action, before);
      return { Code: 'ConditionalCheckFailed', Message: conditionFailed, ...(Item === undefined ? {} : { Item }) };
    }
    const result = orUnfit(() => (action.writes ? resultOf(action, before) : before));
    if (result instanceof Unfit) return { Code: 'ValidationError', Message: result.message };
    then(result);
    return { Code: 'None' };
  }

  private holds({ condition, given }: Action, before: Stored | undefined): boolean {
    if (condition === undefined) return true;
    const held = condition.holds(before?.value, given);
    this.watch.condition?.(condition.text, held);
    return held;
  }

  /** A write that changes nothing leaves no trace. */
  private change(table: Table, before: Stored | undefined, after: Stored | undefined, expired = false): void {
    if (before === after || same(before?.value, after?.value)) return;
    table.write(before, after);
    if (this.watch.changed === undefined || !table.shape.stream) return;
    this.watch.changed({
      table: table.shape.name,
      keys: table.keysIn(((after ?? before) as Stored).value),
      ...(before === undefined ? {} : { before: before.copy() }),
      ...(after === undefined ? {} : { after: after.copy() }),
      write: table.writes,
      ...(expired ? { expired } : {}),
    });
  }
}

function orUnfit<Result>(attempt: () => Result): Result | Unfit {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof Unfit) return error;
    throw error;
  }
}

function onlyMember(item: Input): [ActionKind, Input] {
  const [found, ...more] = Object.entries(item).filter(([, value]) => value !== undefined);
  if (found === undefined || more.length > 0) throw new Unmodelled('an action that is not exactly one');
  const [kind, input] = found;
  if (kind !== 'Put' && kind !== 'Delete' && kind !== 'Update' && kind !== 'ConditionCheck') {
    throw new Unmodelled(`${kind} in a transaction`);
  }
  return [kind, input as Input];
}

const sum = (actions: readonly Action[], size: (item: Stored) => number): number =>
  actions.reduce((total, { item }) => total + (item === undefined ? 0 : size(item)), 0);

const shown = ({ showsItem }: Action, before: Stored | undefined) =>
  showsItem && before !== undefined ? marshall(before.value) : undefined;
