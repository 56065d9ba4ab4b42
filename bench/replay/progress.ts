/** Says on stderr how far the replay is: one line that is rewritten in a terminal, a line every ten seconds elsewhere. */
export class Progress {
  private orders = 0;
  private requests = 0;
  private lastAt = 0;

  constructor(
    private readonly out: { write(text: string): unknown; isTTY?: boolean },
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** How much there is to do. */
  expect(orders: number, requests: number): void {
    this.orders = orders;
    this.requests = requests;
  }

  tell(orders: number, requests: number): void {
    const now = this.now();
    if (now - this.lastAt < (this.out.isTTY ? 200 : 10_000)) return;
    this.lastAt = now;
    const text = `orders ${orders} of ${this.orders}, cancellation requests ${requests} of ${this.requests}`;
    this.out.write(this.out.isTTY ? `\r${text}\u001B[K` : `${text}\n`);
  }

  note(text: string): void {
    this.out.write(this.out.isTTY ? `\r\u001B[K${text}\n` : `${text}\n`);
  }

  end(): void {
    if (this.out.isTTY) this.out.write('\r\u001B[K');
  }
}
