/**
 * The wire codecs as stream transforms, for use without a broker.
 *
 * @module sluice/codecs
 */
export { CommandBatch, type Fault, type Publish } from './protocol/command.js';
export type { LineCommand, LineFrame } from './protocol/line/commands.js';
export { type LineDecoderOptions, lineDecoder } from './protocol/line/decoder.js';
export { type LineEncoder, type LineEncoderOptions, lineEncoder } from './protocol/line/encoder.js';
export type { ConnectOptions, Msg, NatsCommand, NatsFrame } from './protocol/nats/commands.js';
export { natsDecoder } from './protocol/nats/decoder.js';
export { type NatsEncoder, type NatsEncoderOptions, natsEncoder } from './protocol/nats/encoder.js';
export type { NatsParserOptions } from './protocol/nats/parser.js';
