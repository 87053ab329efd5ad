/** Tells the service manager how things stand (sd_notify), where it wants to be told. */
import { errorFields, Log } from '../log';

/**
 * Sends assignments such as `READY=1` to the socket of a service manager.
 *
 * @param socket a path, or a name without a file that begins with `@`
 * @throws Error that says why it cannot
 */
export type Notify = (socket: string, assignments: readonly string[]) => Promise<void>;

/** Speaks to the service manager of this process, or to nobody where there is none. A message that cannot be sent is logged once. */
export class Supervisor {
  private readonly socket: string | undefined;
  private isBroken = false;
  private watchdog?: ReturnType<typeof setInterval>;
  /** Messages go out in the order in which they were given. */
  private last: Promise<void> = Promise.resolve();

  public constructor(
    private readonly env: Readonly<Record<string, string | undefined>>, private readonly notify: Notify, private readonly log: Log,
  ) {
    this.socket = env.NOTIFY_SOCKET || undefined;
  }

  public ready(status: string): Promise<void> {
    return this.send('READY=1', statusOf(status));
  }

  public status(status: string): Promise<void> {
    return this.send(statusOf(status));
  }

  public reloading(): Promise<void> {
    return this.send('RELOADING=1', 'STATUS=reading certificate, key and configuration again');
  }

  public stopping(): Promise<void> {
    clearInterval(this.watchdog);
    return this.send('STOPPING=1', 'STATUS=ending');
  }

  /** Says twice in each period of the watchdog that this process still does things in time. */
  public startWatchdog(): void {
    const period = Number(this.env.WATCHDOG_USEC ?? 0) / 1000;
    const isMeant = this.env.WATCHDOG_PID === undefined || Number(this.env.WATCHDOG_PID) === process.pid;
    if (this.socket === undefined || !(period > 0) || !isMeant) {
      return;
    }
    this.watchdog = setInterval(() => void this.send('WATCHDOG=1'), Math.max(1, period / 2));
    this.watchdog.unref();
  }

  private send(...assignments: readonly string[]): Promise<void> {
    this.last = this.last.then(async () => {
      if (this.socket === undefined) {
        return;
      }
      try {
        await this.notify(this.socket, assignments);
        this.isBroken = false;
      } catch (error) {
        if (!this.isBroken) {
          await this.log.warn('the service manager cannot be told how things stand (NOTIFY_SOCKET)', errorFields(error));
        }
        this.isBroken = true;
      }
    });
    return this.last;
  }
}

function statusOf(status: string): string {
  return `STATUS=${status.replace(/\s+/g, ' ')}`;
}
