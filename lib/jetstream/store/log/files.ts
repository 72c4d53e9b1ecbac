import {
  close,
  closeSync,
  fdatasync,
  fstatSync,
  fsync,
  ftruncate,
  mkdirSync,
  open,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rm,
  unlink,
  writev,
} from 'node:fs';

/** An open file. What is written is read back at once; it survives a loss of power once `sync` has resolved. */
export interface LogFile {
  /** Size in bytes. */
  readonly size: number;
  /** Reads up to `into.length` bytes from `position` on; returns how many there were. */
  read(into: Uint8Array, position: number): number;
  /** Writes all of `pieces`, one after the other, from `position` on. Where it fails, any part of them may be written. */
  write(pieces: readonly Uint8Array[], position: number): Promise<void>;
  /** Makes the bytes and the size of the file durable. After a failure what was not yet durable may be gone. */
  sync(): Promise<void>;
  truncate(size: number): Promise<void>;
  close(): Promise<void>;
}

/** The operations on files that the log is made of; the crash tests have their own. */
export interface Files {
  /** Creates a file, which must not be there. Its name is durable once its directory is synced. */
  create(path: string): Promise<LogFile>;
  /** Opens a file to read and write. */
  open(path: string): LogFile;
  /** The names in a directory, in no particular order; none where it is not there, or is a file. */
  list(directory: string): readonly string[];
  /** A whole file; undefined: it is not there. */
  read(path: string): Buffer | undefined;
  /** Makes a directory and those above it; their names are durable once the directories above are synced. */
  makeDirectory(path: string): void;
  /** Moves a file or a directory, in place of a file that is there. */
  rename(from: string, to: string): void;
  unlink(path: string): Promise<void>;
  /** Removes a directory and all in it, where it is there. */
  removeTree(path: string): Promise<void>;
  /** Makes the names in a directory durable. */
  syncDirectory(path: string): Promise<void>;
}

type Done = (error: NodeJS.ErrnoException | null) => void;

function promised(start: (done: Done) => void): Promise<void> {
  return new Promise((resolve, reject) => start((error) => (error === null ? resolve() : reject(error))));
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

class NodeFile implements LogFile {
  private readonly fd: number;

  constructor(fd: number) {
    this.fd = fd;
  }

  get size(): number {
    return fstatSync(this.fd).size;
  }

  read(into: Uint8Array, position: number): number {
    let read = 0;
    while (read < into.length) {
      const count = readSync(this.fd, into, read, into.length - read, position + read);
      if (count === 0) break;
      read += count;
    }
    return read;
  }

  async write(pieces: readonly Uint8Array[], position: number): Promise<void> {
    let rest = pieces;
    while (rest.length > 0) {
      const written = await new Promise<number>((resolve, reject) => {
        writev(this.fd, rest, position, (error, count) => (error === null ? resolve(count) : reject(error)));
      });
      position += written;
      rest = without(rest, written);
    }
  }

  sync(): Promise<void> {
    return promised((done) => fdatasync(this.fd, done));
  }

  truncate(size: number): Promise<void> {
    return promised((done) => ftruncate(this.fd, size, done));
  }

  close(): Promise<void> {
    return promised((done) => close(this.fd, (error) => done(error ?? null)));
  }
}

/** What is left of `pieces` without their first `count` bytes. */
function without(pieces: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  const rest: Uint8Array[] = [];
  for (const piece of pieces) {
    if (count < piece.length) rest.push(piece.subarray(count));
    count = Math.max(0, count - piece.length);
  }
  return rest;
}

/** Files of the system. */
export const NODE_FILES: Files = {
  create: (path) =>
    new Promise((resolve, reject) => {
      open(path, 'wx+', 0o600, (error, fd) => (error === null ? resolve(new NodeFile(fd)) : reject(error)));
    }),
  open: (path) => new NodeFile(openSync(path, 'r+')),
  list(directory) {
    try {
      return readdirSync(directory);
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  },
  read(path) {
    try {
      return readFileSync(path);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  },
  makeDirectory(path) {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  },
  rename: renameSync,
  unlink: (path) => promised((done) => unlink(path, done)),
  removeTree: (path) => promised((done) => rm(path, { recursive: true, force: true }, done)),
  async syncDirectory(path) {
    // Windows cannot open directories; there names are durable as its file system sees fit.
    if (process.platform === 'win32') return;
    const fd = openSync(path, 'r');
    try {
      await promised((done) => fsync(fd, done));
    } finally {
      closeSync(fd);
    }
  },
};
