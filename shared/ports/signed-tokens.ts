/** Tokens of our own that carry facts through a client and come back unaltered. */
export interface SignedTokens {
  sign(prefix: string, payload: Readonly<Record<string, unknown>>): Promise<string>;
  /** @returns undefined for a token that is not ours; expiry is the caller's to check */
  verify(prefix: string, token: string): Promise<Readonly<Record<string, unknown>> | undefined>;
}
