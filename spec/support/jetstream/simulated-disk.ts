import { dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Files, LogFile } from '../../../lib/jetstream/store/log/files.js';

const PAGE_BYTES = 4_096;

/** A file as the kernel has it, and what of it a loss of power leaves. */
interface Inode {
  content: Buffer;
  durable: Buffer;
  /** Pages that were written since the last sync. */
  readonly dirty: Set<number>;
}

/** An operation that can fail. */
type Operation = 'create' | 'write' | 'sync' | 'truncate' | 'rename' | 'unlink' | 'syncDirectory';

/** Which operation fails, and how: from the `at`-th of its kind on, as many as `times`. */
export interface Fault {
  readonly operation: Operation;
  readonly at: number;
  readonly times: number;
  readonly code: 'ENOSPC' | 'EIO';
}

/**
 * Files in memory that behave as a disk with a write cache: what is not synced may be lost in any combination of pages, names
 * that are not synced may be lost one by one. Every operation takes a turn of the event loop.
 */
export class SimulatedDisk implements Files {
  /** Operations so far. */
  operations = 0;
  /** The operation from which on nothing is carried out any more, as if the process was gone. */
  stopAt = Number.POSITIVE_INFINITY;
  fault: Fault | undefined = undefined;
  /** Names as the kernel has them, and as a loss of power leaves them. */
  private names = new Map<string, Inode>();
  private durableNames = new Map<string, Inode>();
  private readonly counts = new Map<Operation, number>();

  get isStopped(): boolean {
    return this.operations >= this.stopAt;
  }

  /** The disk after the process was killed: it has all that was written. */
  afterKill(): SimulatedDisk {
    const disk = new SimulatedDisk();
    for (const [path, inode] of this.names) disk.put(path, Buffer.from(inode.content));
    return disk;
  }

  /** The disk after a loss of power; `random` decides what is left of all that was not synced. */
  afterPowerLoss(random: () => number): SimulatedDisk {
    const disk = new SimulatedDisk();
    for (const path of new Set([...this.names.keys(), ...this.durableNames.keys()])) {
      const [live, durable] = [this.names.get(path), this.durableNames.get(path)];
      const inode = random() < 0.5 ? live : durable;
      if (inode !== undefined) disk.put(path, survivor(inode, random));
    }
    return disk;
  }

  /** Changes a byte of a file. */
  flip(path: string, at: number): void {
    const inode = this.names.get(path);
    if (inode === undefined || at >= inode.content.length) return;
    inode.content[at] = (inode.content[at] ?? 0) ^ 0x41;
    inode.durable = Buffer.from(inode.content);
  }

  /** How many operations of that kind there were. */
  countOf(operation: Operation): number {
    return this.counts.get(operation) ?? 0;
  }

  paths(): string[] {
    return [...this.names.keys()].sort();
  }

  async create(path: string): Promise<LogFile> {
    await this.operate('create');
    if (this.names.has(path)) throw failure('EEXIST');
    const inode = { content: Buffer.alloc(0), durable: Buffer.alloc(0), dirty: new Set<number>() };
    this.names.set(path, inode);
    return this.fileOf(inode);
  }

  open(path: string): LogFile {
    const inode = this.names.get(path);
    if (inode === undefined) throw failure('ENOENT');
    return this.fileOf(inode);
  }

  list(directory: string): string[] {
    const found = new Set<string>();
    for (const path of this.names.keys())
      if (path.startsWith(`${directory}/`)) found.add(path.slice(directory.length + 1).split('/')[0] ?? '');
    return [...found];
  }

  read(path: string): Buffer | undefined {
    const inode = this.names.get(path);
    return inode && Buffer.from(inode.content);
  }

  /** Directories are there as soon as something is in them. */
  makeDirectory(): void {}

  rename(from: string, to: string): void {
    this.count('rename');
    if (this.isStopped) throw failure('EIO');
    for (const [path, inode] of [...this.names]) {
      if (path !== from && !path.startsWith(`${from}/`)) continue;
      this.names.delete(path);
      this.names.set(to + path.slice(from.length), inode);
    }
  }

  async unlink(path: string): Promise<void> {
    await this.operate('unlink');
    if (!this.names.delete(path)) throw failure('ENOENT');
  }

  async removeTree(path: string): Promise<void> {
    await this.operate('unlink');
    for (const each of [...this.names.keys()])
      if (each === path || each.startsWith(`${path}/`)) this.names.delete(each);
  }

  async syncDirectory(directory: string): Promise<void> {
    await this.operate('syncDirectory');
    for (const path of [...this.durableNames.keys()])
      if (dirname(path) === directory) this.durableNames.delete(path);
    for (const [path, inode] of this.names)
      if (dirname(path) === directory) this.durableNames.set(path, inode);
  }

  private put(path: string, content: Buffer): void {
    const inode = { content, durable: Buffer.from(content), dirty: new Set<number>() };
    this.names.set(path, inode);
    this.durableNames.set(path, inode);
  }

  private count(operation: Operation): void {
    const count = (this.counts.get(operation) ?? 0) + 1;
    this.counts.set(operation, count);
    this.operations++;
    const { fault } = this;
    if (fault?.operation !== operation || count < fault.at || count >= fault.at + fault.times) return;
    throw failure(fault.code);
  }

  /** Counts an operation and takes its time; never resolves where the process is gone. */
  private async operate(operation: Operation): Promise<void> {
    await setImmediate();
    if (this.isStopped) await new Promise(() => {});
    this.count(operation);
  }

  private fileOf(inode: Inode): LogFile {
    return {
      get size() {
        return inode.content.length;
      },
      read: (into, position) =>
        inode.content.copy(
          into,
          0,
          position,
          Math.max(position, Math.min(inode.content.length, position + into.length)),
        ),
      write: async (pieces, position) => {
        const bytes = Buffer.concat(pieces);
        try {
          await this.operate('write');
        } catch (error) {
          // As a full disk does it: a part is written.
          writeTo(inode, bytes.subarray(0, bytes.length >> 1), position);
          throw error;
        }
        writeTo(inode, bytes, position);
        await setImmediate();
        if (this.isStopped) await new Promise(() => {});
      },
      sync: async () => {
        try {
          await this.operate('sync');
        } catch (error) {
          // As Linux does it: the pages count as written, and are gone once the kernel needs their memory.
          inode.content = Buffer.from(inode.durable);
          inode.dirty.clear();
          throw error;
        }
        inode.durable = Buffer.from(inode.content);
        inode.dirty.clear();
        await setImmediate();
        if (this.isStopped) await new Promise(() => {});
      },
      truncate: async (size) => {
        await this.operate('truncate');
        inode.content = Buffer.from(inode.content.subarray(0, size));
      },
      close: () => Promise.resolve(),
    };
  }
}

function writeTo(inode: Inode, bytes: Buffer, position: number): void {
  const size = Math.max(inode.content.length, position + bytes.length);
  const content = Buffer.alloc(size);
  inode.content.copy(content);
  bytes.copy(content, position);
  inode.content = content;
  for (let at = position; at < position + bytes.length; at += PAGE_BYTES)
    inode.dirty.add(Math.floor(at / PAGE_BYTES));
  if (bytes.length > 0) inode.dirty.add(Math.floor((position + bytes.length - 1) / PAGE_BYTES));
}

/** What a loss of power leaves of a file: any of the pages that were not synced, some of them torn. */
function survivor({ content, durable, dirty }: Inode, random: () => number): Buffer {
  if (random() < 0.2) return Buffer.from(content);
  const left = Buffer.alloc(content.length);
  durable.copy(left);
  let size = Math.min(durable.length, content.length);
  for (const page of dirty) {
    const [start, chance] = [page * PAGE_BYTES, random()];
    if (chance < 0.4) continue;
    const whole = Math.min(content.length, start + PAGE_BYTES);
    const end = chance < 0.7 ? whole : start + Math.floor(random() * (whole - start));
    content.copy(left, start, start, end);
    size = Math.max(size, random() < 0.5 ? end : whole);
  }
  return left.subarray(0, size);
}

function failure(code: string): Error {
  return Object.assign(new Error(`${code}: simulated`), { code });
}
