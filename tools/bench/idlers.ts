/** Connections that have subscribed to something, and then only stay. */
import { connect, type Socket } from 'node:net';

/** Connections that are opened at a time. */
const AT_A_TIME = 250;
/** Time for one of them to be heard, in milliseconds. */
const PATIENCE_MS = 5_000;

export class Idlers {
  private readonly port: number;
  private readonly sockets: Socket[] = [];

  constructor(port: number) {
    this.port = port;
  }

  /** Makes them as many as that. Rejects where one cannot be opened, as when there are no more file descriptors. */
  async grow(count: number): Promise<void> {
    while (this.sockets.length < count) {
      const from = this.sockets.length;
      const many = Math.min(AT_A_TIME, count - from);
      const opened = await Promise.allSettled(
        Array.from({ length: many }, (_, n) => open(this.port, from + n)),
      );
      for (const one of opened) if (one.status === 'fulfilled') this.sockets.push(one.value);
      for (const one of opened) if (one.status === 'rejected') throw one.reason;
    }
  }

  close(): void {
    for (const socket of this.sockets.splice(0)) socket.destroy();
  }
}

/** A NATS client with a subscription of its own that the broker has taken. */
function open(port: number, number: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1').setEncoding('latin1');
    const timer = setTimeout(
      () => socket.destroy(new Error('an idle connection was not heard')),
      PATIENCE_MS,
    );
    socket.write(`CONNECT {"verbose":false,"pedantic":false}\r\nSUB idle.${number} 1\r\nPING\r\n`);
    let text = '';
    socket.on('data', (piece: string) => {
      text = (text + piece).slice(-64);
      if (text.endsWith('PONG\r\n')) resolve(socket);
      else if (!text.endsWith('PING\r\n')) return;
      else socket.write('PONG\r\n');
      clearTimeout(timer);
      text = '';
    });
    socket.on('error', reject).on('close', () => {
      clearTimeout(timer);
      reject(new Error('the broker closed an idle connection'));
    });
  });
}
