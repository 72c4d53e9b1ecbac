import type { Logger } from 'pino';
import { AccountResolver } from '../auth/account-resolver.js';
import { RateLimits } from '../domain/rate-limited.js';
import { ServerCallout } from './callout.js';

/** What the logins of one broker are checked with, across its reloads. */
export function accessSources(log: Logger, reports = new RateLimits()) {
  const onFailure = reports.limit((failure: { readonly account: string; readonly reason: string }, count) =>
    log.warn({ ...failure, count }, 'account not fetched'),
  );
  return { reports, callout: new ServerCallout(), resolver: new AccountResolver(onFailure) };
}
