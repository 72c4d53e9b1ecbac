/** All decoders against one piece of wire: what they may not do, whatever it is. */

import { leafDecoder, lineDecoder, natsDecoder } from '../../../lib/codecs.js';
import { LeafParser } from '../../../lib/dialects/leaf/parser.js';
import { NatsParser } from '../../../lib/dialects/nats/parser.js';
import { ERRORS, type ErrorCode } from '../../../lib/domain/errors.js';
import type { CommandBatch } from '../../../lib/frame/command.js';
import { commandsOf, decode, type Plain, samePlain } from '../../../spec/support/codec.js';
import { inPartsOf, inRandomParts, type Parts } from '../../../spec/support/splits.js';
import { Random } from '../../diff/random.js';
import type { FuzzDialect } from './generate.js';

/** Small enough that the fuzzer reaches them. */
export const MAX_LINE_BYTES = 1_024;
export const MAX_CONTROL_LINE_BYTES = 4_096;
export const MAX_PAYLOAD_BYTES = 65_536;

/** What a client's bytes can be faulted for, and nothing else. */
const FAULTS: Readonly<Record<FuzzDialect, ReadonlySet<ErrorCode>>> = {
  nats: new Set([
    ...(['UNKNOWN_OPERATION', 'PARSER_ERROR', 'MAX_CONTROL_LINE', 'MAX_PAYLOAD'] as const),
    ...(['HEADERS_NOT_SUPPORTED', 'AUTHORIZATION_VIOLATION'] as const),
  ]),
  leaf: new Set(['UNKNOWN_OPERATION', 'PARSER_ERROR', 'MAX_CONTROL_LINE', 'MAX_PAYLOAD']),
  line: new Set([
    ...(['UNKNOWN_VERB', 'MISSING_TOPIC', 'MISSING_MESSAGE', 'TRAILING_TEXT', 'INVALID_TOPIC'] as const),
    ...(['INVALID_UTF8', 'LINE_TOO_LONG', 'MISSING_CREDENTIALS', 'HTTP_REQUEST', 'OTHER_PROTOCOL'] as const),
  ]),
};

/** Longer wires are not fed byte by byte. */
const SINGLE_BYTES = 3_000;

interface NatsHow {
  readonly headersNeedConnect: boolean;
  readonly connectFirst: boolean;
}

function natsCommands(parts: Parts, how: NatsHow): Plain[] {
  const commands: Plain[] = [];
  const take = (batch: CommandBatch): void => void commands.push(...commandsOf([batch]));
  const parser = new NatsParser(
    {
      maxControlLineBytes: MAX_CONTROL_LINE_BYTES,
      maxPayloadBytes: MAX_PAYLOAD_BYTES,
      maxHeaderBytes: MAX_PAYLOAD_BYTES,
      ...how,
    },
    take,
  );
  for (const part of parts) parser.feed(part);
  return commands;
}

const LEAF_LIMITS = {
  maxControlLineBytes: MAX_CONTROL_LINE_BYTES,
  maxPayloadBytes: MAX_PAYLOAD_BYTES,
  maxHeaderBytes: MAX_PAYLOAD_BYTES,
} as const;

function leafCommands(parts: Parts): Plain[] {
  const commands: Plain[] = [];
  const take = (batch: CommandBatch): void => void commands.push(...commandsOf([batch]));
  const parser = new LeafParser(LEAF_LIMITS, take);
  for (const part of parts) parser.feed(part);
  return commands;
}

/** The same bytes in other reads. */
function cuttings(wire: Buffer, seed: number): readonly Parts[] {
  const random = new Random(seed);
  const next = (): number => random.next();
  const tiny = wire.length <= SINGLE_BYTES ? 1 : random.int(29, 61);
  return [inPartsOf(wire, tiny), inRandomParts(wire, next), inRandomParts(wire, next)];
}

function misplaced(dialect: FuzzDialect, commands: readonly Plain[]): string | undefined {
  for (const [i, { op, code }] of commands.entries()) {
    if (op !== 'FAULT') continue;
    const known = code as ErrorCode;
    if (!FAULTS[dialect].has(known)) return `${known} is no fault of a client's bytes`;
    if (ERRORS[known].closes && i < commands.length - 1) return `there is more after ${known}`;
  }
  return undefined;
}

/** What a decoder makes of bytes that come in these reads. */
export type Read = (parts: Parts) => Promise<readonly Plain[]>;

/** Our decoder of the dialect; the seed chooses what it is told of CONNECT. */
export function reading(dialect: FuzzDialect, seed: number): Read {
  const how: NatsHow = { headersNeedConnect: seed % 2 === 0, connectFirst: seed % 5 === 0 };
  return async (parts) => {
    if (dialect === 'leaf') return leafCommands(parts);
    return dialect === 'nats'
      ? natsCommands(parts, how)
      : decode(lineDecoder({ maxLineBytes: MAX_LINE_BYTES }), parts);
  };
}

/** What is wrong with how the decoder takes the wire; undefined where nothing is. Never throws. */
export async function judgeCodec(
  wire: Buffer,
  dialect: FuzzDialect,
  seed: number,
  read = reading(dialect, seed),
): Promise<string | undefined> {
  try {
    const whole = await read([Buffer.from(wire)]);
    const wrong = misplaced(dialect, whole);
    if (wrong !== undefined) return wrong;
    for (const [i, parts] of cuttings(wire, seed).entries()) {
      if (!samePlain(await read(parts), whole)) return `cutting ${i} gives other commands than the whole`;
    }
    return undefined;
  } catch (error) {
    return `it threw: ${error instanceof Error ? error.stack : String(error)}`;
  }
}

/** A decoder that has been fed `wire` in reads of its own and keeps what is unfinished. */
export function decoderAfter(wire: Buffer, dialect: FuzzDialect): object {
  const decoder = {
    nats: () => natsDecoder(LEAF_LIMITS),
    leaf: () => leafDecoder(LEAF_LIMITS),
    line: () => lineDecoder({ maxLineBytes: MAX_LINE_BYTES }),
  }[dialect]();
  decoder.on('data', () => {});
  for (const part of inPartsOf(wire, 97)) decoder.write(part);
  return decoder;
}
