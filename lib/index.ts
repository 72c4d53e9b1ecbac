/**
 * sluice: a pub/sub broker built as Node stream pipelines.
 *
 * @module sluice
 */
import { Broker } from './embed/broker.js';
import { type BrokerOptions, type CreateOptions, joined } from './embed/options.js';

/**
 * Starts a broker in this process; it is ready when the promise resolves. It installs no signal handlers, logs only to
 * `logger`, and listens only where it is asked to: without options for NATS clients on 127.0.0.1:4222.
 *
 *     await using broker = await createBroker({ nats: { port: 0 } });
 *
 * @param options settings of the configuration file in camelCase, and what no file can say: docs/embedding.md
 * @param more the same, apart
 * @throws SluiceError CONFIG_INVALID, ADDRESS_IN_USE, ADDRESS_UNUSABLE
 */
export async function createBroker(options: BrokerOptions = {}, more: CreateOptions = {}): Promise<Broker> {
  return Broker.start(joined(options, more));
}

export type { ConnectionInfo, DiagnosticsChannel, DiagnosticsMessages } from './broker/diagnostics.js';
export type { DialectRegistration } from './broker/dialects.js';
export type { AttachWebSocketOptions, CloseOptions } from './broker.js';
export type { Address, Config, SettingsInput } from './config.js';
export type { Dialect } from './dialects/codec.js';
export type { DialectName } from './domain/dialect-name.js';
export { type ErrorCode, type ErrorTexts, SluiceError } from './domain/errors.js';
export type {
  Authenticate,
  Login,
  LoginContext,
  LoginVerdict,
  PermissionsInput,
} from './embed/authenticate.js';
export type { Authorize, ClientContext } from './embed/authorize.js';
export type { Broker } from './embed/broker.js';
export { ERRORS, type ErrorEntry } from './embed/errors.js';
export type {
  BrokerEvent,
  BrokerEvents,
  ClosedConnectionInfo,
  LeafInfo,
  SubscriptionInfo,
} from './embed/events.js';
export type { HeadersInput, MessageHeaders } from './embed/headers.js';
export type { Message, Payload, RespondOptions } from './embed/message.js';
export type {
  BrokerOptions,
  ConnectOptions,
  CreateOptions,
  JoinedOptions,
  PublishOptions,
  ReplyOptions,
  RequestOptions,
  SubscribeOptions,
} from './embed/options.js';
export { type Answer, type Handler, ReplyError, type Responder } from './embed/responder.js';
export { type BrokerSettings, configOf as configFrom, type ListenOptions } from './embed/settings.js';
export { JetStreamError } from './embed/streams/api.js';
export type { ConsumeOptions } from './embed/streams/consume.js';
export type { Delivery } from './embed/streams/delivery.js';
export type { JetStream, PurgeOptions, StreamPublishOptions } from './embed/streams/jetstream.js';
export type { BucketOptions, Entry, KeyValue, WatchOptions } from './embed/streams/key-value.js';
export type {
  ConsumerInfo,
  ConsumerOptions,
  PublishAck,
  StreamInfo,
  StreamOptions,
} from './embed/streams/shapes.js';
export type { Subscription } from './embed/subscription.js';
export { VERSION } from './version.js';
