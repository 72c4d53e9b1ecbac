/** What an account may have of JetStream; -1: any number. */
export interface JetStreamAccountLimits {
  /** Bytes of streams in memory, and in files. */
  readonly maxMemory: number;
  readonly maxFile: number;
  readonly maxStreams: number;
  readonly maxConsumers: number;
  readonly maxAckPending: number;
  /** Most bytes of one stream in memory, and of one in files. */
  readonly memoryMaxStreamBytes: number;
  readonly fileMaxStreamBytes: number;
  /** Whether each stream must have `max_bytes`. */
  readonly maxBytesRequired: boolean;
  /** The tier of a JWT that they are of, by which answers show them; undefined: there are no tiers. */
  readonly tier?: string;
}

/** Those of an account without any. */
export const NO_LIMITS: JetStreamAccountLimits = {
  maxMemory: -1,
  maxFile: -1,
  maxStreams: -1,
  maxConsumers: -1,
  maxAckPending: -1,
  memoryMaxStreamBytes: -1,
  fileMaxStreamBytes: -1,
  maxBytesRequired: false,
};
