/**
 * The wire codecs for Web Streams: browsers, Deno, Bun, Workers, and Node. The names are those of `sluice/codecs`, and
 * so is what they do; bytes are Uint8Array, streams are TransformStreams of one frame or command a chunk.
 *
 * @module sluice/codecs/web
 */
import { transform } from 'through2/web';
import * as clientLine from '../dialects/line/client-parser.js';
import type { LineClientFrame, LineFrame, LineServerFrame } from '../dialects/line/commands.js';
import * as lineFrames from '../dialects/line/frames.js';
import type { LineDecoderOptions, LineEnd, LineServerParserOptions } from '../dialects/line/options.js';
import * as serverLine from '../dialects/line/server-parser.js';
import * as clientNats from '../dialects/nats/client-parser.js';
import * as natsFrames from '../dialects/nats/frames.js';
import type { NatsParserOptions, NatsServerParserOptions } from '../dialects/nats/options.js';
import * as serverNats from '../dialects/nats/server-parser.js';
import type { Parser } from '../dialects/parser.js';
import type { LineClientCommand, LineClientLine, NatsCommand, NatsFrame, NatsServerFrame } from './types.js';

export type { LineClientFrame, LineFrame, LineServerFrame } from '../dialects/line/commands.js';
export type { LineDecoderOptions, LineEnd, LineServerParserOptions } from '../dialects/line/options.js';
export type { NatsParserOptions, NatsServerParserOptions } from '../dialects/nats/options.js';
export type { ConnectOptions } from '../dialects/nats/words.js';
export type { Parser } from '../dialects/parser.js';
export type { Fault } from '../frame/fault.js';
export type {
  LineClientCommand,
  LineClientLine,
  NatsCommand,
  NatsFrame,
  NatsMessage,
  NatsServerFrame,
  Publish,
} from './types.js';

/** Bytes of a NATS client in, commands out, without a stream. */
export function natsParser(options: Partial<NatsParserOptions> = {}): Parser<NatsCommand> {
  return clientNats.natsParser(options);
}

/** Bytes of a NATS server in, frames out, without a stream. */
export function natsServerParser(options: NatsServerParserOptions = {}): Parser<NatsServerFrame> {
  return serverNats.natsServerParser(options);
}

/** Bytes of a line client in, commands out, without a stream. */
export function lineParser(options: LineDecoderOptions = {}): Parser<LineClientCommand> {
  return clientLine.lineParser(options);
}

/** Bytes of a line server in, answers and updates out, without a stream. */
export function lineServerParser(options: LineServerParserOptions = {}): Parser<LineServerFrame> {
  return serverLine.lineServerParser(options);
}

/** One NATS frame as bytes, either direction. Subjects, sids and texts are written as they are: mind their blanks. */
export function renderNats(frame: NatsFrame): Uint8Array {
  return natsFrames.renderFrame(frame);
}

/** What a line server sends as bytes, one line but for HELP. No text can forge a line. */
export function renderLine(frame: LineFrame, options: LineEnd = {}): Uint8Array {
  return lineFrames.renderLine(frame, options);
}

/** What a line client sends as bytes, one line. No text can forge a line; mind the blanks of topics. */
export function renderLineCommand(command: LineClientLine, options: LineEnd = {}): Uint8Array {
  return lineFrames.renderLineCommand(command, options);
}

/** Bytes of a NATS client in, commands out. What the client did wrong is a last `{op: 'FAULT', code}`. */
export function natsDecoder(
  options: Partial<NatsParserOptions> = {},
): TransformStream<Uint8Array, NatsCommand> {
  return decoder(natsParser(options));
}

/** Bytes of a NATS server in, frames out. What the server did wrong is a last `{op: 'FAULT', code}`. */
export function natsServerDecoder(
  options: NatsServerParserOptions = {},
): TransformStream<Uint8Array, NatsServerFrame> {
  return decoder(natsServerParser(options));
}

/** Bytes of a line client in, commands out; lines that are wrong are `{op: 'FAULT', code}`. */
export function lineDecoder(
  options: LineDecoderOptions = {},
): TransformStream<Uint8Array, LineClientCommand> {
  return decoder(lineParser(options));
}

/** Bytes of a line server in, answers and updates out; lines that are wrong are `{op: 'FAULT', code}`. */
export function lineServerDecoder(
  options: LineServerParserOptions = {},
): TransformStream<Uint8Array, LineServerFrame> {
  return decoder(lineServerParser(options));
}

/** NATS frames of either direction in, bytes out. What is no frame is an error of the stream. */
export function natsEncoder(): TransformStream<NatsFrame, Uint8Array> {
  return encoder(renderNats);
}

/** What a line server sends in, lines out. What is no frame is an error of the stream. */
export function lineEncoder(options: LineEnd = {}): TransformStream<LineFrame, Uint8Array> {
  return encoder((frame: LineFrame) => renderLine(frame, options));
}

/** What a line client sends in, lines out. What is no frame is an error of the stream. */
export function lineClientEncoder(options: LineEnd = {}): TransformStream<LineClientFrame, Uint8Array> {
  return encoder(lineFrames.lineCommandWriter(options));
}

function decoder<C>(parser: Parser<C>): TransformStream<Uint8Array, C> {
  return transform((chunk: Uint8Array, controller: TransformStreamDefaultController<C>) => {
    for (const frame of parser.feed(chunk)) controller.enqueue(frame);
  }) as TransformStream<Uint8Array, C>;
}

function encoder<F>(render: (frame: F) => Uint8Array): TransformStream<F, Uint8Array> {
  return transform((frame: F, controller: TransformStreamDefaultController<Uint8Array>) => {
    const bytes = render(frame);
    if (bytes.length > 0) controller.enqueue(bytes);
  }) as TransformStream<F, Uint8Array>;
}
