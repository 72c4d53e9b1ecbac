/** What the live page asks of a broker beyond what monitoring observes. */

/** Credentials as a person types them. */
export interface PageCredentials {
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
}

/** Messages that were published on one subject between two looks, estimated where only some were counted. */
export interface SubjectCount {
  readonly account: string;
  readonly subject: string;
  readonly messages: number;
}

/** Messages by subject, and how many are on subjects that are not listed. */
export interface SubjectCounts {
  /** Largest first. */
  readonly subjects: readonly SubjectCount[];
  /** Messages on other subjects. */
  readonly otherMessages: number;
  /** Whether every message was counted; else one of several was, at random. */
  readonly isExact: boolean;
}

/** Counts messages by subject until it is stopped. */
export interface SubjectSampler {
  /** Returns what was counted since the last call, `limit` subjects at most, and begins anew. */
  take(limit: number): SubjectCounts;
  stop(): void;
}

/** A message that a tap has seen. */
export interface TappedMessage {
  /** Unix time in milliseconds. */
  readonly at: number;
  readonly subject: string;
  readonly reply: string | undefined;
  /** The headers as text; undefined: none. */
  readonly headers: string | undefined;
  /** Size of the payload without headers. */
  readonly bytes: number;
  /** The beginning of the payload as UTF-8, or as hexadecimal where it is none. */
  readonly text: string;
  readonly isText: boolean;
  /** Whether there is more payload than `text` shows. */
  readonly isCut: boolean;
}

/** What a tap has seen since it was last asked. */
export interface TapReport {
  readonly messages: readonly TappedMessage[];
  /** Messages that are not among them. */
  readonly omitted: number;
}

/** A connection to the broker on behalf of one page, with the rights of its login. */
export interface PageClient {
  readonly account: string;
  readonly user: string | undefined;
  /** Called once when the broker has closed it, with the reason as text. */
  onClosed: (reason: string) => void;
  /** Called when the broker has ended the tap, with the reason as text. */
  onTapEnded: (reason: string) => void;
  /** Subscribes to `subject`, in place of what it was subscribed to. Returns why it is refused; undefined: it is not. */
  tap(subject: string): Promise<string | undefined>;
  /** Ends the subscription. */
  untap(): void;
  /**
   * Returns what has come since the last call; undefined: nothing.
   * @param room how many messages to show until the next call
   */
  takeTapped(room: number): TapReport | undefined;
  /** Publishes one message. Returns why it is refused; undefined: it has been routed. */
  publish(subject: string, payload: string): Promise<string | undefined>;
  /** Ends it without a call of `onClosed`. */
  leave(): void;
}

/** What the live page needs of a broker. */
export interface PageSource {
  /** Whether a login is needed to publish and to tap. */
  readonly requiresLogin: boolean;
  sampleSubjects(): SubjectSampler;
  /**
   * Logs in. Undefined: refused; that has been logged, and held back as any refused login is.
   * @param address of the page's browser
   */
  login(
    credentials: PageCredentials,
    address: string | undefined,
    port: number | undefined,
  ): Promise<PageClient | undefined>;
}
