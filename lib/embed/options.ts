import type { Server as HttpServer } from 'node:http';
import type { Server } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import type { AttachWebSocketOptions } from '../broker/api.js';
import type { DialectRegistration } from '../broker/dialects.js';
import { isAttached } from '../broker/websockets.js';
import { isOrigin } from '../config/list-kinds.js';
import type { DialectName } from '../domain/dialect-name.js';
import { invalidKey, SluiceError } from '../domain/errors.js';
import { FLOW_POLICIES, type FlowPolicy } from '../domain/flow-policy.js';
import { isServable, PATH_ALLOWED } from '../domain/websocket-path.js';
import type { Authenticate } from './authenticate.js';
import type { Authorize } from './authorize.js';
import {
  aBoolean,
  aFunction,
  aLogger,
  anything,
  aSignal,
  aWord,
  type Check,
  checkObject,
  checkOptions,
  milliseconds,
  oneOf,
  wholeNumber,
} from './check.js';
import type { HeadersInput } from './headers.js';
import type { BrokerSettings } from './settings.js';
import { kindOf } from './values.js';

/** What no configuration file can say. */
export interface CreateOptions {
  /** Where the broker logs. Default: nowhere. */
  readonly logger?: Logger | undefined;
  /** Aborting it closes the broker; aborted before it is ready, `createBroker` rejects with its reason. Default: none. */
  readonly signal?: AbortSignal | undefined;
  /** Decides about logins in the place of configured users. Default: as the settings say; without users all are accepted. */
  readonly authenticate?: Authenticate | undefined;
  /** What they may publish and subscribe to, beside their permissions. Default: whatever those say. */
  readonly authorize?: Authorize | undefined;
  /** Wire dialects beside `nats` and `line`, and where they are spoken: docs/embedding.md. Default: none. */
  readonly dialects?: readonly DialectRegistration[] | undefined;
}

/** Everything `createBroker` takes. */
export type BrokerOptions = BrokerSettings & CreateOptions;

/** Of everything in this process that is about subjects. */
export interface InAccount {
  /** The account whose subjects they are. Default `$G`, the one without a name. */
  readonly account?: string | undefined;
}

export interface PublishOptions extends InAccount {
  /** Where an answer should go. Default: none is asked for. */
  readonly reply?: string | undefined;
  /** Default: none. */
  readonly headers?: HeadersInput | undefined;
}

export interface SubscribeOptions extends InAccount {
  /** The queue group: each message goes to one of its members. Default: none, so every message. */
  readonly queue?: string | undefined;
  /** Messages after which it ends, 1 to 2^53 - 1. Default: it does not. */
  readonly max?: number | undefined;
  /** Messages held ready to be read, not counted as pending, 1 to 1,000,000. Default 16. */
  readonly highWaterMark?: number | undefined;
  /** What becomes of messages while more than `flow.high_water` is pending: docs/flow.md. Default: as for NATS clients. */
  readonly flow?: FlowPolicy | undefined;
  /** Aborting it ends the subscription with an AbortError. Default: none. */
  readonly signal?: AbortSignal | undefined;
}

export interface RequestOptions extends InAccount {
  /** How long to wait for the reply, in milliseconds, 1 to 2^31 - 1. Default 5,000. */
  readonly timeoutMs?: number | undefined;
  /** Default: none. */
  readonly headers?: HeadersInput | undefined;
  /** Aborting it rejects with its reason. Default: none. */
  readonly signal?: AbortSignal | undefined;
}

export interface ReplyOptions extends InAccount {
  /** The queue group, so that one of several responders answers. Default: none. */
  readonly queue?: string | undefined;
  /** Requests handled at once, 1 to 1,000,000; more wait as any subscription's messages do. Default 100. */
  readonly concurrency?: number | undefined;
  /** Aborting it ends the responder. Default: none. */
  readonly signal?: AbortSignal | undefined;
}

export interface JoinedOptions {
  /** Aborting it rejects with its reason. Default: none. */
  readonly signal?: AbortSignal | undefined;
}

export interface ConnectOptions {
  /** What is spoken. Default `nats`. */
  readonly dialect?: DialectName | undefined;
}

const account = aWord;
const queue = aWord;
const MOST = 1_000_000;

const CREATE: Readonly<Record<keyof CreateOptions, Check>> = {
  logger: aLogger,
  signal: aSignal,
  authenticate: aFunction,
  authorize: aFunction,
  dialects: dialectList,
};
const PUBLISH = { account, reply: anything, headers: anything };
const SUBSCRIBE = {
  account,
  queue,
  max: wholeNumber(1, Number.MAX_SAFE_INTEGER),
  highWaterMark: wholeNumber(1, MOST),
  flow: oneOf(FLOW_POLICIES),
  signal: aSignal,
};
const REQUEST = { account, timeoutMs: milliseconds, headers: anything, signal: aSignal };
const REPLY = { account, queue, concurrency: wholeNumber(1, MOST), signal: aSignal };
const JOINED = { signal: aSignal };
const CLOSE = { drain: aBoolean, deadlineMs: wholeNumber(0, 600_000) };

/** A list of objects that have the methods of a dialect. */
function dialectList(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const isList = Array.isArray(value) && value.every(isDialect);
  return isList ? undefined : 'not usable, allowed: a list of dialects';
}

function isDialect(value: unknown): boolean {
  const given = value as Partial<DialectRegistration> | null | undefined;
  return [given?.decoder, given?.encoder, given?.session].every((method) => typeof method === 'function');
}

/** What is wrong with the options of each method. They throw SluiceError CONFIG_INVALID. */
export const check = {
  create: (options: CreateOptions) => checkOptions(options, CREATE),
  publish: (options: PublishOptions) => checkOptions(options, PUBLISH),
  subscribe: (options: SubscribeOptions) => checkOptions(options, SUBSCRIBE),
  request: (options: RequestOptions) => checkOptions(options, REQUEST),
  reply: (options: ReplyOptions) => checkOptions(options, REPLY),
  joined: (options: JoinedOptions) => checkOptions(options, JOINED),
  connect: (options: ConnectOptions, dialects: readonly DialectName[]) =>
    checkOptions(options, { dialect: oneOf(dialects) }),
  attachWebSocket: (server: unknown, options: AttachWebSocketOptions, dialects: readonly DialectName[]) => {
    if (!isServer(server))
      throw invalidKey(
        'server',
        `not usable, allowed: an HTTP server, such as the server that app.listen() returns, not ${kindOf(server)}`,
      );
    checkOptions(options, {
      path: aPath,
      dialect: oneOf(dialects),
      origins: originList,
      trustProxy: proxies,
      compression: aBoolean,
    });
    const { path = '/' } = options;
    if (isAttached(server, path)) throw invalidKey('path', `${path}: WebSockets are served there already`);
  },
  close: (options: object) => checkOptions(options, CLOSE),
  attach: (wire: unknown, dialect: unknown, dialects: readonly DialectName[]) => {
    const problem = aDuplex(wire);
    if (problem !== undefined) throw invalidKey('wire', `${problem}, not ${kindOf(wire)}`);
    const wrong = oneOf(dialects)(dialect);
    if (wrong !== undefined) throw invalidKey('dialect', `${wrong}, not ${kindOf(dialect)}`);
  },
};

/** Of HTTP servers, plain and over TLS. Other emitters of events lack the last ones: the apps of frameworks, TCP servers. */
const SERVER_METHODS = ['on', 'off', 'listenerCount', 'address', 'close', 'setTimeout'] as const;

function isServer(value: unknown): value is Server {
  try {
    const server = value as Partial<HttpServer> | null | undefined;
    return typeof server === 'object' && SERVER_METHODS.every((name) => typeof server?.[name] === 'function');
  } catch {
    return false; // a Proxy or a getter threw
  }
}

function aPath(value: unknown): string | undefined {
  return typeof value === 'string' && isServable(value) ? undefined : `not a path, allowed: ${PATH_ALLOWED}`;
}

function originList(value: unknown): string | undefined {
  const isList = Array.isArray(value) && value.every((each) => typeof each === 'string' && isOrigin(each));
  return isList
    ? undefined
    : 'not usable, allowed: a list of origins as in https://example.com:8443; * for any';
}

function proxies(value: unknown): string | undefined {
  return typeof value === 'boolean' || (Number.isInteger(value) && Number(value) >= 0)
    ? undefined
    : 'not usable, allowed: true, false or the number of proxies';
}

const DUPLEX_METHODS = ['on', 'once', 'pipe', 'read', 'write', 'end', 'destroy'] as const;

/** A stream of bytes that can be read and written; of Node's own class or another one with the same methods. */
function aDuplex(value: unknown): string | undefined {
  const wrong = 'not usable, allowed: a Duplex stream of bytes';
  try {
    const wire = value as Partial<Duplex> | null | undefined;
    if (DUPLEX_METHODS.some((name) => typeof wire?.[name] !== 'function')) return wrong;
    return wire?.readableObjectMode || wire?.writableObjectMode ? `${wrong}, not of objects` : undefined;
  } catch {
    return wrong; // a Proxy or a getter threw
  }
}

/** The options that are no settings. */
export const CREATE_KEYS = Object.keys(CREATE);

/**
 * Options that were given in two objects as one; those of the second win.
 * @throws SluiceError CONFIG_INVALID where one of them is no object, or cannot be read
 */
export function joined<Options extends BrokerOptions>(options: Options, more: CreateOptions): Options {
  checkObject(options, 'options');
  checkObject(more, 'options');
  try {
    return { ...options, ...more };
  } catch (error) {
    // A getter or a Proxy threw.
    throw new SluiceError('CONFIG_INVALID', 'options: reading them failed', { cause: error });
  }
}

/** The settings apart from the options that are none. */
export function split(given: BrokerOptions): {
  readonly settings: BrokerSettings;
  readonly options: CreateOptions;
} {
  const { logger, signal, authenticate, authorize, dialects, ...settings } = joined(given, {});
  const options = { logger, signal, authenticate, authorize, dialects };
  check.create(options);
  return { settings, options };
}
