import type { Link } from '../codec.js';
import type { LeafFrame } from './frames.js';
import { LeafSession, type LeafSessionOptions, type Told } from './session.js';

/** What the end of a leaf link goes by that has dialled the hub. */
export interface DiallingOptions extends LeafSessionOptions {
  /** The first INFO of the hub, which came before TLS. */
  readonly info: Readonly<Record<string, unknown>>;
  /** Whether this end is the hub all the same. */
  readonly isHub: boolean;
  /** Whether the link is a WebSocket. */
  readonly isWebSocket: boolean;
  /** What CONNECT says. */
  readonly connect: () => Readonly<Record<string, unknown>>;
  /** What the hub may be told of, as long as it does not say what may pass. */
  readonly told: Told;
  /** Takes what the hub says may pass, and puts it in force. Returns what it may be told of. */
  readonly permit: (permissions: { readonly import: unknown; readonly export: unknown }) => Told | undefined;
}

/** Addresses in an INFO that are looked at. */
const MAX_ADDRESSES = 256;

/** The end of a leaf link that has dialled: a leaf of the hub at the other end, or itself the hub where it says so. */
export class DiallingSession extends LeafSession {
  private readonly dialling: DiallingOptions;
  /** Whether the hub answers CONNECT with an INFO that has the permissions. From nats-server 2.14 on. */
  private readonly awaitsInfo: boolean;
  private isIn = false;
  private hasTold = false;
  private isUp = false;

  constructor(link: Link<LeafFrame>, options: DiallingOptions) {
    super(link, options);
    this.dialling = options;
    this.told = options.told;
    this.awaitsInfo = options.info['info_on_connect'] === true;
  }

  open(): void {
    const { dialling, link, server } = this;
    const { server_name: name, version, cluster } = dialling.info;
    if (dialling.isHub) server.become('leaf-spoke', typeof cluster === 'string' ? cluster : undefined);
    else server.become('leaf-hub');
    if (typeof name === 'string') link.peerName = name;
    if (typeof version === 'string') link.peerVersion = version;
    this.takeAddresses(dialling.info);
    link.send({ op: 'CONNECT', options: dialling.connect() });
    // The answer shows that the login was right.
    this.ping();
  }

  /** An older hub sends its interest at once, so it is told of the interest here at once, too. */
  ready(): void {
    if (!this.awaitsInfo) this.tell();
  }

  inform(): void {}

  protected override ponged(): void {
    this.isIn = true;
    this.upOnce();
  }

  protected override toldAll(): void {
    this.hasTold = true;
    this.upOnce();
  }

  /** The login was right, and the hub has been told of all interest. */
  private upOnce(): void {
    if (!this.isIn || !this.hasTold || this.isUp) return;
    this.isUp = true;
    this.options.events.up();
  }

  protected handleInfo(info: Readonly<Record<string, unknown>>): void {
    this.takeAddresses(info);
    if (info['connect_info'] !== true) return;
    const { import: inward, export: outward } = info;
    this.server.countRules(entriesIn(inward) + entriesIn(outward));
    this.told = this.dialling.permit({ import: inward, export: outward });
    this.tell();
  }

  /** A hub has nothing to connect to. */
  protected handleConnect(): void {
    this.fail('UNKNOWN_OPERATION');
  }

  private takeAddresses(info: Readonly<Record<string, unknown>>): void {
    const urls = info[this.dialling.isWebSocket ? 'ws_connect_urls' : 'leafnode_urls'];
    if (!Array.isArray(urls)) return;
    const some = urls.slice(0, MAX_ADDRESSES);
    this.options.events.addresses?.(some.filter((url): url is string => typeof url === 'string'));
  }
}

/** How many entries the lists of a permission have. */
function entriesIn(permission: unknown): number {
  if (typeof permission !== 'object' || permission === null) return 0;
  let entries = 0;
  for (const list of Object.values(permission)) if (Array.isArray(list)) entries += list.length;
  return entries;
}
