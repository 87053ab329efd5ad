/** How much time is left, so that the function ends by itself and says why, rather than being ended. */
import { setTimeout as sleep } from 'node:timers/promises';
import { SyncError } from './errors';

/** The moment by which everything has to be done. */
export class Deadline {
  /**
   * @param remaining milliseconds until Lambda ends the function
   * @param reserve milliseconds to keep for what comes after: the answer to CloudFormation
   */
  public constructor(private readonly remaining: () => number, private readonly reserve: number) {}

  /** Milliseconds left; zero when there are none. */
  public left(): number {
    return Math.max(0, this.remaining() - this.reserve);
  }

  /** A signal that ends what takes longer than it may, or than there is time. */
  public signal(milliseconds: number): AbortSignal {
    return AbortSignal.timeout(Math.ceil(Math.min(milliseconds, this.left())));
  }

  /**
   * Waits, if there is time for it and for something after it.
   *
   * @param what is to come after, for the message
   * @throws SyncError `OUT_OF_TIME` at once where the wait would not end in time
   */
  public async wait(milliseconds: number, what: string): Promise<void> {
    if (this.left() <= milliseconds) {
      throw new SyncError('OUT_OF_TIME', `the time of the function was used up before ${what}; the next run goes on. If it happens again, give it more time`);
    }
    if (milliseconds > 0) {
      await sleep(milliseconds);
    }
  }
}
