/**
 * The wire codecs, both dialects and both directions, for use without a broker: as stream transforms, and as parsers
 * and renderers without a stream. `sluice/codecs/web` has the same for Web Streams.
 *
 * @module sluice/codecs
 */

export { Decoder } from './dialects/base-decoder.js';
export type { Credentials, Dialect, Encoder, Link, Session } from './dialects/codec.js';
export type {
  LeafCommand,
  LeafConnect,
  LeafMessage,
  LeafSub,
  LeafUnsub,
} from './dialects/leaf/commands.js';
export { leafDecoder } from './dialects/leaf/decoder.js';
export { type LeafEncoder, leafEncoder } from './dialects/leaf/encoder.js';
export { type LeafFrame, renderLeaf } from './dialects/leaf/frames.js';
export { leafParser } from './dialects/leaf/leaf-parser.js';
export type { LeafParserOptions } from './dialects/leaf/options.js';
export { lineClientEncoder } from './dialects/line/client-encoder.js';
export { lineParser } from './dialects/line/client-parser.js';
export type {
  LineClientFrame,
  LineCommand,
  LineFrame,
  LineServerFrame,
} from './dialects/line/commands.js';
export { lineDecoder } from './dialects/line/decoder.js';
export { type LineEncoder, type LineEncoderOptions, lineEncoder } from './dialects/line/encoder.js';
export { renderLine, renderLineCommand } from './dialects/line/frames.js';
export type { LineDecoderOptions, LineEnd, LineServerParserOptions } from './dialects/line/options.js';
export { lineServerDecoder } from './dialects/line/server-decoder.js';
export { lineServerParser } from './dialects/line/server-parser.js';
export { MessageEncoder } from './dialects/message-encoder.js';
export { natsParser } from './dialects/nats/client-parser.js';
export type {
  ConnectOptions,
  Msg,
  NatsCommand,
  NatsFrame,
  NatsMessage,
  NatsServerFrame,
} from './dialects/nats/commands.js';
export { natsDecoder } from './dialects/nats/decoder.js';
export { type NatsEncoder, type NatsEncoderOptions, natsEncoder } from './dialects/nats/encoder.js';
export { renderFrame as renderNats } from './dialects/nats/frames.js';
export type { NatsParserOptions, NatsServerParserOptions } from './dialects/nats/options.js';
export { natsServerDecoder } from './dialects/nats/server-decoder.js';
export { natsServerParser } from './dialects/nats/server-parser.js';
export type { Parser } from './dialects/parser.js';
export {
  isPlainLiteral as isLiteralSubject,
  isPlainSubject as isValidSubject,
} from './domain/plain-subject.js';
export { batchOfCommands } from './frame/batch-of-commands.js';
export { CommandBatch, type Fault, type Publish } from './frame/command.js';
export type { Delivery, Receipt } from './frame/delivery.js';
export type { FrameMemory } from './frame/memory.js';
