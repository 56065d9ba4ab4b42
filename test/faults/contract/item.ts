/** An item, or its keys, as the document client gives it. */
export type Item = Record<string, unknown>;
