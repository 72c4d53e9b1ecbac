import type { Transform } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { CommandBatch } from '../../lib/frame/command.js';
import type { Parts } from './splits.js';

/** A command as plain data that compares fast and survives its buffer: payloads and headers as latin1 text. */
export type Plain = Readonly<Record<string, unknown>>;

/** `command` as plain data. */
export function plain(command: object): Plain {
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(command)) {
    copy[key] = value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value;
  }
  return copy;
}

/** Every batch that `decoder` makes of the parts, each written as one read, until it has ended. */
export async function batchesOf<O>(decoder: Transform, parts: Parts): Promise<CommandBatch<O>[]> {
  const batches: CommandBatch<O>[] = [];
  decoder.on('data', (batch: CommandBatch<O>) => batches.push(batch));
  for (const part of parts) decoder.write(part);
  decoder.end();
  await finished(decoder);
  return batches;
}

/** The commands of every batch, as plain data. */
export function commandsOf(batches: Iterable<CommandBatch>): Plain[] {
  const commands: Plain[] = [];
  for (const batch of batches) for (const command of batch) commands.push(plain(command as object));
  return commands;
}

/** The commands that `decoder` makes of the parts. */
export async function decode(decoder: Transform, parts: Parts): Promise<Plain[]> {
  return commandsOf(await batchesOf(decoder, parts));
}

/** The bytes that `encoder` makes of the items, each written on its own. */
export async function encode(encoder: Transform, items: Iterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  encoder.on('data', (chunk: Buffer) => chunks.push(chunk));
  for (const item of items) encoder.write(item);
  encoder.end();
  await finished(encoder);
  return Buffer.concat(chunks);
}

/** The one batch that `decoder` makes of `wire`, read at once. */
export async function batchOfWire<O>(decoder: Transform, wire: Buffer): Promise<CommandBatch<O>> {
  const batches = await batchesOf<O>(decoder, [wire]);
  if (batches.length !== 1) throw new Error(`${batches.length} batches, not 1`);
  return batches[0]!;
}

/** Which rows of a batch are publishes: `[from, to)` of each run of consecutive ones. */
export function publishRuns(batch: CommandBatch): [from: number, to: number][] {
  const runs: [number, number][] = [];
  for (let row = 0; row < batch.length; row++) {
    if (!batch.isPublish(row)) continue;
    const last = runs[runs.length - 1];
    if (last !== undefined && last[1] === row) last[1]++;
    else runs.push([row, row + 1]);
  }
  return runs;
}

/** Deep equality of plain commands; chai's is slow on long lists. */
export function samePlain(a: readonly Plain[], b: readonly Plain[]): boolean {
  return a.length === b.length && a.every((command, i) => sameFields(command, b[i]!));
}

function sameFields(a: Plain, b: Plain): boolean {
  const left = Object.entries(a);
  const right = new Map(Object.entries(b));
  return (
    left.length === right.size &&
    left.every(([key, value]) => {
      const other = right.get(key);
      return typeof value === 'object' ? JSON.stringify(value) === JSON.stringify(other) : value === other;
    })
  );
}
