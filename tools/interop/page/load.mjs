/**
 * Traffic of a small shop for the live page to show, over plain sockets: publishers at different rates, queue groups, requests,
 * and, where it is asked for, a reader that takes nothing.
 *
 *   node load.mjs PORT [--slow] [--user NAME:PASSWORD]
 */
import { connect } from 'node:net';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { slow: { type: 'boolean', default: false }, user: { type: 'string' } },
});
const [user, pass] = values.user?.split(':') ?? [];
const port = Number(positionals[0]);

/** A client that answers PINGs and takes messages, or takes nothing at all. */
function client(name, subscriptions = [], { lang = 'node', isStuck = false, onMessage } = {}) {
  const socket = connect({ port, host: '127.0.0.1' });
  const options = {
    verbose: false,
    pedantic: false,
    name,
    lang,
    version: '3.4.0',
    user,
    pass,
    headers: true,
  };
  socket.write(`CONNECT ${JSON.stringify(options)}\r\n`);
  for (const [i, [subject, queue]] of subscriptions.entries())
    socket.write(`SUB ${subject} ${queue === undefined ? '' : `${queue} `}${i + 1}\r\n`);
  socket.on('error', () => {});
  if (isStuck) socket.pause();
  else
    socket.on('data', (chunk) => {
      const text = chunk.toString('latin1');
      if (text.includes('PING\r\n')) socket.write('PONG\r\n');
      onMessage?.(text, socket);
    });
  return socket;
}

function publishing(socket, perSecond, subjects, payload) {
  const every = 20;
  let owed = 0;
  let next = 0;
  setInterval(() => {
    owed += (perSecond * every) / 1_000;
    let text = '';
    for (; owed >= 1; owed--) {
      const subject = subjects[next++ % subjects.length];
      const body = payload(next);
      text += `PUB ${subject} ${Buffer.byteLength(body)}\r\n${body}\r\n`;
    }
    if (text !== '' && socket.writableLength < 4e6) socket.write(text);
  }, every);
}

const order = (n) =>
  JSON.stringify({ id: 10_000 + n, items: 1 + (n % 4), total: ((n * 37) % 20_000) / 100, currency: 'EUR' });
const places = ['eu.berlin', 'eu.lisbon', 'us.austin', 'us.boston', 'jp.osaka'];

publishing(
  client('checkout'),
  900,
  places.map((place) => `orders.created.${place}`),
  order,
);
publishing(
  client('checkout'),
  120,
  ['orders.paid', 'orders.paid', 'orders.shipped', 'orders.returned'],
  order,
);
const rooms = Array.from(
  { length: 24 },
  (_, i) => `sensors.hall-${1 + (i % 4)}.${['temperature', 'humidity', 'power'][i % 3]}`,
);
publishing(client('gateway', [], { lang: 'rust' }), 4_000, rooms, (n) => String((n % 400) / 10));
publishing(
  client('metrics-agent', [], { lang: 'go' }),
  300,
  ['metrics.cpu', 'metrics.memory', 'metrics.disk'],
  (n) => `value=${n % 100}`,
);

for (let i = 1; i <= 3; i++) client(`billing-${i}`, [['orders.created.>', 'billing']], { lang: 'go' });
client('warehouse', [['orders.paid'], ['orders.shipped']], { lang: 'java' });
client('dashboard', [['sensors.>'], ['metrics.>']]);
client('audit', [['orders.>']], { lang: 'python' });
client('alarms', [['sensors.*.temperature']], { lang: 'rust' });
client('stock', [['stock.lookup', 'stock']], {
  lang: 'go',
  onMessage: (text, socket) => {
    for (const [, reply] of text.matchAll(/MSG stock\.lookup 1 (\S+) \d+\r\n/g))
      socket.write(`PUB ${reply} 2\r\n42\r\n`);
  },
});
const asking = client('shop', [['_INBOX.shop.*']]);
setInterval(() => asking.write(`PUB stock.lookup _INBOX.shop.${Date.now()} 3\r\nA-7\r\n`), 15);

if (values.slow) {
  client('archive', [['video.frames.>']], { lang: 'python', isStuck: true });
  const frame = 'x'.repeat(16_000);
  publishing(
    client('camera', [], { lang: 'c' }),
    300,
    ['video.frames.door', 'video.frames.yard'],
    () => frame,
  );
}
