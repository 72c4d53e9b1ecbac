/**
 * sluice: a pub/sub broker built as Node stream pipelines.
 *
 * @module sluice
 */
import { Broker } from './embed/broker.js';
import { checkObject } from './embed/check.js';
import type { BrokerOptions, CreateOptions } from './embed/options.js';

/**
 * Starts a broker in this process; it is ready when the promise resolves. No signal handlers, no log unless given one,
 * nothing shared with other brokers of the process.
 *
 *     await using broker = await createBroker({ nats: { port: 0 }, line: false });
 *
 * @param options settings of the configuration file, docs/config.md, and what no file can say, docs/embedding.md
 * @param more the same, apart
 * @throws SluiceError CONFIG_INVALID, ADDRESS_IN_USE, ADDRESS_UNUSABLE
 */
export async function createBroker(options: BrokerOptions = {}, more: CreateOptions = {}): Promise<Broker> {
  checkObject(options, 'options');
  checkObject(more, 'more');
  return Broker.start({ ...options, ...more });
}

export type { CloseOptions } from './broker.js';
export type { Address, Config, SettingsInput } from './config.js';
export type {
  Authenticate,
  Login,
  LoginContext,
  LoginVerdict,
  PermissionsInput,
} from './embed/authenticate.js';
export type { Authorize, ClientContext } from './embed/authorize.js';
export type { Broker } from './embed/broker.js';
export type {
  BrokerEvent,
  BrokerEvents,
  ClosedConnectionInfo,
  ConnectionInfo,
  SubscriptionInfo,
} from './embed/events.js';
export type { HeadersInput, MessageHeaders } from './embed/headers.js';
export type { Message, Payload, RespondOptions } from './embed/message.js';
export type {
  BrokerOptions,
  ConnectOptions,
  CreateOptions,
  PublishOptions,
  ReplyOptions,
  RequestOptions,
  SubscribeOptions,
} from './embed/options.js';
export { type Answer, type Handler, ReplyError, type Responder } from './embed/responder.js';
export { type BrokerSettings, configOf as configFrom, type Place } from './embed/settings.js';
export type { Subscription } from './embed/subscription.js';
export { ERRORS, type ErrorCode, type ErrorEntry, SluiceError } from './errors.js';
export { VERSION } from './version.js';
