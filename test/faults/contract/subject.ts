import type { TableChange, TableShape } from '../world/tables/shape';

/** What the contract holds for: tables that answer the document client. */
export interface Subject {
  /** As the document client's own. */
  send(command: { readonly input: object }): Promise<Record<string, unknown>>;
  /** All items of a table, in any order. */
  contents(table: string): Promise<Record<string, unknown>[]>;
  /** The stream's records since it was asked last. */
  changes(table: string): Promise<Pick<TableChange, 'keys' | 'before' | 'after' | 'expired'>[]>;
  /** Removes what has expired by then. */
  expire(nowSeconds: number): Promise<void>;
  stop(): Promise<void>;
}

/** Like the service's own tables: one with indexes, stream and expiry, one without any. */
export const shapes: readonly TableShape[] = [
  {
    name: 'orders',
    partitionKey: 'pk',
    sortKey: 'sk',
    timeToLive: 'expires',
    stream: true,
    indexes: [
      {
        name: 'active',
        partitionKey: 'activePk',
        sortKey: 'activeSk',
        projection: ['orderId', 'reference', 'status', 'placedAt', 'currency', 'total'],
      },
      {
        name: 'queue',
        partitionKey: 'queuePk',
        sortKey: 'queueSk',
        projection: ['cancellationId', 'orderId', 'refund', 'deadline'],
      },
      { name: 'open', partitionKey: 'openPk', sortKey: 'openSk', projection: ['cancellationId', 'orderId'] },
    ],
  },
  { name: 'stock', partitionKey: 'pk', sortKey: 'sk', stream: false, indexes: [] },
];
