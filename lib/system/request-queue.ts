import { MAX_SYSTEM_REQUESTS } from '../domain/limits.js';
import type { Account } from '../routing/account.js';
import type { SystemRequest } from './request-sink.js';
import { mayBeLong } from './subjects.js';

/** Requests of one account that are answered one after the other. */
class Lane {
  readonly waiting: SystemRequest[] = [];
  isRunning = false;
}

/** The lanes of an account: requests with a short answer do not wait for those with a long one. */
class Lanes {
  readonly short = new Lane();
  readonly long = new Lane();

  get areEmpty(): boolean {
    return !this.short.isRunning && !this.long.isRunning;
  }
}

/** Has requests answered: of each account one short and one long one at a time, in order, so that none waits for another account's. */
export class RequestQueue {
  private readonly lanes = new Map<Account, Lanes>();
  private readonly answer: (request: SystemRequest, isLong: boolean) => Promise<void>;

  /** @param answer answers a request in turns of its own; never rejects */
  constructor(answer: (request: SystemRequest, isLong: boolean) => Promise<void>) {
    this.answer = answer;
  }

  /** Accounts with requests that are waiting or being answered. */
  get accounts(): number {
    return this.lanes.size;
  }

  /** Takes a request; false: its account has too many waiting. */
  add(request: SystemRequest): boolean {
    const { account } = request;
    let lanes = this.lanes.get(account);
    if (lanes === undefined) {
      lanes = new Lanes();
      this.lanes.set(account, lanes);
    }
    const isLong = mayBeLong(request.asked);
    const lane = isLong ? lanes.long : lanes.short;
    if (lane.waiting.length >= MAX_SYSTEM_REQUESTS) return false;
    lane.waiting.push(request);
    if (!lane.isRunning) void this.run(account, lanes, lane, isLong);
    return true;
  }

  /** Forgets what is waiting. */
  stop(): void {
    for (const { short, long } of this.lanes.values())
      for (const lane of [short, long]) lane.waiting.length = 0;
  }

  private async run(account: Account, lanes: Lanes, lane: Lane, isLong: boolean): Promise<void> {
    lane.isRunning = true;
    for (let request = lane.waiting.shift(); request !== undefined; request = lane.waiting.shift())
      await this.answer(request, isLong);
    lane.isRunning = false;
    if (lanes.areEmpty) this.lanes.delete(account);
  }
}
