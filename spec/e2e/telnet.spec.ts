import { expect } from 'chai';
import { connect, headers, type NatsConnection } from 'nats';
import { LineClient } from '../support/line-client.js';
import { type Sluice, startSluice } from '../support/process.js';

const MAX_LINE = 64 * 1024;
const IAC = { WILL: 251, WONT: 252, DO: 253, DONT: 254, SB: 250, SE: 240, NOP: 241, IAC: 255 } as const;

/** What a connection that has just been opened sends, and all it then gets. */
const ANSWERS: readonly (readonly [sent: string, answers: readonly string[]])[] = [
  ['SUB news', ['OK SUB news']],
  ['sub news', ['OK SUB news']],
  ['SuB news', ['OK SUB news']],
  ['SUB a.b-c_d.1', ['OK SUB a.b-c_d.1']],
  ['SUB grüße.ü', ['OK SUB grüße.ü']],
  ['SUB *', ['OK SUB *']],
  ['SUB a.*.c', ['OK SUB a.*.c']],
  ['SUB a.>', ['OK SUB a.>']],
  ['SUB news\nSUB news\nPUB news once', ['OK SUB news', 'OK SUB news', 'OK PUB news', 'UPDATE news once']],
  ['UNSUB news', ['OK UNSUB news']],
  ['SUB news\nUNSUB news\nPUB news x', ['OK SUB news', 'OK UNSUB news', 'OK PUB news']],
  [
    'SUB news\nSUB news\nunsub news\nPUB news x',
    ['OK SUB news', 'OK SUB news', 'OK UNSUB news', 'OK PUB news'],
  ],
  ['PUB news any text  as is', ['OK PUB news']],
  ['pub news x', ['OK PUB news']],
  ['SUB n\nPUB n any text  as is ', ['OK SUB n', 'OK PUB n', 'UPDATE n any text  as is ']],
  ['SUB n\nPUB n  two blanks', ['OK SUB n', 'OK PUB n', 'UPDATE n  two blanks']],
  ['SUB n\nPUB n\ttab', ['OK SUB n', 'OK PUB n', 'UPDATE n tab']],
  ['SUB n\nPUB n grüße 🚰', ['OK SUB n', 'OK PUB n', 'UPDATE n grüße 🚰']],
  ['SUB n\nPUB n UPDATE n forged', ['OK SUB n', 'OK PUB n', 'UPDATE n UPDATE n forged']],
  ['SUB n\nPUB n \\r\\n', ['OK SUB n', 'OK PUB n', 'UPDATE n \\r\\n']],
  ['PING', ['PONG']],
  ['ping', ['PONG']],
  ['\n\n  \n\t\nPING', ['PONG']],
  ['  PING  ', ['PONG']],
  ['', []],
  ['HELLO', ['ERR unknown command, try HELP']],
  ['SUBSCRIBE news', ['ERR unknown command, try HELP']],
  ['SUB', ['ERR missing topic']],
  ['UNSUB', ['ERR missing topic']],
  ['PUB', ['ERR missing topic']],
  ['PUB ', ['ERR missing topic']],
  ['PUB news', ['ERR missing message']],
  ['SUB n\nPUB n ', ['OK SUB n', 'OK PUB n', 'UPDATE n ']],
  ['SUB a b', ['ERR unexpected text after the command']],
  ['PING now', ['ERR unexpected text after the command']],
  ['SUB .a', ['ERR invalid topic']],
  ['SUB a.', ['ERR invalid topic']],
  ['SUB a..b', ['ERR invalid topic']],
  ['SUB a.>.b', ['ERR invalid topic']],
  ['UNSUB a..b', ['ERR invalid topic']],
  ['PUB a..b x', ['ERR invalid topic']],
  ['PUB a.* x', ['ERR invalid topic']],
  ['PUB > x', ['ERR invalid topic']],
  ['SUB a\u0007', ['ERR invalid topic']],
  ['PUB a\u0007 x', ['ERR invalid topic']],
];

/** Topics that a pattern hears, and some that it does not. */
const PATTERNS: readonly (readonly [pattern: string, hits: readonly string[], misses: readonly string[]])[] =
  [
    ['orders.*', ['orders.1', 'orders.new'], ['orders', 'orders.1.x', 'order.1']],
    ['orders.>', ['orders.1', 'orders.1.x'], ['orders', 'order.1']],
    ['*.new', ['orders.new', 'x.new'], ['new', 'orders.old', 'a.b.new']],
    ['>', ['a', 'a.b', 'a.b.c'], []],
  ];

/** What telnet says of itself when it opens a connection, and in the middle of one. */
const NEGOTIATION = Buffer.from([
  ...[IAC.IAC, IAC.WILL, 24, IAC.IAC, IAC.DO, 3, IAC.IAC, IAC.WONT, 31, IAC.IAC, IAC.DONT, 1],
  ...[IAC.IAC, IAC.SB, 24, 0, 120, 10, IAC.IAC, IAC.IAC, 13, IAC.IAC, IAC.SE, IAC.IAC, IAC.NOP],
]);

describe('telnet and the real broker', () => {
  let broker: Sluice;
  before(async () => {
    broker = await startSluice();
  });
  after(() => broker[Symbol.asyncDispose]());

  const dial = () => LineClient.connect(broker.linePort);
  /** A stretch of subjects that no other spec uses. */
  const fresh = (() => {
    let count = 0;
    return () => `t${count++}`;
  })();

  describe('one client', () => {
    for (const [sent, answers] of ANSWERS) {
      it(`says ${JSON.stringify(sent)}, gets ${JSON.stringify(answers)}`, async () => {
        for (const end of ['\n', '\r\n']) {
          await using client = await dial();
          await client.send(`${sent.replaceAll('\n', end)}${end}PING${end}`);
          const expected = [...answers, 'PONG'].map((line) => `${line}${end}`).join('');
          expect(await client.characters(expected.length), JSON.stringify(end)).to.equal(expected);
          expect(await client.pending()).to.deep.equal([]);
        }
      });
    }

    it('is told of every verb by HELP', async () => {
      await using client = await dial();
      await client.say('help');
      const help = (await client.pending()).join('\n');
      expect(help.split('\n').length).to.be.within(3, 12);
      for (const verb of ['SUB', 'UNSUB', 'PUB', 'PING', 'QUIT']) expect(help).to.include(verb);
    });

    it('answers that come before the first CRLF end in LF, and those after it in CRLF', async () => {
      await using client = await dial();
      await client.send('PING\nPING\r\nQUIT\n');
      expect(await client.rest()).to.equal('PONG\nPONG\r\nQUIT\r\n');
      client.hangUp();
      await client.closed;
    });

    for (const sent of ['QUIT\n', 'quit\r\n', 'SUB x\nPUB x last\nQUIT\nPUB x never\n']) {
      it(`is let go by ${JSON.stringify(sent)}, all answers first`, async () => {
        await using client = await dial();
        await client.send(sent);
        const first = sent.startsWith('SUB') ? 'OK SUB x\nOK PUB x\nUPDATE x last\n' : '';
        expect(await client.rest()).to.equal(`${first}QUIT${sent.includes('\r') ? '\r\n' : '\n'}`);
        client.hangUp();
        await client.closed;
      });
    }

    it('gets all its answers after it has said its last word', async () => {
      await using client = await dial();
      const topic = fresh();
      await client.send(`SUB ${topic}\n${`PUB ${topic} x\n`.repeat(1_000)}PING\nPUB ${topic} unfinished`);
      client.hangUp();
      const lines = (await client.rest()).trimEnd().split('\n');
      expect(lines).to.have.length(2_002);
      expect(lines.at(-1)).to.equal('PONG');
    });

    it('is told of bytes that are no UTF-8, and may go on', async () => {
      await using client = await dial();
      for (const bytes of [[0xc3, 0x28], [0x80], [0xf8, 0x88], [0xed, 0xa0, 0x80]]) {
        await client.send(Buffer.concat([Buffer.from('PUB a '), Buffer.from(bytes), Buffer.from('\n')]));
      }
      expect(await client.pending()).to.deep.equal(Array(4).fill('ERR invalid UTF-8'));
    });

    it('may say a line of exactly 64 KiB, and is let go for a longer one', async () => {
      for (const end of ['\n', '\r\n']) {
        await using client = await dial();
        const topic = fresh();
        const text = 'x'.repeat(MAX_LINE - `PUB ${topic} `.length);
        await client.send(`SUB ${topic}\nPUB ${topic} ${text}${end}`);
        const lines = await client.lines(3);
        expect(lines).to.deep.equal([`OK SUB ${topic}`, `OK PUB ${topic}`, `UPDATE ${topic} ${text}`]);
        await client.send(`PING${end}PUB ${topic} ${text}x${end}PING${end}`);
        expect((await client.rest()).split(/\r?\n/)).to.deep.equal(['PONG', 'ERR line too long', '']);
      }
    });

    it('is let go for a line without an end', async () => {
      await using client = await dial();
      await client.sendApart(Array(70).fill('x'.repeat(1_024)));
      expect(await client.rest()).to.equal('ERR line too long\n');
    });

    it('is let go after a flood of wrong lines, and only then', async () => {
      await using client = await dial();
      for (let i = 0; i < 3; i++) {
        await client.send('nonsense\n'.repeat(99));
        expect(await client.pending()).to.have.length(99);
      }
      await client.send('nonsense\n'.repeat(1_000));
      const lines = (await client.rest()).trimEnd().split('\n');
      expect(lines).to.have.length(101);
      expect(lines.at(-1)).to.equal('ERR too many errors');
    });

    it('is told when it has too many subscriptions', async () => {
      await using small = await startSluice([], { env: { SLUICE_LIMITS_MAX_SUBSCRIPTIONS: '2' } });
      await using client = await LineClient.connect(small.linePort);
      await client.send('SUB a\nSUB b\nSUB c\nSUB a\nUNSUB a\nSUB c\n');
      expect(await client.pending()).to.deep.equal([
        ...['OK SUB a', 'OK SUB b', 'ERR too many subscriptions', 'OK SUB a', 'OK UNSUB a', 'OK SUB c'],
      ]);
    });

    it('has to say who it is where that is asked', async () => {
      const words = ['--user', 'ann', '--pass', 's3cret', '--auth', 't0ken'];
      await using guarded = await startSluice(words);
      for (const auth of ['AUTH ann s3cret', 'auth t0ken']) {
        await using client = await LineClient.connect(guarded.linePort);
        expect(await client.ask('SUB a')).to.equal('ERR authentication required, try AUTH');
        expect(await client.ask('PUB a x')).to.equal('ERR authentication required, try AUTH');
        expect(await client.ask(auth)).to.equal('OK AUTH');
        expect(await client.ask('SUB a')).to.equal('OK SUB a');
      }
      for (const auth of ['AUTH ann secret', 'AUTH s3cret', 'AUTH bob s3cret']) {
        await using client = await LineClient.connect(guarded.linePort);
        await client.say(auth);
        expect(await client.rest(), auth).to.equal('ERR authorization violation\n');
      }
    });
  });

  describe('the wire', () => {
    it('may carry telnet negotiation anywhere, in any pieces', async () => {
      const topic = fresh();
      const [a, b] = [Buffer.from(`SUB ${topic}\nPUB ${topic} a`), Buffer.from('b\r\nPING\r\n')];
      const bytes = Buffer.concat([NEGOTIATION, a, NEGOTIATION, b, NEGOTIATION]);
      const expected = [`OK SUB ${topic}`, `OK PUB ${topic}`, `UPDATE ${topic} ab`, 'PONG'];
      for (const size of [bytes.length, 1, 2, 3, 7]) {
        await using client = await dial();
        const packets: Buffer[] = [];
        for (let at = 0; at < bytes.length; at += size) packets.push(bytes.subarray(at, at + size));
        await client.sendApart(packets);
        expect(await client.lines(4), `${size} bytes at a time`).to.deep.equal(expected);
      }
    });

    it('may bring 10,000 lines in one packet', async () => {
      await using client = await dial();
      const topic = fresh();
      const numbers = Array.from({ length: 10_000 }, (_, i) => i);
      await client.send(`SUB ${topic}\n${numbers.map((i) => `PUB ${topic} ${i}\n`).join('')}`);
      const lines = await client.lines(20_001);
      const updates = lines.filter((line) => line.startsWith('UPDATE'));
      expect(updates).to.deep.equal(numbers.map((i) => `UPDATE ${topic} ${i}`));
      expect(lines.filter((line) => line === `OK PUB ${topic}`)).to.have.length(10_000);
      for (let i = 1; i < lines.length; i += 2) expect(lines[i], 'its OK first').to.equal(`OK PUB ${topic}`);
    });

    it('may bring one line in many packets, a character at a time', async () => {
      await using client = await dial();
      const topic = fresh();
      const bytes = Buffer.from(`SUB ${topic}\r\nPUB ${topic} grüße 🚰\r\n`);
      await client.sendApart([...bytes].map((byte) => Uint8Array.of(byte)));
      const expected = [`OK SUB ${topic}`, `OK PUB ${topic}`, `UPDATE ${topic} grüße 🚰`];
      expect(await client.lines(3)).to.deep.equal(expected);
    });

    it('may break with a reset without harm to other clients', async () => {
      await using client = await dial();
      const topic = fresh();
      expect(await client.ask(`SUB ${topic}`)).to.equal(`OK SUB ${topic}`);
      for (let i = 0; i < 20; i++) {
        await using other = await dial();
        await other.send(`SUB ${topic}\nPUB ${topic} ${i}\nPUB ${topic} unfini`);
        await other.lines(2);
        other.reset();
      }
      const updates = (await client.lines(20)).map((line) => Number(line.split(' ').at(-1)));
      expect(updates).to.deep.equal(Array.from({ length: 20 }, (_, i) => i));
      expect(await client.pending()).to.deep.equal([]);
    });
  });

  describe('two clients', () => {
    it('talk, as in the README', async () => {
      await using reader = await dial();
      await using writer = await dial();
      const topic = fresh();
      expect(await reader.ask(`SUB ${topic}`)).to.equal(`OK SUB ${topic}`);
      expect(await writer.ask(`PUB ${topic} any text  as is`)).to.equal(`OK PUB ${topic}`);
      expect(await reader.lines(1)).to.deep.equal([`UPDATE ${topic} any text  as is`]);
      expect(await writer.pending()).to.deep.equal([]);
      expect(await reader.ask(`UNSUB ${topic}`)).to.equal(`OK UNSUB ${topic}`);
      expect(await writer.ask(`PUB ${topic} unheard`)).to.equal(`OK PUB ${topic}`);
      expect(await reader.pending()).to.deep.equal([]);
    });

    for (const [pattern, hits, misses] of PATTERNS) {
      it(`${pattern} hears ${hits.join(', ')}${misses.length > 0 ? `, not ${misses.join(', ')}` : ''}`, async () => {
        await using reader = await dial();
        await using writer = await dial();
        expect(await reader.ask(`SUB ${pattern}`)).to.equal(`OK SUB ${pattern}`);
        for (const topic of [...misses, ...hits]) expect(await writer.ask(`PUB ${topic} x`)).to.match(/^OK/);
        expect(await reader.pending()).to.deep.equal(hits.map((topic) => `UPDATE ${topic} x`));
      });
    }

    it('each get a message once for every pattern they have on it', async () => {
      await using reader = await dial();
      const topic = fresh();
      for (const pattern of [`${topic}.a`, `${topic}.*`, `${topic}.>`]) await reader.ask(`SUB ${pattern}`);
      expect(await reader.ask(`PUB ${topic}.a x`)).to.equal(`OK PUB ${topic}.a`);
      expect(await reader.pending()).to.deep.equal(Array(3).fill(`UPDATE ${topic}.a x`));
    });

    it('each get their own line ends', async () => {
      await using unix = await dial();
      await using telnet = await dial();
      const topic = fresh();
      await unix.send(`SUB ${topic}\n`);
      await telnet.send(`SUB ${topic}\r\n`);
      await unix.characters(`OK SUB ${topic}\n`.length);
      await telnet.characters(`OK SUB ${topic}\r\n`.length);
      await telnet.send(`PUB ${topic} x\r\n`);
      const update = `UPDATE ${topic} x`;
      expect(await unix.characters(update.length + 1)).to.equal(`${update}\n`);
      expect(await telnet.characters(`OK PUB ${topic}\r\n${update}\r\n`.length)).to.include(`${update}\r\n`);
    });

    it('do not hear each other any more after one has left', async () => {
      await using writer = await dial();
      const topic = fresh();
      const reader = await dial();
      expect(await reader.ask(`SUB ${topic}`)).to.equal(`OK SUB ${topic}`);
      expect(await reader.ask('QUIT')).to.equal('QUIT');
      reader.hangUp();
      await reader.closed;
      expect(await writer.ask(`PUB ${topic} to nobody`)).to.equal(`OK PUB ${topic}`);
    });
  });

  describe('and a NATS client', () => {
    let nats: NatsConnection;
    before(async () => {
      nats = await connect({ servers: `127.0.0.1:${broker.natsPort}`, reconnect: false });
    });
    after(() => nats.close());

    it('the NATS client hears what telnet publishes', async () => {
      await using telnet = await dial();
      const topic = fresh();
      const subscription = nats.subscribe(`${topic}.>`, { max: 3 });
      await nats.flush();
      for (const text of ['hello', ' any  text ', 'grüße']) await telnet.ask(`PUB ${topic}.a ${text}`);
      const heard: string[] = [];
      for await (const message of subscription) heard.push(`${message.subject}: ${message.string()}`);
      expect(heard).to.deep.equal([`${topic}.a: hello`, `${topic}.a:  any  text `, `${topic}.a: grüße`]);
    });

    const payloads: readonly (readonly [what: string, payload: string | Uint8Array, shown: string])[] = [
      ['a text', 'hello', 'hello'],
      ['blanks', '  a  b  ', '  a  b  '],
      ['nothing', '', ''],
      ['line ends', 'a\r\nb\nc\rd', 'a\\r\\nb\\nc\\rd'],
      ['a forged frame', 'x\r\nUPDATE y forged\r\n', 'x\\r\\nUPDATE y forged\\r\\n'],
      ['UTF-8', 'grüße 🚰', 'grüße 🚰'],
      ['bytes that are no text', Uint8Array.from([65, 0xff, 0xfe, 66, 10, 0x80]), 'A\ufffd\ufffdB\\n\ufffd'],
      ['a cut character', Uint8Array.from([0xc3]), '\ufffd'],
      ['telnet commands', Uint8Array.from([255, 253, 1, 65]), '\ufffd\ufffd\u0001A'],
      ['200 KiB of line ends', '\n'.repeat(200 * 1024), '\\n'.repeat(200 * 1024)],
    ];
    for (const [what, payload, shown] of payloads) {
      it(`telnet hears ${what} that it publishes`, async () => {
        await using telnet = await dial();
        const topic = fresh();
        await telnet.ask(`SUB ${topic}`);
        nats.publish(topic, payload);
        expect(await telnet.lines(1)).to.deep.equal([`UPDATE ${topic} ${shown}`]);
        expect(await telnet.pending()).to.deep.equal([]);
      });
    }

    it('telnet sees neither headers nor reply subject', async () => {
      await using telnet = await dial();
      const topic = fresh();
      await telnet.ask(`SUB ${topic}`);
      const head = headers();
      head.append('Secret', 'hidden');
      nats.publish(topic, 'body', { headers: head, reply: 'some.where' });
      nats.publish(topic, '', { headers: head });
      expect(await telnet.lines(2)).to.deep.equal([`UPDATE ${topic} body`, `UPDATE ${topic} `]);
    });

    it('telnet counts as a responder, and may answer by hand', async () => {
      await using telnet = await dial();
      const topic = fresh();
      await telnet.ask(`SUB ${topic}`);
      const reply = `answer.${topic}`;
      const answer = nats.request(topic, 'who?', { timeout: 10_000, noMux: true, reply });
      expect(await telnet.lines(1)).to.deep.equal([`UPDATE ${topic} who?`]);
      expect(await telnet.ask(`PUB ${reply} me`)).to.equal(`OK PUB ${reply}`);
      expect((await answer).string()).to.equal('me');
    });

    it('both hear the messages of both in the same order', async () => {
      await using reader = await dial();
      await using writer = await dial();
      const topic = fresh();
      await reader.ask(`SUB ${topic}`);
      const heard: string[] = [];
      const subscription = nats.subscribe(topic, { max: 4_000 });
      const all = (async () => {
        for await (const message of subscription) heard.push(message.string());
      })();
      await nats.flush();
      for (let i = 0; i < 2_000; i++) {
        nats.publish(topic, `n${i}`);
        await writer.say(`PUB ${topic} l${i}`);
        if (i % 100 === 0) await nats.flush();
      }
      await all;
      const shown = (await reader.lines(4_000)).map((line) => line.replace(`UPDATE ${topic} `, ''));
      expect(shown.join() === heard.join()).to.equal(true);
      for (const from of ['n', 'l']) {
        const own = heard.filter((text) => text.startsWith(from));
        expect(own).to.deep.equal(Array.from({ length: 2_000 }, (_, i) => `${from}${i}`));
      }
    });
  });
});
