const DELAYS = [1, 2, 4, 8, 15];
const STEADY_MILLISECONDS = 60_000;

/** How long to wait before a server that ended by itself is started again: longer each time, until it lasts. */
export class Backoff {
  private crashes = 0;
  private startedAt = 0;

  started(now = Date.now()): void {
    this.startedAt = now;
  }

  /** Seconds to wait now; undefined when it has failed too often. */
  next(now = Date.now()): number | undefined {
    if (this.startedAt && now - this.startedAt >= STEADY_MILLISECONDS) this.crashes = 0;
    this.startedAt = 0;
    return DELAYS[this.crashes++];
  }

  reset(): void {
    this.crashes = 0;
  }
}
