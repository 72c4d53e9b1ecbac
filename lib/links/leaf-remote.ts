import type { Logger } from 'pino';
import type { Authenticator } from '../auth/grant.js';
import type { LinkRules } from '../auth/link-permissions.js';
import type { Connection } from '../connection/connection.js';
import type { Dialect } from '../dialects/codec.js';
import { DiallingSession } from '../dialects/leaf/dialling-session.js';
import { leafDialect } from '../dialects/leaf/index.js';
import { leafParserOptions } from '../dialects/leaf/options.js';
import { type Address, formatAddress, parseAddress } from '../domain/address.js';
import { CLOCK, type Clock } from '../domain/clock.js';
import { type Count, Drops } from '../domain/drops.js';
import { LEAF_PATH } from '../domain/websocket-path.js';
import { Dialer } from '../transport/dialer.js';
import { TlsClientContext } from '../transport/tls-client.js';
import type { Wire } from '../transport/wire.js';
import { readGreeting, type ServerInfo } from './greeting.js';
import type { LeafRemoteOptions } from './leaf-remote-options.js';
import { LinkGrant, listIn } from './link-grant.js';
import { loginFields } from './link-login.js';
import { keptFromLinks, type LinkedJetStream, RefusedInterest, refusedByHub } from './refused-interest.js';

/** What a remote needs of its broker. */
export interface LeafHost {
  readonly log: Logger;
  /** What CONNECT says of this server. */
  readonly identity: () => {
    readonly id: string;
    readonly name: string;
    readonly version: string;
    readonly cluster: string;
  };
  /** See `LeafSessionOptions`. */
  readonly loopSubject: (account: string) => string;
  readonly maxPayloadBytes: () => number;
  /** JetStream of this server; undefined: it has none. */
  readonly jetstream: () => LinkedJetStream | undefined;
  /** Puts a connection over `wire`, which is let in by `authenticator`; undefined where that failed. `closed` is called at its end. */
  readonly connect: (
    wire: Wire,
    dialect: Dialect,
    authenticator: Authenticator,
    closed: (connection: Connection) => void,
  ) => Connection | undefined;
  readonly changed: (remote: LeafRemote) => void;
  readonly clock?: Clock | undefined;
}

/** Waits after what another attempt at once would not change, in milliseconds. As nats-server. */
const LOOP_DELAY_MS = 30_000;
const DELAYS: readonly (readonly [string, number])[] = [
  ['permissions violation', 30_000],
  ['loop detected', LOOP_DELAY_MS],
  ['same cluster name', 30_000],
  ['minimum version', 5_000],
];

/** Errors of the hub that are logged while one connection lasts. */
const MAX_LOGGED_ERRORS = 10;
/** Of the text of one so many characters are kept. */
const MAX_ERROR_LENGTH = 256;

function nothing(): void {}

/** Keeps a link to one hub up, as its leaf. */
export class LeafRemote {
  readonly options: LeafRemoteOptions;
  /** The connection, while both ends know each other's interest. */
  connection: Connection | undefined;
  /** What the hub said of itself last. */
  info: ServerInfo | undefined;
  /** Why the last attempt or the last link came to nothing. */
  lastError: string | undefined;
  /** Since when it has been up, in milliseconds of Unix time. */
  upSince: number | undefined;
  /** Messages for the hub, or of it, that went nowhere: of links that have closed. */
  private readonly drops = new Drops();
  private readonly host: LeafHost;
  private readonly dialer: Dialer;
  private readonly tls: TlsClientContext | undefined;
  private readonly clock: Clock;
  private cancel = nothing;
  private hasFailed = false;
  /** Errors that the hub has reported over this connection. */
  private reported = 0;
  private readonly refusedInterest = new RefusedInterest();

  /** @throws Error of OpenSSL about a certificate or key that it rejects */
  constructor(options: LeafRemoteOptions, host: LeafHost) {
    this.options = options;
    this.host = host;
    this.clock = host.clock ?? CLOCK;
    const { tls, tlsFirst, addresses, keepsOrder } = options;
    this.tls = tls && new TlsClientContext(tls);
    this.dialer = new Dialer(
      {
        addresses,
        keepsOrder,
        connectTimeoutMs: options.dialTimeoutMs,
        ...(tlsFirst ? { tls: tls ?? {} } : {}),
        backoff: { firstMs: options.reconnectMs, maxMs: options.maxReconnectMs, jitter: 0.2 },
        log: host.log,
        clock: this.clock,
      },
      {
        connected: (wire) => this.connected(wire),
        lost: (reason) => this.lost(reason),
        failed: ({ error }) => {
          this.lastError = error.message;
        },
      },
    );
  }

  get isUp(): boolean {
    return this.connection !== undefined;
  }

  /** Messages for the hub, or of it, that went nowhere so far, by reason. */
  get dropped(): ReturnType<Drops['describe']> {
    return this.allDrops().describe();
  }

  /** The same for all reasons. */
  get droppedInAll(): Count {
    return this.allDrops().total;
  }

  private allDrops(): Drops {
    const all = new Drops();
    all.take(this.drops);
    if (this.connection !== undefined && this.connection.reason === undefined)
      all.take(this.connection.client.drops);
    return all;
  }

  /** The addresses as text, for people. */
  get urls(): readonly string[] {
    const { addresses, isWebSocket, tls } = this.options;
    const scheme = isWebSocket ? `ws${tls === undefined ? '' : 's'}` : 'nats-leaf';
    return addresses.map((address) => `${scheme}://${formatAddress(address)}${address.path ?? ''}`);
  }

  /** What the hub calls itself. */
  get hubName(): string | undefined {
    const name = this.info?.['server_name'];
    return typeof name === 'string' ? name : undefined;
  }

  start(): void {
    this.dialer.start();
  }

  close(): Promise<void> {
    this.cancel();
    return this.dialer.close();
  }

  /** What has gone wrong in the attempt, or over the link, that is under way. */
  private note(error: string): void {
    this.lastError = error;
    this.hasFailed = true;
  }

  /** Asks for a WebSocket where the link is one. */
  private connected(wire: Wire): void {
    const { addresses, isWebSocket, avoidsMasks, infoTimeoutMs: timeoutMs } = this.options;
    const { current } = this.dialer;
    this.hasFailed = false;
    this.reported = 0;
    if (!isWebSocket || current === undefined) return this.greet(wire);
    const path = (addresses.find((one) => one === current)?.path ?? '') + LEAF_PATH;
    const target = { host: formatAddress(current), path, avoidsMasks, timeoutMs };
    let isCancelled = false;
    this.cancel = () => {
      isCancelled = true;
    };
    void import('../transport/websocket/request-upgrade.js').then(({ requestUpgrade }) => {
      if (isCancelled) return;
      this.cancel = requestUpgrade(
        wire,
        target,
        {
          upgraded: (inner) => {
            // The dialer learns of it by the wire below.
            inner.stream.on('error', nothing);
            this.greet(inner);
          },
          failed: ({ message }) => this.refuse(wire, message),
        },
        this.clock,
      );
    });
  }

  /** Waits for the hub's INFO. */
  private greet(wire: Wire): void {
    this.cancel = readGreeting(
      wire,
      this.options.infoTimeoutMs,
      {
        greeted: (info) => this.greeted(wire, info),
        failed: ({ message }) => {
          this.note(message);
          wire.stream.destroy();
        },
      },
      this.clock,
    );
  }

  private greeted(wire: Wire, info: ServerInfo): void {
    const { tls, options } = this;
    this.cancel = nothing;
    this.info = info;
    if (!Array.isArray(info['leafnode_urls']) && info['connect_urls'] !== undefined)
      return this.refuse(wire, 'that is a port for clients, not for leaf nodes');
    if (wire.isSecure || options.isWebSocket) return this.open(wire, info);
    if (info['tls_required'] === true) {
      const context = tls ?? new TlsClientContext({});
      const host = this.dialer.current?.host ?? '';
      this.cancel = context.secure(wire, host, {
        secured: (secured) => {
          this.cancel = nothing;
          // Nothing is lost: the handshake is over before the hub sends more.
          secured.stream.on('error', nothing);
          this.open(secured, info);
        },
        failed: ({ message }) => this.note(message),
      });
      return;
    }
    if (options.tls !== undefined)
      return this.refuse(wire, 'the hub does not offer TLS, which is configured');
    this.open(wire, info);
  }

  private refuse(wire: Wire, why: string): void {
    this.note(why);
    wire.stream.destroy();
  }

  private open(wire: Wire, info: ServerInfo): void {
    const { host } = this;
    let connection: Connection | undefined;
    const isCurrent = (): boolean => connection !== undefined && connection.reason === undefined;
    const grant = new LinkGrant(this.options.account, this.rulesFor(info));
    const dialect = leafDialect(this.parserOptions(), (link) => {
      return new DiallingSession(link, {
        info,
        isHub: this.options.isHub,
        isWebSocket: this.options.isWebSocket,
        loopSubject: host.loopSubject,
        connect: () => this.connectFields(info),
        told: grant.told,
        permit: ({ import: inward, export: outward }) => {
          const permissions = grant.permit(listIn(inward), listIn(outward));
          connection?.renew();
          return permissions;
        },
        events: {
          up: () => {
            if (isCurrent() && connection !== undefined) this.up(connection);
          },
          refused: (message) => this.refused(message),
          addresses: (urls) => {
            if (!this.options.ignoresDiscovered) this.dialer.learn(urls.flatMap(addressIn));
          },
          loop: () => this.looped(),
        },
      });
    });
    connection = host.connect(wire, dialect as Dialect, grant, (closed) => this.ended(closed));
    if (connection === undefined) wire.stream.destroy();
  }

  private up(connection: Connection): void {
    this.connection = connection;
    this.upSince = Date.now();
    this.lastError = undefined;
    const { log } = this.host;
    log.info({ hub: this.hubName, account: this.options.account }, 'leaf link up');
    this.host.changed(this);
  }

  /** A connection to the hub has closed, maybe before the link was up. */
  private ended({ client, reason }: Connection): void {
    this.drops.take(client.drops);
    if (reason === 'SLOW_CONSUMER') this.note('closed: the hub took too little (slow consumer)');
  }

  private lost(reason: string): void {
    this.cancel();
    this.cancel = nothing;
    if (!this.hasFailed) this.lastError = reason;
    if (this.connection === undefined) return;
    this.connection = undefined;
    this.upSince = undefined;
    this.host.changed(this);
  }

  /** The hub has said what is wrong, and mostly closes then. */
  private refused(text: string): void {
    const message = text.slice(0, MAX_ERROR_LENGTH);
    this.note(message);
    if (++this.reported <= MAX_LOGGED_ERRORS)
      this.host.log.warn({ hub: this.hubName, error: message }, 'the hub reports an error');
    // It is not told of that subject again, so there is nothing to wait for.
    if (this.refusedInterest.learn(text)) return;
    const said = message.toLowerCase();
    for (const [text, ms] of DELAYS) if (said.includes(text)) this.delay(ms);
  }

  /** What this server has told has come back over the link. */
  private looped(): void {
    const { hubName: hub, options } = this;
    this.note('loop detected: the links of leaf nodes go round in a circle');
    this.host.log.warn({ hub, account: options.account }, 'leaf link closed: loop detected');
    this.delay(LOOP_DELAY_MS);
  }

  private delay(ms: number): void {
    this.dialer.delayNext(ms);
  }

  private parserOptions() {
    const { host } = this;
    return {
      ...leafParserOptions(),
      get maxPayloadBytes() {
        return host.maxPayloadBytes();
      },
      get maxHeaderBytes() {
        return host.maxPayloadBytes();
      },
    };
  }

  private rulesFor({ max_payload: most, domain, sluice }: ServerInfo): LinkRules {
    const { allow, denyImports, denyExports, isHub } = this.options;
    const kept = isHub || sluice !== undefined ? [] : refusedByHub(domain);
    const own = keptFromLinks(this.host.jetstream());
    const isLess = typeof most === 'number' && most > 0 && most < this.host.maxPayloadBytes();
    return {
      inward: { allow, deny: [...denyImports, ...own.inward] },
      outward: { allow, deny: [...denyExports, ...own.outward] },
      maxPayloadBytes: isLess ? most : undefined,
      untold: [...kept, ...own.inward, ...this.refusedInterest.subjects],
    };
  }

  private connectFields({ nonce }: ServerInfo): Readonly<Record<string, unknown>> {
    const { account, denyImports, isHub, login } = this.options;
    const { id, name, version, cluster } = this.host.identity();
    return {
      version,
      server_id: id,
      name,
      cluster,
      is_hub: isHub || undefined,
      headers: true,
      jetstream: this.host.jetstream() === undefined ? undefined : true,
      domain: this.host.jetstream()?.domain,
      remote_account: account,
      ...(denyImports.length > 0 && { deny_pub: denyImports }),
      ...loginFields(login, nonce),
    };
  }
}

function addressIn(url: string): readonly Address[] {
  const address = parseAddress(url.replace(/^[a-z-]+:\/\//i, ''), '');
  return address === undefined || address.host === '' || address.port === 0 ? [] : [address];
}
