/** Where log lines go: an asynchronous, bounded writer over a file descriptor that nothing can hold up. */

import { closeSync, constants, fstatSync, openSync, write, writeSync } from 'node:fs';
import { clearImmediate, clearTimeout, setImmediate, setTimeout } from 'node:timers';
import { isInSharedFolder, refuseLink } from './shared-folder.js';

/** Waiting text above which lines are dropped and counted: the disk or the reader does not keep up. In characters. */
const MAX_WAITING_LENGTH = 8 * 1024 * 1024;

/** Wait before a full pipe is tried again, in milliseconds. */
const RETRY_MS = 20;

/** Wait before a full disk is tried again, in milliseconds. */
const FULL_RETRY_MS = 1_000;

/** How long {@link Destination.flushSync} waits for a full pipe to be read, in milliseconds. */
const SYNC_PATIENCE_MS = 200;

/**
 * Opens a log file for appending; it never waits, not even for the reader of a named pipe. In
 * a folder that every user can write to it follows no link.
 * @throws the system's error
 */
export function openLogFile(path: string): number {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK } = constants;
  refuseLink(path);
  // A link that is made after that is not followed either.
  const noFollow = isInSharedFolder(path) ? (constants.O_NOFOLLOW ?? 0) : 0;
  return openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | noFollow, 0o640);
}

/**
 * A descriptor for the same target whose writes fail rather than wait when the reader does not keep up. A write that
 * waits would hold a thread of the pool, and process.exit() waits for those. Only a pipe can be opened anew without
 * changing how other processes that share it see it; for everything else it is `fd` itself.
 */
export function nonBlocking(fd: number): number {
  try {
    if (fstatSync(fd).isFIFO()) return openSync(`/dev/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    // No /dev/fd here, or it belongs to another user: the descriptor as it is will do.
  }
  return fd;
}

/** What {@link Destination} tells its owner. */
export interface DestinationEvents {
  /** The target failed; every line from now on is dropped. Called once. */
  readonly onFailure: (error: Error) => void;
  /** The disk is full. Lines wait, and those that are too many are dropped, until there is room. Called once for each such time. */
  readonly onFull: (error: Error) => void;
  /** Lines had to be dropped since the last time, because the target was too slow; it now keeps up again. */
  readonly onDropped: (lines: number) => void;
}

/** Counts what is written, and says when another file is to be written. */
export interface DueRotation {
  /** @returns the descriptor of the file that is written from now on; undefined: the same */
  written(bytes: number): number | undefined;
}

/**
 * One target of log lines. `write` neither throws nor waits. Lines are written at the end of the turn of the event loop,
 * so that a process that is killed has logged what it did; while one write is under way the next lines gather.
 */
export class Destination {
  private currentFd: number;
  /** What takes the place of currentFd as soon as nothing is being written to it. */
  private next: number | undefined;
  private readonly events: DestinationEvents;
  /** What flushSync could not write; goes before what waits. */
  private rest: Buffer = Buffer.alloc(0);
  private waiting: string[] = [];
  private waitingLength = 0;
  private isWriting = false;
  private atEndOfTurn: NodeJS.Immediate | undefined;
  private retry: NodeJS.Timeout | undefined;
  private dropped = 0;
  private hasFailed = false;
  private isFull = false;
  private flushed: (() => void)[] = [];
  /** What is told of everything written, and has a new file where that is due; undefined: nothing is. */
  private rotation: DueRotation | undefined;

  constructor(fd: number, events: DestinationEvents, rotation?: DueRotation) {
    this.currentFd = fd;
    this.events = events;
    this.rotation = rotation;
  }

  /** The descriptor that lines go to next. */
  get fd(): number {
    return this.next ?? this.currentFd;
  }

  write(line: string): void {
    if (this.hasFailed) return;
    if (this.waitingLength > MAX_WAITING_LENGTH) {
      this.dropped++;
      return;
    }
    this.waiting.push(line);
    this.waitingLength += line.length;
    if (!this.isWriting && this.retry === undefined)
      this.atEndOfTurn ??= setImmediate(() => this.writeWaiting());
  }

  /** Resolves when all lines so far are written, or dropped for good. Takes as long as the reader does. */
  flush(): Promise<void> {
    return new Promise((resolve) => {
      this.flushed.push(resolve);
      if (!this.isWriting) this.writeWaiting();
    });
  }

  /**
   * Writes what waits before it returns; gives up on a reader that takes nothing. For exits that cannot wait for
   * {@link flush}: what is being written at that moment may come out after it, or be cut off.
   */
  flushSync(): void {
    let rest = this.takeWaiting();
    const until = Date.now() + SYNC_PATIENCE_MS;
    while (rest.length > 0 && !this.hasFailed) {
      try {
        rest = rest.subarray(writeSync(this.currentFd, rest));
      } catch (error) {
        if (isNoSpace(error)) {
          this.noteFull(error as Error);
          return this.putBack(rest);
        }
        if (!isBusy(error)) this.fail(error as Error);
        else if (Date.now() > until) return this.putBack(rest);
        else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
      }
    }
  }

  /**
   * Replaces what rotates the file; for a file that is replaced: with it.
   */
  rotateBy(rotation: DueRotation | undefined): void {
    this.rotation = rotation;
  }

  /**
   * Writes to another descriptor from now on; what is being written still goes to the old one, which is closed then,
   * unless it is standard error. A target that has failed is alive again.
   */
  replace(fd: number): void {
    if (this.next !== undefined) closeSync(this.next);
    this.next = fd;
    this.hasFailed = false;
    if (!this.isWriting) this.swap();
  }

  /** Flushes, closes the descriptor unless it is standard error, and drops every later line. */
  async close(): Promise<void> {
    await this.flush();
    if (this.hasFailed) return;
    this.hasFailed = true;
    this.swap();
    if (this.currentFd > 2) closeSync(this.currentFd);
  }

  private swap(): void {
    if (this.next === undefined) return;
    if (this.currentFd > 2) closeSync(this.currentFd);
    this.currentFd = this.next;
    this.next = undefined;
  }

  private takeWaiting(): Buffer {
    clearImmediate(this.atEndOfTurn);
    clearTimeout(this.retry);
    this.atEndOfTurn = undefined;
    this.retry = undefined;
    const taken = Buffer.concat([this.rest, Buffer.from(this.waiting.join(''))]);
    this.rest = Buffer.alloc(0);
    this.waiting = [];
    this.waitingLength = 0;
    return taken;
  }

  /** Keeps what the target did not take, and tries again later. */
  private putBack(rest: Buffer): void {
    this.rest = rest;
    this.waitingLength += rest.length;
    const ms = this.isFull ? FULL_RETRY_MS : RETRY_MS;
    if (!this.isWriting) this.retry ??= setTimeout(() => this.writeWaiting(), ms);
  }

  private writeWaiting(): void {
    this.swap();
    const chunk = this.takeWaiting();
    if (chunk.length > 0) this.writeChunk(chunk);
    else for (const resolve of this.flushed.splice(0)) resolve();
  }

  private writeChunk(chunk: Buffer): void {
    this.isWriting = true;
    write(this.currentFd, chunk, 0, chunk.length, null, (error, written) => {
      this.isWriting = false;
      if (this.hasFailed) return;
      if (error && isNoSpace(error) && this.next === undefined) this.waitForSpace(chunk, error);
      else if (error && !isBusy(error) && this.next === undefined) this.fail(error);
      else if (error && !isBusy(error))
        this.writeWaiting(); // the old target failed, and is given up anyway
      else if (error) this.putBack(chunk);
      else if (written < chunk.length) this.writeChunk(chunk.subarray(written));
      else this.written(chunk.length);
    });
  }

  /** Keeps what a full disk did not take; where the log is to be flushed, it is given up instead. */
  private waitForSpace(chunk: Buffer, error: Error): void {
    this.noteFull(error);
    if (this.flushed.length === 0) return this.putBack(chunk);
    this.takeWaiting();
    for (const resolve of this.flushed.splice(0)) resolve();
  }

  private noteFull(error: Error): void {
    if (!this.isFull) this.events.onFull(error);
    this.isFull = true;
  }

  private written(bytes: number): void {
    this.isFull = false;
    const rotated = this.rotation?.written(bytes);
    if (rotated !== undefined) {
      if (this.next !== undefined) closeSync(this.next);
      this.next = rotated;
    }
    if (this.dropped > 0) {
      const lines = this.dropped;
      this.dropped = 0;
      this.events.onDropped(lines);
    }
    this.writeWaiting();
  }

  private fail(error: Error): void {
    this.hasFailed = true;
    this.takeWaiting();
    for (const resolve of this.flushed.splice(0)) resolve();
    this.events.onFailure(error);
  }
}

function isNoSpace(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
}

function isBusy(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EAGAIN';
}
