/** nats-core's `wsconnect` in Node: `node node.mjs SCENARIO`; see README.md. Before Node 22 `ws` makes the WebSockets. */
import { readFileSync } from 'node:fs';
import { wsconnect } from '@nats-io/nats-core';
import { WebSocket } from 'ws';
import { exchange } from './exchange.mjs';

const [scenario] = process.argv.slice(2);
const { INTEROP_WEBSOCKET_PORT, INTEROP_CA, INTEROP_WRONG_CA } = process.env;
const servers = (scheme) => `${scheme}://127.0.0.1:${INTEROP_WEBSOCKET_PORT}`;

/** Connects with these options of `ws`; `settled` gets the WebSocket. */
function connector(scheme, options, settled = () => {}) {
  const wsFactory = async (url) => {
    const socket = new WebSocket(url, options);
    socket.once('open', () => settled(socket));
    return { socket, encrypted: scheme === 'wss' };
  };
  return () => wsconnect({ servers: servers(scheme), wsFactory, reconnect: false, timeout: 10_000 });
}

const scenarios = {
  async websocket() {
    await exchange(connector('ws', { perMessageDeflate: false }));
    let extensions = '';
    await exchange(
      connector('ws', { perMessageDeflate: true }, (socket) => {
        extensions = socket.extensions;
      }),
    );
    if (!extensions.includes('permessage-deflate')) throw new Error('not compressed');
  },

  async 'websocket-tls'() {
    await exchange(connector('wss', { ca: readFileSync(INTEROP_CA) }));
    const stranger = connector('wss', { ca: readFileSync(INTEROP_WRONG_CA) })();
    const isIn = await stranger.then(
      () => true,
      () => false,
    );
    if (isIn) throw new Error('let in by a server of another authority');
  },
};

try {
  await scenarios[scenario]();
  console.log(`ok ${scenario}`);
  process.exit(0);
} catch (error) {
  console.log(`not ok ${scenario}: ${String(error?.message ?? error).replaceAll('\n', ' | ')}`);
  process.exit(1);
}
