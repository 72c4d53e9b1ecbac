import type { Answer, Endpoint } from './endpoint.js';
import { refused } from './endpoint.js';

/** `/healthz`: 200 while clients can connect, else 500. There is no JetStream whose health could be asked for. */
export const healthz: Endpoint = (query, { observed }) => {
  for (const name of [
    'js-enabled',
    'js-enabled-only',
    'js-server-only',
    'js-meta-only',
    'leaf-remotes-connected',
  ])
    query.bool(name);
  const details = query.bool('details');
  if (query.fault !== undefined) return refused(query.fault);
  if (query.text('account') === '' && query.text('stream') !== '')
    return unhealthy(400, 'BAD_REQUEST', '"account" must not be empty when checking stream health', details);
  if (query.text('stream') === '' && query.text('consumer') !== '')
    return unhealthy(400, 'BAD_REQUEST', '"stream" must not be empty when checking consumer health', details);
  const { lameDuck, closing } = observed.server();
  if (lameDuck || closing)
    return unhealthy(500, 'CONNECTION', 'failed to be ready for connections after 1ms: server', details);
  return { kind: 'json', status: 200, body: { status: 'ok' }, compact: true };
};

function unhealthy(status: number, type: string, error: string, details: boolean): Answer {
  const body = details ? { status: 'error', errors: [{ type, error }] } : { status: 'error', error };
  return { kind: 'json', status, body, compact: true };
}
