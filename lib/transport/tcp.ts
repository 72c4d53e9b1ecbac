import { type AddressInfo, createServer, type Server } from 'node:net';
import { type Address, listeningAddress, listenOptions } from '../domain/address.js';
import { LISTEN_BACKLOG, TCP_KEEP_ALIVE_MS } from '../domain/limits.js';
import { listenError } from './listen-error.js';
import type { SocketTable } from './socket-table.js';
import { SocketWire } from './socket-wire.js';
import type { ListenEvents, Listener, Transport } from './transport.js';

/** Bytes a socket takes from the pipeline before it says to wait, and that wait in it to be decoded. */
const SOCKET_HIGH_WATER_BYTES = 512 * 1024;

/** Connections over TCP. The listener survives accept errors such as EMFILE. */
export class TcpTransport implements Transport {
  private readonly name: string;
  private readonly endpoint: Address;
  private readonly table: SocketTable;

  /**
   * @param name what messages call the listener
   * @param endpoint where to listen
   */
  constructor(name: string, endpoint: Address, table: SocketTable) {
    this.name = name;
    this.endpoint = endpoint;
    this.table = table;
  }

  listen({ accepted, failed }: ListenEvents): Promise<Listener> {
    const { name, endpoint, table } = this;
    const server = createServer({
      allowHalfOpen: true, // a peer that has ended its side still gets its answers
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: TCP_KEEP_ALIVE_MS,
      highWaterMark: SOCKET_HIGH_WATER_BYTES,
    });
    server.on('connection', (socket) => accepted(new SocketWire(socket, table)));
    return new Promise((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) =>
        reject(listenError(`${name} listener`, endpoint, error)),
      );
      server.listen({ ...listenOptions(endpoint), backlog: LISTEN_BACKLOG }, () => {
        server.removeAllListeners('error');
        server.on('error', failed);
        const address = listeningAddress(endpoint, server.address() as AddressInfo);
        resolve({ address, close: () => stopAccepting(server) });
      });
    });
  }
}

function stopAccepting(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    // `close` waits for the sockets as well; the port is free at once, and that is what counts here.
    if (!server.listening) resolve();
  });
}
