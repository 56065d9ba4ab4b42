/** What a provider last said of one dispute about a payment. */
export interface DisputeNews {
  /** The provider's id of the dispute; a payment may have several. */
  dispute: string;
  /** The payment or the capture that is disputed, as an order names it. */
  payment: string;
  /** The buyer's bank has taken the money back, or may: nothing may be refunded beside it. */
  stops: boolean;
  /** Later news of the same dispute has a greater number. */
  order: number;
}

/** Which payments are disputed. It is heard of before, while or after their order is cancelled, so no order is looked for. */
export interface Disputes {
  /** Keeps the latest news: late and repeated ones change nothing, and of two that are as late the one that stops is kept. */
  hear(tenant: string, news: DisputeNews): Promise<void>;
  /** @param payments references of payments and captures */
  stop(tenant: string, payments: readonly string[]): Promise<boolean>;
}
