import type { IncomingMessage } from 'node:http';
import { type Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Loadable } from '../../domain/loadable.js';
import type { SocketTable } from '../socket-table.js';
import type { ListenEvents, Listener, Transport } from '../transport.js';
import type { Wire } from '../wire.js';
import { pathOf } from './request-path.js';
import type { UpgradeOptions } from './upgrade.js';
import type { Gate } from './websocket-transport.js';

/** Called with an upgrade request that is for one path of a server. */
type Upgrade = (request: IncomingMessage, stream: Duplex, head: Buffer) => void;

/** The paths of HTTP servers that WebSockets are served on. */
const served = new WeakMap<Server, Paths>();

/** WebSockets on one path of an HTTP server of the program's. Everything else of the server is left alone. */
export class AttachedServer implements Transport {
  private readonly server: Server;
  private readonly path: string;
  private readonly table: SocketTable;
  private readonly options: UpgradeOptions & { readonly gate: Gate };

  /** @param server an HTTP server, over TLS or not, which the program has made and closes */
  constructor(
    server: Server,
    path: string,
    table: SocketTable,
    options: UpgradeOptions & { readonly gate: Gate },
  ) {
    this.server = server;
    this.path = path;
    this.table = table;
    this.options = options;
  }

  /** Whether WebSockets are served on that path already. */
  static isServed(server: Server, path: string): boolean {
    return served.get(server)?.has(path) === true;
  }

  listen({ accepted }: ListenEvents): Promise<Listener> {
    const { server, path } = this;
    const tools = new Loadable(loadTools);
    void tools.load();
    const paths = served.get(server) ?? new Paths(server);
    served.set(server, paths);
    paths.add(path, (request, stream, head) => this.upgrade(tools, request, stream, head, accepted));
    const close = (): Promise<void> => {
      paths.remove(path);
      return Promise.resolve();
    };
    return Promise.resolve({ address: undefined, close });
  }

  private upgrade(
    tools: Loadable<Tools>,
    request: IncomingMessage,
    stream: Duplex,
    head: Buffer,
    accepted: (wire: Wire) => void,
  ): void {
    const { options } = this;
    if (stream instanceof Socket) {
      stream.setTimeout(0);
      stream.setNoDelay(true);
    }
    stream.on('error', ignored);
    const upgrade = ({ upgradeFault, refuseUpgrade, answerUpgrade, securedWireOver }: Tools): void => {
      if (stream.destroyed) return;
      const wire = securedWireOver(stream, this.table);
      const refusal = upgradeFault(request, options.policy());
      if (refusal !== undefined) return refuseUpgrade(wire, refusal, options, request);
      options.gate(wire, (done) => {
        stream.once('close', done);
        answerUpgrade(request, wire, head, options, (inner) => {
          stream.off('close', done);
          done();
          stream.off('error', ignored);
          accepted(inner);
        });
      });
    };
    tools.use((loaded) => loaded.takeInTurn(request, options, () => upgrade(loaded)));
  }
}

/** What takes a request for an upgrade; most brokers have no WebSockets. */
async function loadTools() {
  return { ...(await import('./upgrade.js')), ...(await import('../tls-wire.js')) };
}

type Tools = Awaited<ReturnType<typeof loadTools>>;

/** What is served on the paths of one server, by one listener to its upgrades. */
class Paths {
  private readonly server: Server;
  private readonly upgrades = new Map<string, Upgrade>();

  constructor(server: Server) {
    this.server = server;
  }

  has(path: string): boolean {
    return this.upgrades.has(path);
  }

  add(path: string, upgrade: Upgrade): void {
    if (this.upgrades.size === 0) this.server.on('upgrade', this.route);
    this.upgrades.set(path, upgrade);
  }

  remove(path: string): void {
    this.upgrades.delete(path);
    if (this.upgrades.size === 0) this.server.off('upgrade', this.route);
  }

  private readonly route: Upgrade = (request, stream, head) => {
    const upgrade = this.upgrades.get(pathOf(request));
    if (upgrade !== undefined) upgrade(request, stream, head);
    // Without another listener there is nothing that would ever answer.
    else if (this.server.listenerCount('upgrade') === 1)
      stream
        .on('error', ignored)
        .end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n', () =>
          stream.destroy(),
        );
  };
}

function ignored(): void {}
