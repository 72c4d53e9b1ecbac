import { type JetStreamAccountLimits, NO_LIMITS } from '../../domain/jetstream-account-limits.js';
import { JETSTREAM_API_LEVEL } from '../../version.js';
import type { Route } from './route.js';

/** What an account with tiers may have without one, as nats-server shows it. */
const NO_TIER = {
  ...{ max_memory: 0, max_storage: 0, max_streams: 0, max_consumers: 0, max_ack_pending: 0 },
  ...{ memory_max_stream_bytes: 0, storage_max_stream_bytes: 0, max_bytes_required: false },
};

/** What an account has, and may have. */
export const ACCOUNT_ROUTES: readonly Route[] = [
  {
    name: 'INFO',
    tokens: [0, 0],
    type: 'account_info',
    handle({ streams }) {
      const { kept, reserved, api, tools } = streams;
      const limits = streams.limits ?? NO_LIMITS;
      const usage = {
        memory: kept.memory,
        storage: kept.file,
        reserved_memory: reserved.memory,
        reserved_storage: reserved.file,
        streams: streams.streams.size,
        consumers: streams.consumers,
      };
      const shown = shownLimits(limits);
      return {
        ...usage,
        limits: limits.tier === undefined ? shown : NO_TIER,
        ...(limits.tier === undefined ? {} : { tiers: { [limits.tier]: { ...usage, limits: shown } } }),
        ...(tools.domain === undefined ? {} : { domain: tools.domain }),
        api: { level: JETSTREAM_API_LEVEL, total: api.total, errors: api.errors },
      };
    },
  },
];

function shownLimits(limits: JetStreamAccountLimits): object {
  return {
    max_memory: limits.maxMemory,
    max_storage: limits.maxFile,
    max_streams: limits.maxStreams,
    max_consumers: limits.maxConsumers,
    max_ack_pending: limits.maxAckPending,
    memory_max_stream_bytes: limits.memoryMaxStreamBytes,
    storage_max_stream_bytes: limits.fileMaxStreamBytes,
    max_bytes_required: limits.maxBytesRequired,
  };
}
