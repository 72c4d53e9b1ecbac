import type { Answer, Endpoint } from './endpoint.js';
import { refused } from './endpoint.js';
import type { JetStreamSnapshot, RemoteSnapshot } from './snapshot.js';

/** What was asked for, and is not there or cannot be written; in the order in which it is looked for. */
interface Trouble {
  readonly status: number;
  readonly type: 'ACCOUNT' | 'STREAM' | 'CONSUMER';
  readonly account: string;
  readonly stream?: string;
  readonly consumer?: string;
  readonly error: string;
}

/**
 * `/healthz`: 200 while clients can connect and streams can be written, else 500 or 503; with `account`, `stream` and `consumer` 404
 * where there is none of that name; with `leaf-remotes-connected=1` 503 while a link to a hub is down.
 */
export const healthz: Endpoint = (query, { observed }) => {
  const [, enabledOnly, serverOnly] = ['js-meta-only', 'js-enabled-only', 'js-server-only'].map((name) =>
    query.bool(name),
  );
  const enabled = query.bool('js-enabled');
  const needsLinks = query.bool('leaf-remotes-connected');
  const details = query.bool('details');
  if (query.fault !== undefined) return refused(query.fault);
  const [account, stream, consumer] = ['account', 'stream', 'consumer'].map((name) => query.text(name)) as [
    string,
    string,
    string,
  ];
  if (account === '' && stream !== '')
    return unhealthy(400, 'BAD_REQUEST', '"account" must not be empty when checking stream health', details);
  if (stream === '' && consumer !== '')
    return unhealthy(400, 'BAD_REQUEST', '"stream" must not be empty when checking consumer health', details);
  const { lameDuck, closing } = observed.server();
  if (lameDuck || closing)
    return unhealthy(500, 'CONNECTION', 'failed to be ready for connections after 1ms: server', details);
  const down = needsLinks ? [...observed.remotes()].filter(({ upSince }) => upSince === undefined) : [];
  if (down.length > 0) return apart(down, details);
  const jetstream = observed.jetstream?.();
  const troubles =
    jetstream === undefined || enabledOnly === true || enabled || serverOnly === true
      ? []
      : [...troublesOf(jetstream, { account, stream, consumer })];
  if (troubles.length > 0) return troubled(troubles, details);
  return { kind: 'json', status: 200, body: { status: 'ok' }, compact: true };
};

/** Empty names are all there are. */
function* troublesOf(
  jetstream: JetStreamSnapshot,
  wanted: { readonly account: string; readonly stream: string; readonly consumer: string },
): Generator<Trouble> {
  const isWanted = (name: string, known: string): boolean => name === '' || name === known;
  const accounts = [...jetstream.accounts()].filter(({ name }) => isWanted(wanted.account, name));
  const { account, stream: named, consumer } = wanted;
  if (account !== '' && accounts.length === 0)
    yield { ...{ status: 404, type: 'ACCOUNT', account }, error: `JetStream account "${account}" not found` };
  if (accounts.length === 0) return;
  let [hasStream, hasConsumer] = [named === '', consumer === ''];
  for (const each of accounts)
    for (const stream of each.streams()) {
      if (!isWanted(named, stream.name)) continue;
      hasStream = true;
      if (stream.fault !== undefined)
        yield {
          ...{ status: 503, type: 'STREAM', account: each.name, stream: stream.name },
          error: `JetStream stream '${each.name} > ${stream.name}' write error: ${stream.fault}`,
        };
      if (!hasConsumer) hasConsumer = [...stream.consumers()].some(({ name }) => name === consumer);
    }
  if (!hasStream)
    yield {
      ...{ status: 404, type: 'STREAM', account, stream: named },
      error: `JetStream stream "${named}" not found on account "${account}"`,
    };
  else if (!hasConsumer)
    yield {
      ...{ status: 404, type: 'CONSUMER', account, stream: named, consumer },
      error: `JetStream consumer "${consumer}" not found for stream "${named}" on account "${account}"`,
    };
}

function troubled(troubles: readonly Trouble[], details: boolean): Answer {
  const [first] = troubles;
  const errors = troubles.map(({ status: _, ...error }) => error);
  const body = details ? { status: 'error', errors } : { status: 'unavailable', error: first?.error };
  return { kind: 'json', status: first?.status ?? 503, body, compact: true };
}

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
