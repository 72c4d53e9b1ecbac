import type { Answer, Endpoint } from './endpoint.js';
import { refused } from './endpoint.js';
import type { RemoteSnapshot } from './snapshot.js';

/**
 * `/healthz`: 200 while clients can connect, else 500; with `leaf-remotes-connected=1` 503 while a link to a hub is down. There is no
 * JetStream whose health could be asked for.
 */
export const healthz: Endpoint = (query, { observed }) => {
  for (const name of ['js-enabled', 'js-enabled-only', 'js-server-only', 'js-meta-only']) query.bool(name);
  const needsLinks = query.bool('leaf-remotes-connected');
  const details = query.bool('details');
  if (query.fault !== undefined) return refused(query.fault);
  if (query.text('account') === '' && query.text('stream') !== '')
    return unhealthy(400, 'BAD_REQUEST', '"account" must not be empty when checking stream health', details);
  if (query.text('stream') === '' && query.text('consumer') !== '')
    return unhealthy(400, 'BAD_REQUEST', '"stream" must not be empty when checking consumer health', details);
  const { lameDuck, closing } = observed.server();
  if (lameDuck || closing)
    return unhealthy(500, 'CONNECTION', 'failed to be ready for connections after 1ms: server', details);
  const down = needsLinks ? [...observed.remotes()].filter(({ upSince }) => upSince === undefined) : [];
  if (down.length > 0) return apart(down, details);
  return { kind: 'json', status: 200, body: { status: 'ok' }, compact: true };
};

/** Links to hubs are down, in the words of nats-server. */
function apart(down: readonly RemoteSnapshot[], details: boolean): Answer {
  const errors = down.map(({ account, urls }) => ({
    type: 'CONNECTION',
    error: `leafnode remote for account ${JSON.stringify(account)} (urls=${JSON.stringify(urls)}) is not connected`,
  }));
  const body = details ? { status: 'error', errors } : { status: 'unavailable', error: errors[0]?.error };
  return { kind: 'json', status: 503, body, compact: true };
}

function unhealthy(status: number, type: string, error: string, details: boolean): Answer {
  const body = details ? { status: 'error', errors: [{ type, error }] } : { status: 'error', error };
  return { kind: 'json', status, body, compact: true };
}
