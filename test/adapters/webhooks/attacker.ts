/**
 * What somebody sends to the door of a provider's webhooks. Messages are written from the vendors' descriptions, apart from
 * our own reading of them and apart from the stand-ins.
 */
import type { Connection } from '../../../shared/ports/connections';
import type { RefundTrail } from '../../../shared/ports/payment-channel';

/** Two shops at one provider, each with an account of its own. */
export type Account = 'ours' | 'theirs';

/** What a message says of a refund. */
export interface Claim {
  eventId: string;
  providerRef: string;
  trail: RefundTrail;
  /** Minor units of the attacker's currency, in which all providers have two digits. */
  amount: number;
  /** Stands where nobody looks, and makes the message long. */
  padding?: string;
}

export interface Seal {
  /** Which of the account's two webhook secrets; `none`: by somebody who has none of them. First if absent. */
  secret?: 0 | 1 | 'none';
  /** Seconds since epoch, where the provider signs a time. */
  at: number;
  /** SHA-256 if absent. */
  hash?: 'sha1' | 'sha256' | 'sha512';
}

export interface Message {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

export type Named<Value> = readonly [name: string, value: Value];

/** How a provider signs, and what can be tried against it. */
export interface Attacker {
  readonly currency: 'EUR' | 'CNY';
  /** Whether each byte of the body is signed, or what it says. */
  readonly signs: 'bytes' | 'content';
  /** The provider answers no questions about a refund, so its signed word is taken. */
  readonly answersNothing?: true;
  /** Absent where no time is signed, so that an old message can be sent again at any time. */
  readonly time?: {
    /** How old a message may be, seconds. */
    readonly old: number;
    /** How far ahead of our clock it may be, seconds. */
    readonly ahead: number;
    /** The same message with another time in it, not signed anew. */
    readonly restamped: (message: Message, at: number) => Message;
  };
  /** The account as a connection, with these of its webhook secrets live. */
  connection(account: Account, secrets: readonly (0 | 1)[]): Omit<Connection, 'id' | 'tenant' | 'provider'>;
  /** What the provider calls the refund of a leg. */
  readonly providerRef: (trail: RefundTrail) => string;
  /** A notice that the refund has succeeded. */
  message(account: Account, claim: Claim, seal: Seal): Message;
  /** The content of one message under the signature of another. */
  grafted(content: Message, signature: Message): Message;
  /** The message without a part of its signature, each part in turn. */
  unsigned(message: Message): readonly Named<Message>[];
  /** Messages that the key of our connection opens, and that name somebody else's account, each place in turn. */
  misaddressed(claim: Claim, at: number): readonly Named<Message>[];
  /** Messages that are signed by the right key in another way than the one that is agreed on. */
  weaker(claim: Claim, at: number): readonly Named<Message>[];
  /** Wrong signatures that the provider sends by itself, to see whether anybody looks. */
  readonly probes?: (message: Message) => readonly Named<Message>[];
  /** What has to be there before a message can be read; answers how it is taken down. */
  readonly open?: () => Promise<() => Promise<void>>;
}

/** The message without each of these headers in turn, and with each of them empty. */
export function withoutHeaders(message: Message, names: readonly string[]): Named<Message>[] {
  return names.flatMap((name): Named<Message>[] => {
    const { [name]: _left, ...headers } = message.headers;
    return [
      [`without ${name}`, { ...message, headers }],
      [`with an empty ${name}`, { ...message, headers: { ...headers, [name]: '' } }],
    ];
  });
}

/** Where the signature is in the headers. */
export const graftedHeaders = ({ body }: Message, { headers }: Message): Message => ({ body, headers });

/** As providers with decimal amounts write it. */
export const decimal = (amount: number): string => (amount / 100).toFixed(2);
