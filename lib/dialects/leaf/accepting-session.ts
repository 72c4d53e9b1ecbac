import type { ErrorCode } from '../../domain/errors.js';
import type { Link } from '../codec.js';
import { deadline } from '../deadline.js';
import type { LeafConnect } from './commands.js';
import type { LeafFrame } from './frames.js';
import { LeafSession, type LeafSessionOptions, type Told } from './session.js';

/** What a leaf says of itself in its CONNECT. */
export interface LeafIntroduction {
  /** The name of its server; empty: none. */
  readonly name: string;
  /** Its cluster, or its name where it is alone; undefined: it does not say. */
  readonly cluster: string | undefined;
  /** The account there that takes part. */
  readonly account: string | undefined;
  /** Subjects of which it wants nothing. */
  readonly denied: readonly string[];
  /** Whether it says that it is the hub. */
  readonly isHub: boolean;
  /** Of its JetStream; undefined: it does not say. */
  readonly domain: string | undefined;
}

/** What the end of a leaf link goes by that a leaf has dialled. */
export interface AcceptingOptions extends LeafSessionOptions {
  /** What INFO says, over TLS or not, what concerns one leaf not included. */
  readonly info: (secured: boolean) => Readonly<Record<string, unknown>>;
  /** Time that a leaf has to send its CONNECT, in milliseconds. */
  readonly authTimeoutMs: () => number;
  /** The oldest version of a leaf that is let in; undefined: any. */
  readonly minVersion: () => string | undefined;
  /** The leaf has introduced itself, and is about to log in: nothing it says of itself may have an effect on others. */
  readonly introduced: (id: number, introduction: LeafIntroduction) => void;
  /** It has logged in, to the account here of that name. */
  readonly admitted: (id: number, account: string) => void;
  /** It is in. What may pass; undefined: everything. */
  readonly permissions: () => (Told & { describe(): object }) | undefined;
  /** The link has closed. */
  readonly closed: () => void;
}

/** Of a name that a leaf gives so many characters count: they are compared for each message. */
const MAX_LABEL_LENGTH = 1024;

function nothing(): void {}

/** The end of a leaf link that was dialled: the hub of the leaf at the other end, unless that says that it is the hub. */
export class AcceptingSession extends LeafSession {
  private readonly accepting: AcceptingOptions;
  private cancelTimer = nothing;
  private isIn = false;

  constructor(link: Link<LeafFrame>, options: AcceptingOptions) {
    super(link, options);
    this.accepting = options;
  }

  open(): void {
    this.server.become('leaf-spoke');
    this.sendInfo({ nonce: this.link.nonce });
  }

  ready(): void {
    this.cancelTimer = deadline(this.link, this.accepting.authTimeoutMs(), () =>
      this.fail('AUTHENTICATION_TIMEOUT'),
    );
  }

  inform(): void {
    if (this.isIn) this.sendInfo();
  }

  override close(): void {
    this.cancelTimer();
    this.accepting.closed();
    super.close();
  }

  override handle(command: Parameters<LeafSession['handle']>[0]): void {
    const { op } = command;
    if (!this.isIn && op !== 'CONNECT' && op !== 'FAULT' && op !== 'PING' && op !== '-ERR')
      return this.fail('AUTHORIZATION_VIOLATION');
    super.handle(command);
  }

  protected handleInfo(): void {}

  protected handleConnect({ options }: LeafConnect): void {
    const { link, accepting } = this;
    if (this.isIn) return;
    this.cancelTimer();
    const word = (key: string): string | undefined => {
      const value = options[key];
      return typeof value === 'string' && value !== '' ? value : undefined;
    };
    if (word('lang') !== undefined) return this.refuse('attempted to connect to leaf node port');
    const label = (key: string): string | undefined => word(key)?.slice(0, MAX_LABEL_LENGTH);
    const name = label('name') ?? '';
    const cluster = label('cluster');
    link.peerName = name;
    link.peerVersion = label('version');
    const { deny_pub: denied } = options;
    accepting.introduced(link.id, {
      name,
      cluster,
      account: label('remote_account'),
      isHub: options['is_hub'] === true,
      domain: label('domain'),
      denied: Array.isArray(denied) ? denied.filter((one): one is string => typeof one === 'string') : [],
    });
    if (Array.isArray(denied)) this.server.countRules(denied.length);
    if (options['is_hub'] === true) this.server.become('leaf-hub');
    else this.server.become('leaf-spoke', cluster);
    const verdict = link.login({
      user: word('user'),
      password: word('pass'),
      token: word('auth_token'),
      jwt: word('jwt'),
      nkey: word('nkey'),
      signature: word('sig'),
    });
    if (typeof verdict === 'boolean') this.finish(verdict);
    else link.after(verdict, (isIn) => this.finish(isIn));
  }

  protected override refuseInterest(subject: string): void {
    this.end('PERMISSIONS_SUBSCRIPTION', subject);
  }

  /** A leaf that publishes what it may not is not worth keeping, as with nats-server from 2.11.16 on. */
  override sendError(code: ErrorCode, ...about: string[]): void {
    super.sendError(code, ...about);
    if (code === 'PERMISSIONS_PUBLISH') this.link.close('LEAF_REFUSED');
  }

  private finish(isIn: boolean): void {
    if (!isIn) return this.fail('AUTHORIZATION_VIOLATION');
    const { link, accepting } = this;
    const minVersion = accepting.minVersion();
    if (minVersion !== undefined && !isAtLeast(link.peerVersion ?? '', minVersion))
      return this.refuse(
        `connection rejected since minimum version required is ${JSON.stringify(minVersion)}`,
      );
    this.isIn = true;
    accepting.admitted(link.id, link.account.name);
    const permissions = accepting.permissions();
    // What it may publish, and be told of, in the words of the leaf: what it exports, and what it imports.
    const { publish, subscribe } = (permissions?.describe() ?? {}) as {
      publish?: object;
      subscribe?: object;
    };
    this.told = permissions;
    this.sendInfo({
      connect_info: true,
      remote_account: link.account.name,
      export: hasRules(publish) ? publish : undefined,
      import: hasRules(subscribe) ? subscribe : undefined,
    });
    this.tell();
  }

  private sendInfo(more: Readonly<Record<string, unknown>> = {}): void {
    const { id, remoteAddress, secured } = this.link;
    const own = { client_id: id, client_ip: remoteAddress, ...more };
    this.link.send({ op: 'INFO', info: { ...this.accepting.info(secured), ...own } });
  }

  private refuse(message: string): void {
    this.link.send({ op: '-ERR', message });
    this.link.close('LEAF_REFUSED');
  }
}

/** Whether a version such as `2.10.29` is another one, or a later one. What is no version is before all others. */
function isAtLeast(version: string, other: string): boolean {
  const numbersIn = (text: string): number[] =>
    /^v?(\d+)\.(\d+)\.(\d+)/.exec(text)?.slice(1).map(Number) ?? [-1];
  const wanted = numbersIn(other);
  const own = numbersIn(version);
  const at = wanted.findIndex((each, index) => each !== own[index]);
  return at < 0 || (own[at] ?? -1) > (wanted[at] ?? 0);
}

function hasRules(rules: object | undefined): boolean {
  return Object.values(rules ?? {}).some((list) => Array.isArray(list) && list.length > 0);
}
