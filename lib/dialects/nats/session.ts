import { performance } from 'node:perf_hooks';
import { ERRORS, type ErrorCode, unreachable } from '../../domain/errors.js';
import { isValidSubject } from '../../domain/subject.js';
import type { Credentials, Link, Session } from '../codec.js';
import { deadline } from '../deadline.js';
import type { ConnectOptions, NatsCommand, NatsFrame } from './commands.js';

export interface NatsSessionOptions {
  /**
   * What INFO says now, over TLS or not, the client's own fields not included. As long as it is the same object it is
   * rendered once.
   */
  readonly info: (secured: boolean) => Readonly<Record<string, unknown>>;
  /** Name of the system account. */
  readonly systemAccount: () => string;
  /** Time a client that has to log in has to send its CONNECT, in milliseconds. */
  readonly authTimeoutMs: () => number;
}

function nothing(): void {}

/** Highest client protocol level there is: 1 means the client takes INFO at any time. */
const CLIENT_PROTOCOL = 1;
/** What there is before the first CONNECT. */
const NO_OPTIONS: ConnectOptions = {};
/** A queue group that is the servers' own. */
const SYSTEM_QUEUE = '_sys_';

/** The state of one NATS connection: what CONNECT said, and the answers to everything that is not a publish. */
export class NatsSession implements Session<NatsCommand> {
  pingsOut = 0;
  private readonly link: Link<NatsFrame>;
  private readonly options: NatsSessionOptions;
  /** Options as merged from every CONNECT so far; verbose, pedantic and echo are on where they are not there. */
  private connect = NO_OPTIONS;
  /** User that the client was let in as without credentials, where that has a name. */
  private assumedUser: string | undefined = undefined;
  /** Whether a CONNECT has been taken, and a PING after it. */
  private connected = false;
  private settled = false;
  private pingedAt = 0;
  /** When INFO was sent. */
  private openedAt = 0;
  private cancelAuthTimer = nothing;

  constructor(link: Link<NatsFrame>, options: NatsSessionOptions) {
    this.link = link;
    this.options = options;
  }

  open(): void {
    this.link.receipts = true;
    this.link.pedantic = true;
    this.openedAt = performance.now();
    this.sendInfo();
  }

  ready(): void {
    if (this.link.admitted) return;
    this.cancelAuthTimer = deadline(this.link, this.options.authTimeoutMs(), () =>
      this.fail('AUTHENTICATION_TIMEOUT'),
    );
  }

  close(): void {
    this.cancelAuthTimer();
  }

  handle(command: NatsCommand): void {
    if (!this.link.admitted && command.op !== 'CONNECT' && command.op !== 'FAULT') {
      this.fail('AUTHORIZATION_VIOLATION');
      return;
    }
    if (command.op !== 'CONNECT' && !this.connected) this.assumeUser();
    switch (command.op) {
      case 'CONNECT':
        this.handleConnect(command.options);
        return;
      case 'SUB':
        this.link.lastActivityAt = Date.now();
        this.handleSub(command.subject, command.sid, command.queue);
        return;
      case 'UNSUB':
        this.link.lastActivityAt = Date.now();
        this.link.unsubscribe(command.sid, command.max);
        this.confirm();
        return;
      case 'PING':
        this.link.lastActivityAt = Date.now();
        this.link.send({ op: 'PONG' });
        if (this.connected && !this.settled) this.settle();
        return;
      case 'PONG':
        if (this.pingsOut > 0) this.link.rttMs = performance.now() - this.pingedAt;
        this.pingsOut = 0;
        return;
      case 'FAULT':
        this.link.faults++;
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

  sendError(code: ErrorCode, ...about: string[]): void {
    const message = this.link.errorText(code, ...about);
    if (message !== undefined) this.link.send({ op: '-ERR', message });
  }

  ping(): boolean {
    this.pingsOut++;
    this.pingedAt = performance.now();
    this.link.send({ op: 'PING' });
    return true;
  }

  /** Sent only to clients that take INFO at any time and have shown with a PING that they are past CONNECT; as nats-server does. */
  inform(): void {
    if (this.settled && this.takesInfo) this.sendInfo();
  }

  informLameDuck(): boolean {
    const canBeTold = this.settled && this.takesInfo;
    if (canBeTold) this.sendInfo({ ldm: true });
    return canBeTold;
  }

  /**
   * Follows the PONG to the first PING after CONNECT with an INFO that names the account of the login, as nats-server
   * does from 2.12 on. Clients may depend on it: async-nats sends a PING of its own in its first millisecond unless it
   * has had a frame since the login, and ends a subscription that drains at that moment before its messages have come.
   */
  private settle(): void {
    this.settled = true;
    if (!this.takesInfo) return;
    const { name } = this.link.account;
    const isSystem = name === this.options.systemAccount();
    this.sendInfo({ connect_info: true, remote_account: name, acc_is_sys: isSystem || undefined });
  }

  /** Whether the client takes INFO at any time. */
  private get takesInfo(): boolean {
    return (this.connect.protocol ?? 0) >= CLIENT_PROTOCOL;
  }

  private sendInfo(about?: Readonly<Record<string, unknown>>): void {
    const { id, remoteAddress, secured } = this.link;
    const nonce = this.connected ? undefined : this.link.nonce; // it has been signed, or not: it is of no more use
    // What is undefined is left out of JSON.
    const own = { client_id: id, client_ip: remoteAddress, nonce, ...about };
    this.link.send({ op: 'INFO', info: this.options.info(secured), own });
  }

  private handleConnect(options: ConnectOptions): void {
    const { link } = this;
    if (link.published > 0 && !this.connected) this.assumeUser();
    // The first estimate, before any PING: a request to another account's service says it. As nats-server.
    link.rttMs ??= performance.now() - this.openedAt;
    // What was subscribed to before belongs to the login before; as nats-server from 2.14 on.
    if (this.connected || this.assumedUser !== undefined) link.unsubscribeAll();
    const merged = this.connect === NO_OPTIONS ? options : { ...this.connect, ...options };
    this.connect = merged;
    link.peerName = merged.name;
    link.peerLanguage = merged.lang;
    link.peerVersion = merged.version;
    this.cancelAuthTimer(); // the client has done its part in time; as nats-server
    const verdict = link.login(this.credentialsIn(merged));
    if (typeof verdict === 'boolean') this.finishConnect(merged, verdict);
    else link.after(verdict, (isIn) => this.finishConnect(merged, isIn));
  }

  /**
   * Remembers the user that a client without credentials was let in as. nats-server merges its name and password into
   * what later CONNECTs say, so that they may leave out either.
   */
  private assumeUser(): void {
    const { user, pass, auth_token, jwt, nkey } = this.connect;
    const isSilent = [user, pass, auth_token, jwt, nkey].every((each) => each === undefined);
    if (isSilent && this.link.admitted) this.assumedUser = this.link.user;
  }

  /** The credentials of a CONNECT; none where it names no other user than the one that was let in without any. */
  private credentialsIn(options: ConnectOptions): Credentials {
    const { user, pass: password, auth_token: token, jwt, nkey, sig: signature } = options;
    const { assumedUser } = this;
    if (assumedUser === undefined) return { user, password, token, jwt, nkey, signature };
    if (password !== undefined) return { user: user ?? assumedUser, password, token, jwt, nkey, signature };
    // With a user's name and password a token counts for nothing.
    if (user === undefined || user === assumedUser) return { jwt, nkey, signature };
    return { user, token, jwt, nkey, signature };
  }

  private finishConnect(options: ConnectOptions, isIn: boolean): void {
    const { protocol = 0, headers = false, no_responders: noResponders = false } = options;
    const namesAccount = options.new_account === true || (options.account ?? '') !== '';
    if (!isIn || namesAccount) return this.fail('AUTHORIZATION_VIOLATION');
    if (protocol < 0 || protocol > CLIENT_PROTOCOL) return this.fail('INVALID_CLIENT_PROTOCOL');
    if (noResponders && !headers) return this.fail('NO_RESPONDERS_NEEDS_HEADERS');
    const { link } = this;
    this.connected = true;
    this.assumeUser();
    link.echo = options.echo !== false;
    link.receipts = options.verbose !== false;
    link.pedantic = options.pedantic !== false;
    link.noResponders = noResponders;
    link.send({ op: 'HEADERS', on: headers });
    link.introduced();
    this.confirm();
  }

  private handleSub(subject: string, sid: string, queue: string | undefined): void {
    const { link } = this;
    // nats-server's order: what is not allowed comes first, then a full client hears of that, and a sid in use hides
    // even a wrong subject.
    const verdict = queue !== SYSTEM_QUEUE && link.maySubscribe(subject, queue);
    if (typeof verdict === 'boolean') this.finishSub(verdict, subject, sid, queue);
    else link.after(verdict, (may) => this.finishSub(may, subject, sid, queue));
  }

  private finishSub(may: boolean, subject: string, sid: string, queue: string | undefined): void {
    const { link } = this;
    if (!may) {
      if (queue === undefined) this.sendError('PERMISSIONS_SUBSCRIPTION', subject);
      else this.sendError('PERMISSIONS_QUEUE', subject, queue);
      return;
    }
    const { maxSubjectTokens } = link;
    if (maxSubjectTokens > 0 && subject.split('.').length > maxSubjectTokens)
      return this.sendError('MAX_SUBJECT_TOKENS', subject);
    if (link.full || (queue !== undefined && link.inTooManyGroups(queue)))
      return this.sendError('MAX_SUBSCRIPTIONS');
    if (!link.subscribed(sid) && !isValidSubject(subject)) return this.sendError('INVALID_SUBJECT');
    link.subscribe(subject, sid, queue);
    this.confirm();
  }

  private confirm(): void {
    if (this.link.receipts) this.link.send({ op: '+OK' });
  }

  private fail(code: ErrorCode): void {
    this.cancelAuthTimer();
    if (ERRORS[code].closes) this.link.close(code);
    else this.sendError(code);
  }
}
