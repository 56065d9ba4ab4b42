import { hashText } from './hash';

/** A hash of all that was heard, in its order. Taken only when somebody asks: most who hear end before. */
export class Trace {
  private readonly unread: (() => string)[] = [];

  constructor(private print = 0) {}

  hear(what: () => string): void {
    this.unread.push(what);
  }

  get value(): number {
    for (const what of this.unread) this.print = hashText(what(), this.print | 0);
    this.unread.length = 0;
    return this.print;
  }

  /** Forgets what was heard since the value was this. */
  backTo(value: number): void {
    this.unread.length = 0;
    this.print = value;
  }
}
