/** Rotates a log file once it has reached a size, as nats-server does. */
import { fstatSync, readdirSync, renameSync, unlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { openLogFile } from './destination.js';

/** When a log file is rotated, and how many are kept. */
export interface RotationLimits {
  /** Size in bytes above which the file is rotated. */
  readonly maxBytes: number;
  /** Files that are kept, the one being written included; 0: all. */
  readonly maxFiles: number;
}

/** What a rotation tells the owner of the log. */
export interface RotationEvents {
  /** The file has been renamed to `backup`, and a new one is written. */
  readonly onRotated: (backup: string) => void;
  /** A file that was one too many has been removed. */
  readonly onRemoved: (file: string) => void;
  /** Something of it failed. The file is written on, and the next attempt is at `nextBytes`. */
  readonly onFailure: (error: Error, nextBytes: number) => void;
}

/** What is behind the name in that of a backup: the local time, with nanoseconds. log.2026.11.22.17.04.05.000000000 */
const STAMP = /^\.\d{4}(?:\.\d\d){5}\.\d{9}$/;

/** Counts what is written to one log file and renames it once it is too large. */
export class Rotation {
  private readonly file: string;
  private readonly limits: RotationLimits;
  private readonly events: RotationEvents;
  private readonly now: () => Date;
  private bytes: number;
  private lastBackupMs = 0;
  private sequence = 0;
  /** Size at which it is tried next. */
  private nextBytes: number;

  /**
   * @param fd descriptor of the file that is open, whose size counts
   * @param now the time that the names of backups have
   */
  constructor(
    file: string,
    fd: number,
    limits: RotationLimits,
    events: RotationEvents,
    now: () => Date = () => new Date(),
  ) {
    this.file = file;
    this.limits = limits;
    this.events = events;
    this.now = now;
    this.bytes = fstatSync(fd).size;
    this.nextBytes = limits.maxBytes;
  }

  /**
   * Counts bytes that were written.
   * @returns the descriptor of a new file, where they made the rotation due and it succeeded
   */
  written(bytes: number): number | undefined {
    this.bytes += bytes;
    return this.bytes > this.nextBytes ? this.rotate() : undefined;
  }

  private rotate(): number | undefined {
    const backup = this.backupName();
    let fd: number;
    try {
      renameSync(this.file, backup);
      fd = openLogFile(this.file);
    } catch (error) {
      this.nextBytes = Math.max(this.nextBytes, this.bytes) * 2;
      this.events.onFailure(error as Error, this.nextBytes);
      return undefined;
    }
    this.bytes = 0;
    this.nextBytes = this.limits.maxBytes;
    this.events.onRotated(backup);
    if (this.limits.maxFiles > 0) this.removeOldest();
    return fd;
  }

  /** A name that no other backup of this process has; later ones sort behind earlier ones. */
  private backupName(): string {
    const time = this.now();
    const ms = time.getTime();
    this.sequence = ms === this.lastBackupMs ? this.sequence + 1 : 0;
    this.lastBackupMs = ms;
    return `${this.file}.${stamp(time, this.sequence)}`;
  }

  private removeOldest(): void {
    const folder = dirname(this.file);
    const name = basename(this.file);
    try {
      const backups = readdirSync(folder)
        .filter((each) => each.startsWith(name) && STAMP.test(each.slice(name.length)))
        .sort();
      const excess = Math.max(0, backups.length - (this.limits.maxFiles - 1));
      for (const each of backups.slice(0, excess)) {
        const file = join(folder, each);
        unlinkSync(file);
        this.events.onRemoved(file);
      }
    } catch (error) {
      this.events.onFailure(error as Error, this.nextBytes);
    }
  }
}

function stamp(time: Date, sequence: number): string {
  const padded = (value: number, digits = 2): string => String(value).padStart(digits, '0');
  return [
    time.getFullYear(),
    ...[time.getMonth() + 1, time.getDate(), time.getHours(), time.getMinutes(), time.getSeconds()].map(
      (part) => padded(part),
    ),
    padded(time.getMilliseconds() * 1_000_000 + sequence, 9),
  ].join('.');
}
