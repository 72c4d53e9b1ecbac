/** What is taken from a line client. */
export interface LineDecoderOptions {
  /** Longest line, in bytes without its line end; a longer one is a last LINE_TOO_LONG fault. Default 64 KiB. */
  readonly maxLineBytes?: number;
  /** Longest topic, in bytes; a longer one is a TOPIC_TOO_LONG fault. Default 1 KiB. */
  readonly maxTopicBytes?: number;
}

/** What is taken from a line server. */
export interface LineServerParserOptions {
  /**
   * Longest line, in bytes without its line end; a longer one is a last LINE_TOO_LONG fault. An UPDATE is up to three
   * times as long as what was published. Default 4 MiB.
   */
  readonly maxLineBytes?: number;
}

/** How lines are written. */
export interface LineEnd {
  /** Whether they end in CRLF, not LF. Default false. */
  readonly crlf?: boolean;
}
