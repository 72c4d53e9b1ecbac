import type { Logger } from 'pino';
import { Loadable } from '../domain/loadable.js';
import { RateLimits } from '../domain/rate-limited.js';
import { ServerCallout } from './callout.js';

/** What the logins of one broker are checked with, across its reloads. */
export function accessSources(log: Logger, reports = new RateLimits()) {
  const onFailure = reports.limit((failure: { readonly account: string; readonly reason: string }, count) =>
    log.warn({ ...failure, count }, 'account not fetched'),
  );
  /** Told of accounts that have come. */
  const accounts = { onJoined: () => {} };
  const resolver = new Loadable(async () => {
    const { AccountResolver } = await import('../auth/account-resolver.js');
    const made = new AccountResolver(onFailure);
    made.onJoined = () => accounts.onJoined();
    return made;
  });
  return { reports, callout: new ServerCallout(), resolver, accounts };
}
