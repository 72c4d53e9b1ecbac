import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Files } from './files.js';

const FORMAT = 1;

/** What is kept of a stream or consumer beside its messages or state. */
export interface KeptMeta {
  /** Its name; that of the directory may be another. */
  readonly name: string;
  readonly account: string;
  readonly meta: object;
}

/** Replaces a file as a whole; resolves once that is durable. After a crash there is the old one or the new one. */
export async function replaceFile(files: Files, path: string, pieces: readonly Uint8Array[]): Promise<void> {
  const temporary = `${path}.new`;
  const file = await createAnew(files, temporary);
  try {
    await file.write(pieces, 0);
    await file.sync();
  } finally {
    await file.close();
  }
  files.rename(temporary, path);
  await files.syncDirectory(dirname(path));
}

/** Creates a file in the place of one that an attempt before may have left. */
export async function createAnew(files: Files, path: string) {
  try {
    return await files.create(path);
  } catch {
    await files.unlink(path);
    return files.create(path);
  }
}

/** Keeps `kept` in a file. */
export function writeMeta(files: Files, path: string, kept: KeptMeta): Promise<void> {
  const text = JSON.stringify(kept);
  const line = JSON.stringify({ format: FORMAT, crc: crc32(text) });
  return replaceFile(files, path, [Buffer.from(`${line}\n${text}\n`)]);
}

/**
 * Reads what `writeMeta` kept; undefined: there is none.
 * @throws Error where it is damaged, or of another format
 */
export function readMeta(files: Files, path: string): KeptMeta | undefined {
  const bytes = files.read(path);
  if (bytes === undefined) return undefined;
  const [line = '', text = ''] = bytes.toString().split('\n');
  const head = parsed(line, path);
  const format = Reflect.get(head, 'format');
  if (format !== FORMAT) throw new Error(`${path} has format ${String(format)}, this is ${FORMAT}`);
  if (Reflect.get(head, 'crc') !== crc32(text)) throw new Error(`${path} is damaged`);
  return parsed(text, path) as KeptMeta;
}

function parsed(text: string, path: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {}
  throw new Error(`${path} is damaged`);
}
