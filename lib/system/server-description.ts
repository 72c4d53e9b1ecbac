import { NATS_LEVEL } from '../version.js';

/** What a server is called. */
export interface ServerIdentity {
  readonly id: string;
  readonly name: string;
  /** Where NATS clients connect. */
  readonly host: string;
  /** Undefined: it is in none, and a leaf of none. */
  readonly cluster?: string | undefined;
  readonly tags: readonly string[];
  /** Of JetStream; undefined: none. */
  readonly domain?: string | undefined;
  /** Whether it serves streams. Default false. */
  readonly jetstream?: boolean;
}

/** Describes the server in the messages that it publishes itself: each description has a number and a time of its own. */
export class ServerDescription {
  private readonly current: () => ServerIdentity;
  private sequence = 0;

  /** @param current read for each message: a reload changes it */
  constructor(current: () => ServerIdentity) {
    this.current = current;
  }

  get identity(): ServerIdentity {
    return this.current();
  }

  /** The field `server` of the next message, in nats-server's words. */
  next(): object {
    const { id, name, host, cluster, domain, tags, jetstream = false } = this.current();
    return {
      name,
      host,
      id,
      ...(cluster === undefined ? {} : { cluster }),
      ...(domain === undefined ? {} : { domain }),
      ver: NATS_LEVEL,
      ...(tags.length > 0 ? { tags } : {}),
      jetstream,
      flags: 0,
      seq: ++this.sequence,
      time: new Date().toISOString(),
    };
  }
}
