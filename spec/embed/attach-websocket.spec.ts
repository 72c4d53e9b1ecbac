import { EventEmitter } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer, type Server } from 'node:net';
import { expect } from 'chai';
import { closeAll, embedded } from '../support/embed/embedded.js';

describe('embed attachWebSocket', () => {
  afterEach(closeAll);

  it('takes HTTP servers of any kind', async () => {
    const broker = await embedded();
    for (const server of [createHttpServer(), createHttpsServer()])
      expect(broker.attachWebSocket(server)).to.be.a('function');
  });

  it('refuses what never gets upgrades: the apps of frameworks, and servers of other protocols', async () => {
    const broker = await embedded();
    const app = Object.assign(() => undefined, new EventEmitter(), EventEmitter.prototype);
    for (const [server, kind] of [
      [app, 'a function'],
      [new EventEmitter(), 'an instance of EventEmitter'],
      [createServer(), 'an instance of Server'],
    ] as const)
      expect(() => broker.attachWebSocket(server as unknown as Server)).to.throw(
        `server: not usable, allowed: an HTTP server, such as the server that app.listen() returns, not ${kind}`,
      );
  });

  it('refuses paths that no client can ask for, or is served on', async () => {
    const broker = await embedded();
    for (const path of ['nats', '', '/a?b', '/x/mqtt', '/leafnode'])
      expect(() => broker.attachWebSocket(createHttpServer(), { path }), path).to.throw(
        `path = ${JSON.stringify(path)}: not a path, allowed: a path such as /nats, without a query; not one that ends in /leafnode or /mqtt`,
      );
  });

  it('refuses such a path for line clients, too', async () => {
    let message: unknown;
    await embedded({ websocket: { linePath: 'line' } }).catch((error: Error) => {
      message = error.message;
    });
    expect(message)
      .to.be.a('string')
      .that.matches(/^websocket\.linePath\b.*: not usable, allowed: a path such as \/nats/);
  });
});
