/** SIGHUP, and RELOAD of the system account: the configuration once more, from the same file, flags and environment. */
import type { Broker } from '../broker.js';
import type { Config, Loaded } from '../config.js';
import { SluiceError } from '../domain/errors.js';
import type { Log } from '../log/index.js';
import type { RuntimeFiles } from './runtime-files.js';

/** What a reload changes. */
export interface Reloadable {
  readonly broker: Pick<Broker, 'reload'>;
  readonly log: Pick<Log, 'logger' | 'prepare'>;
  readonly files: Pick<RuntimeFiles, 'keep'>;
}

/** Reloads one after the other; what cannot be changed is refused whole, and logged. */
export class Reloader {
  /** The one in force. */
  config: Config;
  private readonly parts: Reloadable;
  private readonly load: () => Promise<Pick<Loaded, 'config' | 'warnings'>>;
  private running: Promise<string | undefined> | undefined;
  /** The reload after the one that is under way: all that are asked for meanwhile are this one. */
  private next: Promise<string | undefined> | undefined;

  /** @param load reads the configuration; rejects with SluiceError */
  constructor(config: Config, parts: Reloadable, load: () => Promise<Pick<Loaded, 'config' | 'warnings'>>) {
    this.config = config;
    this.parts = parts;
    this.load = load;
  }

  /**
   * Resolves when a configuration that was read after this call is in force, or to why it is refused; the log says it, too.
   * Never rejects. Calls while a reload is under way lead to one more, however many there are.
   */
  reload(): Promise<string | undefined> {
    if (this.running === undefined) return this.start();
    this.next ??= this.running.then(() => {
      this.next = undefined;
      return this.start();
    });
    return this.next;
  }

  private start(): Promise<string | undefined> {
    this.running = this.loadAndApply().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  private async loadAndApply(): Promise<string | undefined> {
    const { logger } = this.parts.log;
    try {
      const { config, warnings } = await this.load();
      for (const warning of warnings) logger.warn(warning);
      const changed = await this.change(config);
      logger.info({ changed }, 'configuration reloaded');
      return undefined;
    } catch (error) {
      if (!(error instanceof SluiceError)) {
        logger.error({ err: error }, 'configuration not reloaded');
        return 'internal error';
      }
      for (const reason of error.message.split('\n')) logger.error({ reason }, 'configuration not reloaded');
      return error.message;
    }
  }

  private async change(config: Config): Promise<readonly string[]> {
    const { broker, log, files } = this.parts;
    const change = await log.prepare(config.log);
    let changed: readonly string[];
    try {
      changed = await broker.reload(config);
    } catch (error) {
      change.cancel();
      throw error;
    }
    this.config = config;
    changed = [...changed, ...change.apply()];
    try {
      return [...changed, ...files.keep(config)];
    } catch (error) {
      // All else is in force by now; and a file that cannot be written is no reason to go back.
      log.logger.error({ reason: (error as Error).message }, 'file not written');
      return changed;
    }
  }
}
