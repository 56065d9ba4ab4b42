/** What the state machines are told about a run. Amounts stay in the store; ids and dates travel. */
export interface Run {
  tenant: string;
  orderId: string;
  cancellationId: string;
  generation: number;
}

export interface StoryInput extends Run {
  /** When the grace window ends; absent: at once. */
  graceUntil?: string;
  /** Until when the merchant may answer; absent: nobody is asked. */
  answerBy?: string;
  /** A parcel has to be stopped first. */
  recalls: boolean;
  /** Take up a run that stopped half way: look at what is left instead of starting over. */
  resume: boolean;
}

export interface Workflow {
  /**
   * Runs `unwind-order` and waits a little. `failed` when it is known to have stopped without an end; `unknown` when it
   * takes longer or the answer was lost: it may still be running, and the stored cancellation is the answer.
   */
  unwindNow(run: Run): Promise<'ended' | 'failed' | 'unknown'>;
  /** Starts the story of this generation. Starting it again is harmless. */
  startStory(input: StoryInput): Promise<void>;
  /** Wakes a waiting step. The answer itself is already stored; a token that nobody waits for any more is no error. */
  wake(token: string): Promise<void>;
}
