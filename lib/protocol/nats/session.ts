import { ERRORS, type ErrorCode, unreachable } from '../../errors.js';
import type { Link, Session } from '../codec.js';
import { isValidSubject } from '../subject.js';
import type { ConnectOptions, NatsCommand, NatsFrame } from './commands.js';
import type { NatsEncoder } from './encoder.js';

/** Whether the credentials of a CONNECT, all absent before one, let the client in. */
export type Authenticate = (options: ConnectOptions) => boolean;

export interface NatsSessionOptions {
  /** What the INFO sent at the start says, over TLS or not, the client's own fields not included. */
  readonly info: (secured: boolean) => Readonly<Record<string, unknown>>;
  /** Undefined lets everybody in. */
  readonly authenticate: Authenticate | undefined;
  /** Time to the CONNECT that lets the client in, in milliseconds. */
  readonly authTimeoutMs: number;
}

/** Highest client protocol level there is: 1 means the client takes INFO at any time. */
const CLIENT_PROTOCOL = 1;

/** The state of one NATS connection: what CONNECT said, and the answers to everything that is not a publish. */
export class NatsSession implements Session<NatsCommand> {
  pingsOut = 0;
  private readonly link: Link<NatsFrame>;
  private readonly encoder: NatsEncoder;
  private readonly options: NatsSessionOptions;
  /** Options as merged from every CONNECT so far; before the first, nats-server's defaults. */
  private connect: ConnectOptions = { verbose: true, pedantic: true, echo: true };
  private authTimer: NodeJS.Timeout | undefined;

  constructor(link: Link<NatsFrame>, encoder: NatsEncoder, options: NatsSessionOptions) {
    this.link = link;
    this.encoder = encoder;
    this.options = options;
  }

  open(): void {
    this.encoder.headers = false;
    this.link.receipts = true;
    this.link.pedantic = true;
    const { remoteAddress } = this.link;
    const info = {
      ...this.options.info(this.link.secured),
      client_id: this.link.id,
      ...(remoteAddress === undefined ? {} : { client_ip: remoteAddress }),
    };
    this.link.send({ op: 'INFO', info });
    this.link.admitted = this.options.authenticate === undefined;
  }

  ready(): void {
    if (this.link.admitted) return;
    this.authTimer = setTimeout(() => this.fail('AUTHENTICATION_TIMEOUT'), this.options.authTimeoutMs);
  }

  close(): void {
    clearTimeout(this.authTimer);
  }

  handle(command: NatsCommand): void {
    if (!this.link.admitted && command.op !== 'CONNECT' && command.op !== 'FAULT') {
      this.fail('AUTHORIZATION_VIOLATION');
      return;
    }
    switch (command.op) {
      case 'CONNECT':
        this.handleConnect(command.options);
        return;
      case 'SUB':
        this.handleSub(command.subject, command.sid, command.queue);
        return;
      case 'UNSUB':
        this.link.unsubscribe(command.sid, command.max);
        this.confirm();
        return;
      case 'PING':
        this.link.send({ op: 'PONG' });
        return;
      case 'PONG':
        this.pingsOut = 0;
        return;
      case 'FAULT':
        this.fail(command.code);
        return;
      case '-ERR':
        this.link.close('PEER_ERROR');
        return;
      case '+OK':
      case 'INFO':
        return; // a server's words; from a client they mean nothing
      default:
        unreachable(command);
    }
  }

  refusePublish(): void {
    this.fail('AUTHORIZATION_VIOLATION');
  }

  sendError(code: ErrorCode): void {
    const { nats } = ERRORS[code];
    if (nats !== undefined) this.link.send({ op: '-ERR', message: nats });
  }

  ping(): boolean {
    this.pingsOut++;
    this.link.send({ op: 'PING' });
    return true;
  }

  private handleConnect(options: ConnectOptions): void {
    const merged = { ...this.connect, ...options };
    this.connect = merged;
    const { protocol = 0, headers = false, no_responders: noResponders = false } = merged;
    if (protocol < 0 || protocol > CLIENT_PROTOCOL) return this.fail('INVALID_CLIENT_PROTOCOL');
    if (!Number.isInteger(protocol)) return this.fail('PARSER_ERROR');
    if (this.options.authenticate?.(merged) === false) return this.fail('AUTHORIZATION_VIOLATION');
    clearTimeout(this.authTimer);
    if (noResponders && !headers) return this.fail('NO_RESPONDERS_NEEDS_HEADERS');
    const { link } = this;
    link.admitted = true;
    link.echo = merged.echo !== false;
    link.receipts = merged.verbose !== false;
    link.pedantic = merged.pedantic !== false;
    link.noResponders = noResponders;
    link.peerName = merged.name;
    this.encoder.headers = headers;
    this.confirm();
  }

  private handleSub(subject: string, sid: string, queue: string | undefined): void {
    const { link } = this;
    // nats-server's order: a full client hears of that first, and a sid in use hides even a wrong subject.
    if (link.full) return this.sendError('MAX_SUBSCRIPTIONS');
    if (!link.subscribed(sid) && !isValidSubject(subject)) return this.sendError('INVALID_SUBJECT');
    link.subscribe(subject, sid, queue);
    this.confirm();
  }

  private confirm(): void {
    if (this.link.receipts) this.link.send({ op: '+OK' });
  }

  private fail(code: ErrorCode): void {
    clearTimeout(this.authTimer);
    if (ERRORS[code].closes) this.link.close(code);
    else this.sendError(code);
  }
}
