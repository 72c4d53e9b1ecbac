import type { AccountStreams } from './account-streams.js';
import { consumerInfo } from './consumer/info.js';
import { findConsumer } from './consumer/make-consumer.js';
import { streamInfo } from './info.js';
import type { Usage } from './limits.js';
import type { Stream } from './stream.js';

/** What is used and reserved, in bytes, and how often the API was asked. */
interface Observed {
  readonly kept: Usage;
  readonly reserved: Usage;
  readonly api: { readonly total: number; readonly errors: number };
}

/** Numbers of the server, or of an account. */
export function usageOf({ kept, reserved, api }: Observed) {
  return {
    memory: kept.memory,
    storage: kept.file,
    reservedMemory: reserved.memory,
    reservedStorage: reserved.file,
    requests: api.total,
    failures: api.errors,
  };
}

/** An account as a monitor sees it. */
export function observedAccount(streams: AccountStreams) {
  return {
    name: streams.account.name,
    ...usageOf(streams),
    *streams() {
      for (const stream of streams.sorted) yield observedStream(stream);
    },
  };
}

function observedStream(stream: Stream) {
  const { config, created, state } = streamInfo(stream);
  return {
    ...{ name: stream.name, config, created, state, fault: stream.store.fault },
    *consumers() {
      for (const name of [...stream.consumers.names]) {
        const consumer = findConsumer(stream, name);
        if (consumer?.isListed === true) yield consumerInfo(consumer, stream.host.tools.clock.now());
      }
    },
  };
}
