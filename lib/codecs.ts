/**
 * The wire codecs, both dialects and both directions, for use without a broker: as stream transforms, and as parsers
 * and renderers without a stream. `sluice/codecs/web` has the same for Web Streams.
 *
 * @module sluice/codecs
 */
export { CommandBatch, type Fault, type Publish } from './protocol/command.js';
export { lineClientEncoder } from './protocol/line/client-encoder.js';
export { lineParser } from './protocol/line/client-parser.js';
export type {
  LineClientFrame,
  LineCommand,
  LineFrame,
  LineServerFrame,
} from './protocol/line/commands.js';
export { lineDecoder } from './protocol/line/decoder.js';
export { type LineEncoder, type LineEncoderOptions, lineEncoder } from './protocol/line/encoder.js';
export { renderLine, renderLineCommand } from './protocol/line/frames.js';
export type { LineDecoderOptions, LineEnd, LineServerParserOptions } from './protocol/line/options.js';
export { lineServerDecoder } from './protocol/line/server-decoder.js';
export { lineServerParser } from './protocol/line/server-parser.js';
export { natsParser } from './protocol/nats/client-parser.js';
export type {
  ConnectOptions,
  Msg,
  NatsCommand,
  NatsFrame,
  NatsMessage,
  NatsServerFrame,
} from './protocol/nats/commands.js';
export { natsDecoder } from './protocol/nats/decoder.js';
export { type NatsEncoder, type NatsEncoderOptions, natsEncoder } from './protocol/nats/encoder.js';
export { renderFrame as renderNats } from './protocol/nats/frames.js';
export type { NatsParserOptions, NatsServerParserOptions } from './protocol/nats/options.js';
export { natsServerDecoder } from './protocol/nats/server-decoder.js';
export { natsServerParser } from './protocol/nats/server-parser.js';
export type { Parser } from './protocol/parser.js';
