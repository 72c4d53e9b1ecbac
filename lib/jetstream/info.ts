import { withLevel } from './api-level.js';
import type { ShownSource } from './copying/copier.js';
import { timeText } from './instant.js';
import type { StreamConfig } from './settings/stream-config.js';
import type { Stream } from './stream.js';

/** What answers say of the messages of a stream. */
export interface ShownState {
  readonly messages: number;
  readonly bytes: number;
  readonly first_seq: number;
  readonly first_ts: string;
  readonly last_seq: number;
  readonly last_ts: string;
  readonly num_subjects?: number;
  readonly num_deleted?: number;
  readonly consumer_count: number;
}

/** State of a stream as answers have it. */
function shownState({ store, consumers }: Stream): ShownState {
  const { messages, bytes, firstSequence, firstAt, lastSequence, lastAt, subjects } = store.state;
  const deleted = messages === 0 ? 0 : lastSequence - firstSequence + 1 - messages;
  return {
    messages,
    bytes,
    first_seq: firstSequence,
    first_ts: timeText(firstAt),
    last_seq: lastSequence,
    last_ts: timeText(lastAt),
    ...(subjects > 0 ? { num_subjects: subjects } : {}),
    ...(deleted > 0 ? { num_deleted: deleted } : {}),
    consumer_count: consumers.listed,
  };
}

/** A configuration as answers have it: those of mirrors lack what is empty or 0. */
function shownConfig(config: StreamConfig): object {
  const { subjects, duplicate_window: window } = config;
  if (subjects.length > 0 && window > 0) return config;
  const entries = Object.entries(config);
  return Object.fromEntries(
    entries.filter(([name]) =>
      name === 'subjects' ? subjects.length > 0 : name !== 'duplicate_window' || window > 0,
    ),
  );
}

/** A stream as answers have it. */
export function streamInfo(stream: Stream): {
  readonly config: object;
  readonly created: string;
  readonly state: ShownState;
  readonly domain?: string;
  readonly mirror?: ShownSource;
  readonly sources?: readonly ShownSource[];
  readonly ts: string;
} {
  const { config, created, host, copies } = stream;
  const { clock, domain } = host.tools;
  return {
    config: withLevel(shownConfig(config), config.allow_msg_ttl ? 1 : 0),
    created: timeText(created),
    state: shownState(stream),
    ...(domain === undefined ? {} : { domain }),
    ...copies.shown,
    ts: timeText(clock.now()),
  };
}
