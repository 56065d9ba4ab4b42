/** What a table looks like, and what is told of its changes. */

export interface TableShape {
  readonly name: string;
  /** Keys are texts, those of indexes too. */
  readonly partitionKey: string;
  readonly sortKey?: string;
  readonly indexes: readonly IndexShape[];
  /** The attribute with the second at which an item expires. */
  readonly timeToLive?: string;
  readonly stream: boolean;
}

export interface IndexShape {
  readonly name: string;
  readonly partitionKey: string;
  readonly sortKey?: string;
  readonly projection: 'ALL' | 'KEYS_ONLY' | readonly string[];
}

/** One record of a stream. `keys` and both images are the receiver's own copies. */
export interface TableChange {
  readonly table: string;
  readonly keys: Readonly<Record<string, string>>;
  readonly before?: Record<string, unknown>;
  readonly after?: Record<string, unknown>;
  /** Counts the changes of this table, from 1. */
  readonly write: number;
  /** Removed by the service itself, because its time was over. */
  readonly expired?: true;
}

export interface Watch {
  changed?(change: TableChange): void;
  /** A condition was looked at: its text, and whether it held. */
  condition?(expression: string, held: boolean): void;
}
