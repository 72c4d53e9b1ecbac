/** What a stream is made with, in the words of JetStream's API; durations in nanoseconds. What is absent has its default there. */
export interface StreamOptions {
  readonly name: string;
  readonly subjects?: readonly string[];
  readonly description?: string;
  readonly storage?: 'memory' | 'file';
  readonly retention?: 'limits' | 'interest' | 'workqueue';
  readonly discard?: 'old' | 'new';
  readonly discard_new_per_subject?: boolean;
  readonly max_msgs?: number;
  readonly max_bytes?: number;
  readonly max_age?: number;
  readonly max_msgs_per_subject?: number;
  readonly max_msg_size?: number;
  readonly max_consumers?: number;
  readonly duplicate_window?: number;
  readonly first_seq?: number;
  readonly no_ack?: boolean;
  readonly sealed?: boolean;
  readonly allow_direct?: boolean;
  readonly allow_rollup_hdrs?: boolean;
  readonly allow_msg_ttl?: boolean;
  readonly subject_delete_marker_ttl?: number;
  readonly deny_delete?: boolean;
  readonly deny_purge?: boolean;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Whatever else the API knows. */
  readonly [field: string]: unknown;
}

/** A stream as it is. */
export interface StreamInfo {
  readonly config: StreamOptions;
  readonly created: string;
  readonly state: {
    readonly messages: number;
    readonly bytes: number;
    readonly first_seq: number;
    readonly first_ts: string;
    readonly last_seq: number;
    readonly last_ts: string;
    readonly num_subjects?: number;
    readonly num_deleted?: number;
    readonly consumer_count: number;
  };
}

/** What a consumer is made with, in the words of JetStream's API; durations in nanoseconds. */
export interface ConsumerOptions {
  /** Default: one that is made up. */
  readonly name?: string;
  /** The name of one that stays when nothing uses it. */
  readonly durable_name?: string;
  readonly description?: string;
  /** Default `explicit`. */
  readonly ack_policy?: 'none' | 'all' | 'explicit';
  readonly ack_wait?: number;
  readonly backoff?: readonly number[];
  readonly max_deliver?: number;
  readonly max_ack_pending?: number;
  readonly deliver_policy?:
    | 'all'
    | 'last'
    | 'new'
    | 'last_per_subject'
    | 'by_start_sequence'
    | 'by_start_time';
  readonly opt_start_seq?: number;
  readonly opt_start_time?: string;
  readonly filter_subject?: string;
  readonly filter_subjects?: readonly string[];
  readonly headers_only?: boolean;
  readonly inactive_threshold?: number;
  readonly mem_storage?: boolean;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Whatever else the API knows. */
  readonly [field: string]: unknown;
}

/** A consumer as it is. */
export interface ConsumerInfo {
  readonly stream_name: string;
  readonly name: string;
  readonly created: string;
  readonly config: ConsumerOptions;
  readonly delivered: { readonly consumer_seq: number; readonly stream_seq: number };
  readonly ack_floor: { readonly consumer_seq: number; readonly stream_seq: number };
  readonly num_ack_pending: number;
  readonly num_redelivered: number;
  readonly num_waiting: number;
  readonly num_pending: number;
}

/** What says that a message is stored. */
export interface PublishAck {
  readonly stream: string;
  readonly seq: number;
  readonly domain?: string;
  /** One with the same id was stored before. */
  readonly duplicate?: boolean;
}
