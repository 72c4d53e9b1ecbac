/** What a stream keeps its messages for: its limits, consumers with interest, or one consumer to deal with each. */
export type Retention = 'limits' | 'interest' | 'workqueue';

/** Another stream that a stream copies from. */
export interface StreamSource {
  readonly name: string;
  readonly opt_start_seq?: number;
  readonly opt_start_time?: string;
  readonly filter_subject?: string;
  readonly subject_transforms?: readonly SubjectTransformConfig[];
  readonly external?: { readonly api: string; readonly deliver: string };
}

/** What subjects are renamed to. */
export interface SubjectTransformConfig {
  readonly src: string;
  readonly dest: string;
}

/** Where stored messages are published again. */
export interface RepublishConfig {
  readonly src?: string;
  readonly dest: string;
  readonly headers_only?: boolean;
}

/** Defaults and most of what its consumers may have. */
export interface ConsumerLimits {
  /** In nanoseconds. */
  readonly inactive_threshold?: number;
  readonly max_ack_pending?: number;
}

/**
 * A stream's configuration with all defaults, as the API has it: in its words, times in nanoseconds, -1 for no limit.
 * https://docs.nats.io/nats-concepts/jetstream/streams#configuration
 */
export interface StreamConfig {
  readonly name: string;
  readonly description?: string;
  readonly subjects: readonly string[];
  readonly retention: Retention;
  readonly max_consumers: number;
  readonly max_msgs: number;
  readonly max_bytes: number;
  readonly max_age: number;
  readonly max_msgs_per_subject: number;
  readonly max_msg_size: number;
  readonly discard: 'old' | 'new';
  readonly storage: 'file' | 'memory';
  readonly num_replicas: number;
  readonly no_ack?: boolean;
  readonly duplicate_window: number;
  readonly placement?: object;
  readonly mirror?: StreamSource;
  readonly sources?: readonly StreamSource[];
  readonly compression: 'none' | 's2';
  readonly first_seq?: number;
  readonly subject_transform?: SubjectTransformConfig;
  readonly republish?: RepublishConfig;
  readonly allow_direct: boolean;
  readonly mirror_direct: boolean;
  readonly discard_new_per_subject?: boolean;
  readonly sealed: boolean;
  readonly deny_delete: boolean;
  readonly deny_purge: boolean;
  readonly allow_rollup_hdrs: boolean;
  /** Whether messages may say when they expire. */
  readonly allow_msg_ttl: boolean;
  /** How long a marker says that the last message of a subject has expired; absent: there are none. */
  readonly subject_delete_marker_ttl?: number;
  readonly consumer_limits: ConsumerLimits;
  readonly metadata?: Readonly<Record<string, string>>;
}
