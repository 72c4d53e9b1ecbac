/** Logins and subscriptions of clients without connections. */

import type { DeliveryFilter, Permissions } from '../../lib/domain/permissions.js';
import type { Account } from '../../lib/routing/account.js';
import type { Client } from '../../lib/routing/client.js';
import type { Core } from '../../lib/routing/core.js';

/** So long that changes to all subscriptions of a client with one of these take turns, and four of them several. */
export const LONG = [0, 1, 2, 3].map((n) => `long.${n}.${'x'.repeat(120_000)}`);

/** Permissions that deny one subject, and filter what a wildcard covers. */
export class Denying implements Permissions {
  readonly restrictsPublish = false;
  readonly responses = undefined;
  private readonly denied: string;
  private readonly filter: DeliveryFilter = { mayReceive: () => true };

  constructor(denied: string) {
    this.denied = denied;
  }

  mayPublish(): boolean {
    return true;
  }

  maySubscribe(subject: string): boolean | Promise<boolean> {
    return subject !== this.denied;
  }

  filterFor(subject: string): DeliveryFilter | undefined {
    return subject === '>' ? this.filter : undefined;
  }

  describe(): object {
    return {};
  }
}

/** Logs a client in. */
export function admit(one: Client, account: Account, permissions: Permissions | undefined): void {
  one.admit({
    ...{ account, permissions, user: undefined, maxSubscriptions: undefined },
    ...{ maxPayloadBytes: undefined, expiresAt: undefined, flow: undefined },
  });
}

/** Everything that takes turns comes to its end. */
export function drain({ scheduler }: Core): void {
  do scheduler.runTurn();
  while (scheduler.waiting > 0);
}
