/** The host that is killed: a process of its own on its own data, looked at after each death. */
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDatabase } from '../../../infra/local/dynamo/database-process';
import { fromItem } from '../../../shared/adapters/dynamodb/cancellation-item';
import type { Cancellation } from '../../../shared/domain/cancellation';
import { ask } from '../../support/api-client';
import { HostProcess } from '../../support/host-process';
import { LaptopControls } from '../../support/laptop-controls';

/** What lay on the disk when everything was dead. */
export interface Autopsy {
  /** Cancellations that were being carried out. */
  readonly executing: number;
  /** That waited for time, an answer or a provider. */
  readonly waiting: number;
  /** Legs handed to their channel whose outcome was not yet recorded. */
  readonly moneyUnderWay: number;
  /** Whether the host said, just before, that functions or machines were at work. */
  readonly atWork: boolean;
}

/** A host that does not answer within this is certainly at work. */
const ANSWER_MS = 100;
const WORK = ['invocations', 'state machine tasks'];

export class Victim {
  private constructor(
    private host: HostProcess,
    private readonly dataDir: string,
  ) {
    process.once('exit', this.atExit);
  }

  /** Whoever ends the campaign leaves no host behind. */
  private readonly atExit = (): void => void this.host.kill();

  static async start(dataDir: string): Promise<Victim> {
    return new Victim(await HostProcess.start({ dataDir }), dataDir);
  }

  get local(): LaptopControls {
    return new LaptopControls(this.host.baseUrl);
  }

  /** `kill -9` of host, workers and database; settles when it has been started again on what they left. */
  async killAndRestart(over: Promise<unknown>): Promise<Autopsy> {
    const atWork = await this.isAtWork();
    await this.host.kill();
    await over;
    const remains = copyOf(this.dataDir);
    try {
      const [found, host] = await Promise.all([examine(remains), HostProcess.start({ dataDir: this.dataDir })]);
      this.host = host;
      return { ...found, atWork };
    } finally {
      rmSync(remains, { recursive: true, force: true });
    }
  }

  async end(): Promise<void> {
    process.off('exit', this.atExit);
    await this.host.kill();
  }

  private async isAtWork(): Promise<boolean> {
    const answer = ask<{ waiting: readonly string[] }>(this.host.baseUrl, {
      method: 'GET',
      path: '/_local/idle?timeoutMs=0',
    }).then(
      ({ body }) => body.waiting.some((each) => WORK.includes(each)),
      () => true,
    );
    const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(true), ANSWER_MS));
    return Promise.race([answer, late]);
  }
}

/** The next host is to find the files as they are, so a copy is opened. */
function copyOf(dataDir: string): string {
  const copy = mkdtempSync(join(tmpdir(), 'kill-remains-'));
  for (const file of readdirSync(dataDir).filter((name) => name.startsWith('tables.sqlite')))
    copyFileSync(join(dataDir, file), join(copy, file));
  return copy;
}

async function examine(remains: string): Promise<Omit<Autopsy, 'atWork'>> {
  const database = await startDatabase(remains, 'eu-central-1', () => undefined);
  try {
    const { TableNames } = await database.client.call('ListTables', {});
    const orders = (TableNames as string[]).find((name) => name.includes('Orders'));
    if (orders === undefined) throw new Error('The dead host has left no table of orders.');
    const found = await cancellationsIn((operation, input) => database.client.call(operation, input), orders);
    const waits = ['in_grace', 'awaiting_answer', 'refund_pending'];
    return {
      executing: found.filter(({ status }) => status === 'executing').length,
      waiting: found.filter(({ status }) => waits.includes(status)).length,
      moneyUnderWay: found.flatMap(({ legs }) => legs).filter(({ status }) => status === 'submitting').length,
    };
  } finally {
    await database.stop();
  }
}

/** Every cancellation of a table, as stored. */
export async function cancellationsIn(call: DatabaseCall, table: string): Promise<readonly Cancellation[]> {
  const items = await itemsIn(call, table);
  return items.filter(({ sk }) => String(sk).startsWith('CAN#')).map(fromItem);
}

type DatabaseCall = (operation: string, input: Readonly<Record<string, unknown>>) => Promise<Record<string, unknown>>;

/** Every item of a table, as plain values. */
export async function itemsIn(call: DatabaseCall, table: string): Promise<readonly Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  for (let from: unknown; ;) {
    const page = await call('Scan', { TableName: table, ...(from === undefined ? {} : { ExclusiveStartKey: from }) });
    items.push(...((page['Items'] ?? []) as Record<string, never>[]).map((item) => unmarshall(item)));
    from = page['LastEvaluatedKey'];
    if (from === undefined) return items;
  }
}
