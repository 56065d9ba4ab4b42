/** Which outside messages were seen. It only saves work: what decides is the state of the leg or shipment. */
export interface Receipts {
  seen(tenant: string, provider: string, eventId: string): Promise<boolean>;
  /** @param now ISO instant; the receipt is dropped some days later */
  keep(tenant: string, provider: string, eventId: string, now: string): Promise<void>;
}
