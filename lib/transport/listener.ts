import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Logger } from 'pino';
import { type Address, listeningAddress, listenOptions } from '../config/address.js';
import { seldom } from '../connection/seldom.js';
import { LISTEN_BACKLOG, TCP_KEEP_ALIVE_MS } from '../domain/limits.js';
import { unusable } from './unusable.js';

/** Bytes a socket takes from the pipeline before it says to wait, and that wait in it to be decoded. */
const SOCKET_HIGH_WATER_BYTES = 512 * 1024;

/** A TCP listener; it survives accept errors such as EMFILE. */
export class Listener {
  /** Name of the dialect that is spoken here. */
  readonly dialect: string;
  /** Where it listens, with the real port. */
  readonly address: Address;
  private readonly server: Server;

  private constructor(dialect: string, server: Server, address: Address) {
    this.dialect = dialect;
    this.server = server;
    this.address = address;
  }

  /**
   * Listens on `endpoint` and hands every socket to `accept`.
   *
   * @throws SluiceError ADDRESS_IN_USE, ADDRESS_UNUSABLE
   */
  static listen(
    name: string,
    endpoint: Address,
    accept: (socket: Socket) => void,
    log: Logger,
  ): Promise<Listener> {
    const server = createServer({
      allowHalfOpen: true, // a peer that has said its last word still gets its answers
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: TCP_KEEP_ALIVE_MS,
      highWaterMark: SOCKET_HIGH_WATER_BYTES,
    });
    server.on('connection', accept);
    return new Promise((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) =>
        reject(unusable(`${name} listener`, endpoint, error)),
      );
      server.listen({ ...listenOptions(endpoint), backlog: LISTEN_BACKLOG }, () => {
        server.removeAllListeners('error');
        server.on(
          'error',
          seldom((error: NodeJS.ErrnoException, count) =>
            log.error(
              { listener: name, error: error.code ?? error.message, count },
              'could not accept a connection',
            ),
          ),
        );
        const address = listeningAddress(endpoint, server.address() as AddressInfo);
        resolve(new Listener(name, server, address));
      });
    });
  }

  /** Stops accepting; resolves once the port is free. Sockets it accepted live on. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      // `close` waits for the sockets as well; the port is free at once, and that is what counts here.
      if (!this.server.listening) resolve();
    });
  }
}
