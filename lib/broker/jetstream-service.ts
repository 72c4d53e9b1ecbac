import { totalmem } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { AccountConfig, JetStreamConfig } from '../config/shapes.js';
import { GLOBAL_ACCOUNT } from '../domain/account-names.js';
import type { Clock } from '../domain/clock.js';
import { SluiceError } from '../domain/errors.js';
import { type JetStreamAccountLimits, NO_LIMITS } from '../domain/jetstream-account-limits.js';
import type { RateLimits } from '../domain/rate-limited.js';
import type { JetStream, JetStreamOptions } from '../jetstream/jetstream.js';
import type { Storage } from '../jetstream/store/storage.js';
import type { JetStreamSnapshot } from '../monitor/snapshot.js';
import type { Core } from '../routing/core.js';
import type { InForce } from './in-force.js';

const NS_PER_MS = 1e6;
/** Within the folder that the configuration names; as in nats-server. */
const FOLDER = 'jetstream';
/** Share of the machine's memory that streams may take where the configuration does not say. */
const MEMORY_SHARE = 0.75;

/** What JetStream of a broker is made from. */
export interface JetStreamSources {
  readonly core: Core;
  readonly inForce: InForce;
  readonly log: Logger;
  readonly reports: RateLimits;
  readonly clock: Clock;
  readonly serverName: () => string;
}

/** JetStream of a broker, where its configuration enables it: its code is loaded only then. */
export class JetStreamService {
  /** Undefined: there is none. */
  jetstream: JetStream | undefined = undefined;
  private readonly sources: JetStreamSources;
  /** Of the accounts that have JetStream, as they are in force. */
  private limits: ReadonlyMap<string, JetStreamAccountLimits> = new Map();

  constructor(sources: JetStreamSources) {
    this.sources = sources;
  }

  /**
   * Opens what was kept; to be called before anything is listened for.
   * @param abandon called where that fails
   * @throws SluiceError CONFIG_INVALID about the folder that streams are kept in
   */
  async start(abandon: () => Promise<void>): Promise<void> {
    const { core, inForce, log, reports, clock, serverName } = this.sources;
    const { jetstream: config } = inForce.config;
    if (config === undefined) return;
    this.limits = limitsIn(inForce.access.readAccounts());
    const { JetStream } = await import('../jetstream/jetstream.js');
    const { MemoryStorage } = await import('../jetstream/store/memory-storage.js');
    const file =
      config.storeDir === undefined ? undefined : await this.storageIn(config.storeDir, config.sync);
    const options: JetStreamOptions = {
      ...{ core, clock, serverName },
      storages: { memory: new MemoryStorage(), file: file ?? new MemoryStorage('file') },
      domain: config.domain,
      ...mostBytes(config),
      maxDuplicateWindow: config.duplicateWindowMs * NS_PER_MS,
      replicasAsOne: config.replicasAsOne,
      consumerLimits: config,
      systemAccount: () => inForce.access.systemAccount,
      limitsOf: (account) => this.limits.get(account),
      failed: reports.limit((error: unknown, count) =>
        log.error({ err: error, count }, 'internal error in JetStream'),
      ),
    };
    this.jetstream = await JetStream.start(options).catch(async (error: unknown) => {
      await file?.close();
      await abandon();
      throw new SluiceError('CONFIG_INVALID', `jetstream.store_dir: ${messageOf(error)}`, { cause: error });
    });
    if (file === undefined) log.info('JetStream keeps all streams in memory, those of storage "file" too');
    else log.info({ directory: config.storeDir, sync: config.sync }, 'JetStream keeps streams in files');
  }

  private async storageIn(directory: string, sync: JetStreamConfig['sync']): Promise<Storage> {
    const { log, clock } = this.sources;
    const { openLogStorage } = await import('../jetstream/store/log/open-log-storage.js');
    return openLogStorage(join(directory, FOLDER), { sync, clock, warn: (text) => log.warn(text) });
  }

  /** What a monitor sees of it; undefined: there is none. */
  observe(): JetStreamSnapshot | undefined {
    const { jetstream: config } = this.sources.inForce.config;
    const { jetstream } = this;
    if (jetstream === undefined || config === undefined) return undefined;
    return { ...jetstream.observe(), storeDir: config.storeDir, sync: config.sync };
  }

  /** Takes the accounts in force anew. */
  configure(): void {
    if (this.jetstream === undefined) return;
    this.limits = limitsIn(this.sources.inForce.access.readAccounts());
    this.jetstream.configure();
  }

  async close(): Promise<void> {
    await this.jetstream?.close();
  }
}

function mostBytes({ maxMemoryBytes, maxFileBytes }: JetStreamConfig): {
  readonly maxMemory: number;
  readonly maxFile: number;
} {
  return {
    maxMemory: maxMemoryBytes > 0 ? maxMemoryBytes : Math.floor(totalmem() * MEMORY_SHARE),
    maxFile: maxFileBytes > 0 ? maxFileBytes : -1,
  };
}

/** As nats-server: where no account but the default one is configured that has JetStream, else those that say so. */
function limitsIn(accounts: readonly AccountConfig[]): ReadonlyMap<string, JetStreamAccountLimits> {
  const limits = new Map<string, JetStreamAccountLimits>();
  if (accounts.every(({ name }) => name === GLOBAL_ACCOUNT)) return limits.set(GLOBAL_ACCOUNT, NO_LIMITS);
  for (const { name, jetstream } of accounts) if (jetstream !== undefined) limits.set(name, jetstream);
  return limits;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
