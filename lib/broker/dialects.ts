import type { Config } from '../config.js';
import type { Dialect } from '../dialects/codec.js';
import { lineDialect } from '../dialects/line/index.js';
import { natsDialect } from '../dialects/nats/index.js';
import { SYSTEM_ACCOUNT } from '../domain/account-names.js';

export type AnyDialect = Dialect<unknown, unknown>;
export type DialectName = 'nats' | 'line';

/** What the dialects go by, read anew each time: a reload changes it, for open connections too. */
export interface DialectSources {
  readonly config: () => Config;
  /** Whether a client must say who it is first. */
  readonly connectFirst: () => boolean;
  /** What INFO says, over TLS or not. */
  readonly info: (secured: boolean) => Readonly<Record<string, unknown>>;
}

export function dialectsFor(sources: DialectSources): Readonly<Record<DialectName, AnyDialect>> {
  const { config, connectFirst, info } = sources;
  const authTimeoutMs = () => config().authorization.timeoutMs;
  return {
    nats: natsDialect({
      get maxControlLineBytes() {
        return config().nats.maxControlLineBytes;
      },
      get maxPayloadBytes() {
        return config().nats.maxPayloadBytes;
      },
      get maxHeaderBytes() {
        return config().nats.maxHeaderBytes;
      },
      get takesTraceParents() {
        return config().accounts.some(({ traces }) => traces !== undefined);
      },
      authTimeoutMs,
      connectFirst,
      info,
      systemAccount: () => config().systemAccount ?? SYSTEM_ACCOUNT,
    }) as AnyDialect,
    line: lineDialect({
      get maxLineBytes() {
        return config().line.maxLineBytes;
      },
      get maxTopicBytes() {
        return config().line.maxTopicBytes;
      },
      get idleTimeoutMs() {
        return config().line.idleTimeoutMs;
      },
      authTimeoutMs,
    }) as AnyDialect,
  };
}
