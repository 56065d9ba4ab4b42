import type { Connection } from '../ports/connections';

export interface Token {
  text: string;
  /** Milliseconds since epoch. */
  until: number;
}

/** A token this close to its end is not used any more. */
const MARGIN_MS = 60_000;

/**
 * Access tokens, kept for their life per connection object: a rotated secret arrives as a new object and so gets a new
 * token. Whoever asks while one is being fetched waits for that one.
 */
export class KeptTokens {
  private readonly kept = new WeakMap<Connection, Promise<Token>>();

  /**
   * @param fetch asks the party for a token
   * @param clock milliseconds since epoch
   */
  constructor(
    private readonly fetch: (connection: Connection) => Promise<Token>,
    private readonly clock: () => number,
  ) {}

  /** @throws as `fetch` */
  async of(connection: Connection): Promise<string> {
    const known = this.kept.get(connection);
    const token = await known;
    if (token !== undefined && this.clock() < token.until - MARGIN_MS) return token.text;
    // Whoever else waited for the old one may have asked for its successor already.
    const next = this.kept.get(connection);
    return (await (next === undefined || next === known ? this.renewed(connection) : next)).text;
  }

  /** The party has refused this token; one that has replaced it since stays. */
  async drop(connection: Connection, refused: string): Promise<void> {
    const known = this.kept.get(connection);
    if ((await known)?.text === refused && this.kept.get(connection) === known) this.kept.delete(connection);
  }

  private renewed(connection: Connection): Promise<Token> {
    const fresh = this.fetch(connection);
    this.kept.set(connection, fresh);
    // A failure is told to those who wait for it, and not remembered.
    fresh.catch(() => this.kept.delete(connection));
    return fresh;
  }
}
