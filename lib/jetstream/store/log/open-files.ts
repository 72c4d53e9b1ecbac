import type { Files, LogFile } from './files.js';

/** Keeps files open for reading, up to a number of them; closes the one that was used longest ago. */
export class OpenFiles {
  readonly files: Files;
  private readonly max: number;
  private readonly open = new Map<string, LogFile>();

  constructor(files: Files, max: number) {
    this.files = files;
    this.max = max;
  }

  /** The open file of that path. */
  get(path: string): LogFile {
    let file = this.open.get(path);
    if (file === undefined) file = this.files.open(path);
    else this.open.delete(path);
    this.open.set(path, file);
    if (this.open.size > this.max)
      for (const oldest of this.open.keys()) {
        if (oldest !== path) this.close(oldest);
        break;
      }
    return file;
  }

  /** Lets go of a file, where it is open. */
  close(path: string): void {
    const file = this.open.get(path);
    if (file === undefined) return;
    this.open.delete(path);
    // Nothing was written to it that is not durable, so a failure says nothing.
    file.close().catch(() => {});
  }
}
