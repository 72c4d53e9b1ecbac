import { performance } from 'node:perf_hooks';
import type { Logger } from 'pino';
import type { Config } from '../config.js';
import type { Core } from '../routing/core.js';
import type { Acceptor } from './acceptor.js';
import type { CloseOptions } from './api.js';
import { closeGradually } from './close-gradually.js';
import type { Connections } from './connections.js';
import { before, pause } from './drain.js';

/** Share of the shutdown deadline that may go into finishing what was read; the rest is for flushing it. */
const INPUT_SHARE = 0.5;

/** What is shut down. */
export interface ShutdownOptions {
  readonly config: () => Config;
  readonly log: Logger;
  readonly acceptor: Acceptor;
  readonly connections: Connections;
  readonly core: Core;
  /** Tells the clients, where their dialect can, that the broker is in lame duck mode. */
  readonly inform: () => void;
  /** The links to other servers: no further one is dialled. */
  readonly links: { stop(): Promise<void> };
  /** Announces to the system account that the server goes. */
  readonly leaving: (how: 'LAMEDUCK' | 'SHUTDOWN') => void;
  /** Ends what the server itself does for clients, once all that they have sent has been taken. */
  readonly finish: () => Promise<void>;
  /** Releases everything else, once all connections have closed. */
  readonly release: () => Promise<void>;
}

/** How a broker ends: slowly in lame duck mode, then by draining what has arrived, at the latest at the deadline. */
export class Shutdown {
  isLameDuck = false;
  /** Resolves when closing begins. */
  readonly closing: Promise<void>;
  private readonly options: ShutdownOptions;
  private leaving: Promise<void> | undefined;
  private closed: Promise<void> | undefined;
  private announceClose = (): void => {};
  /** Ends a drain that is under way. */
  private cut = (): void => {};
  private readonly isCut: Promise<void>;

  constructor(options: ShutdownOptions) {
    this.options = options;
    this.closing = new Promise((resolve) => {
      this.announceClose = resolve;
    });
    this.isCut = new Promise((resolve) => {
      this.cut = resolve;
    });
  }

  /** Whether it is closing, or closed. */
  get isClosing(): boolean {
    return this.closed !== undefined;
  }

  /** Whether further connections are served. */
  get isOpen(): boolean {
    return this.closed === undefined && !this.isLameDuck;
  }

  /** See `Broker.lameDuck`. */
  lameDuck(): Promise<void> {
    this.leaving ??= this.closed ?? this.enterLameDuckMode();
    return this.leaving;
  }

  /** See `Broker.close`. */
  close(options: CloseOptions = {}): Promise<void> {
    if (options.drain === false) this.cut();
    this.closed ??= this.drain(options);
    return this.closed;
  }

  private async enterLameDuckMode(): Promise<void> {
    const { config, acceptor, connections, inform, leaving } = this.options;
    const { durationMs, graceMs } = config().lameDuck;
    this.isLameDuck = true;
    await acceptor.close();
    if (this.closed === undefined) {
      leaving('LAMEDUCK');
      inform();
    }
    const over = Promise.race([this.closing, connections.empty]);
    await pause(graceMs, over);
    await closeGradually(connections.staying, durationMs - graceMs, over);
    await this.close();
  }

  private async drain({ drain = true, deadlineMs }: CloseOptions): Promise<void> {
    const { config, acceptor, connections, core, links, leaving, finish, release } = this.options;
    this.announceClose();
    const drainMs = deadlineMs ?? config().shutdown.deadlineMs;
    const deadline = performance.now() + drainMs;
    const inputDeadline = performance.now() + drainMs * INPUT_SHARE;
    await acceptor.close();
    const { empty } = connections;
    leaving('SHUTDOWN');
    if (drain) {
      const finished = Promise.all([...connections.open].map((connection) => connection.finishInput()));
      await before(inputDeadline, Promise.race([finished, this.isCut]));
      await before(deadline, Promise.race([finish(), this.isCut]));
      core.flushAll();
      connections.closeAll('SERVER_SHUTDOWN');
      await before(deadline, Promise.race([empty, this.isCut]));
    }
    this.cutOff();
    await links.stop();
    await empty;
    await finish();
    await release();
  }

  /** Ends the connections that are still open at the shutdown deadline, and logs what they lose. */
  private cutOff(): void {
    const { connections, log } = this.options;
    const left = [...connections.open];
    const pendingBytes = left.reduce((sum, { client }) => sum + client.outbox.pendingBytes, 0);
    if (pendingBytes > 0)
      log.warn({ connections: left.length, pendingBytes }, 'shutdown deadline passed, cut off');
    for (const connection of left) connection.destroy('SERVER_SHUTDOWN');
  }
}
