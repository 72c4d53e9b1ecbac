import { expect } from 'chai';
import { type Behaviour, listen, type Mailbox, settled } from './nats-client.js';

const MIB = 1024 * 1024;

const WILDCARDS: readonly {
  readonly pattern: string;
  readonly hits: readonly string[];
  readonly misses: readonly string[];
}[] = [
  { pattern: 'a.b', hits: ['a.b'], misses: ['a', 'a.c', 'a.b.c', 'A.b'] },
  { pattern: 'a.*', hits: ['a.b', 'a.ü'], misses: ['a', 'a.b.c', 'b.a'] },
  { pattern: '*.b', hits: ['a.b', 'x.b'], misses: ['b', 'a.b.c'] },
  { pattern: 'a.*.c', hits: ['a.b.c', 'a.x.c'], misses: ['a.c', 'a.b.d', 'a.b.c.d'] },
  { pattern: 'a.>', hits: ['a.b', 'a.b.c', 'a.b.c.d'], misses: ['a', 'b.a'] },
  { pattern: '*.*', hits: ['a.b'], misses: ['a', 'a.b.c'] },
  { pattern: '>', hits: ['a', 'a.b', 'a.b.c'], misses: [] },
];

/** Message `number` of publisher `from`, always 16 bytes. */
function numbered(from: string, number: number): string {
  return `${from}${String(number).padStart(15, '0')}`;
}

/** Every byte value, over and over. */
function patterned(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 255);
}

export const messaging: readonly Behaviour[] = [
  {
    title: 'delivers texts, bytes and nothing at all, in order',
    async run({ connect, subject }) {
      const [publisher, subscriber] = [await connect(), await connect()];
      const inbox = listen(subscriber, subject);
      await settled(subscriber);
      const bytes = patterned(256);
      publisher.publish(subject, 'grüße');
      publisher.publish(subject, bytes);
      publisher.publish(subject);
      publisher.publish(subject, 'PUB x 1\r\n', { reply: 'answer.here' });
      const [text, binary, empty, last] = await inbox.have(4);
      expect(text!.string()).to.equal('grüße');
      expect(text!.subject).to.equal(subject);
      expect(text!.reply ?? '').to.equal('');
      expect(Buffer.from(binary!.data).equals(bytes)).to.equal(true);
      expect(empty!.data).to.have.length(0);
      expect(last!.string()).to.equal('PUB x 1\r\n');
      expect(last!.reply).to.equal('answer.here');
    },
  },
  ...WILDCARDS.map(
    ({ pattern, hits, misses }) =>
      ({
        title: `${pattern} gets ${hits.join(', ')}${misses.length > 0 ? `, not ${misses.join(', ')}` : ''}`,
        async run({ connect }) {
          const [publisher, subscriber] = [await connect(), await connect()];
          const inbox = listen(subscriber, pattern);
          await settled(subscriber);
          for (const name of [...misses, ...hits]) publisher.publish(name, name);
          await settled(publisher, subscriber);
          expect(inbox.messages.map((message) => message.subject)).to.deep.equal(hits);
          expect(inbox.texts).to.deep.equal(hits);
        },
      }) satisfies Behaviour,
  ),
  {
    title: 'delivers once per subscription of a connection',
    async run({ connect, subject }) {
      const connection = await connect();
      const inboxes = [subject, subject, 'spec.*', 'spec.>'].map((pattern) => listen(connection, pattern));
      connection.publish(subject, 'once');
      await settled(connection);
      expect(inboxes.map((inbox) => inbox.texts)).to.deep.equal(Array(4).fill(['once']));
    },
  },
  {
    title: 'gives each message to one member of a queue group, evenly over four connections',
    async run({ connect, subject }) {
      const publisher = await connect();
      const members = await Promise.all([1, 2, 3, 4].map(() => connect()));
      const inboxes = members.map((member) => listen(member, subject, { queue: 'workers' }));
      await settled(...members);
      const sent = Array.from({ length: 4_000 }, (_, i) => String(i));
      for (const [i, text] of sent.entries()) {
        publisher.publish(subject, text);
        if (i % 50 === 0) await publisher.flush();
      }
      await settled(publisher, ...members);
      const received = inboxes.flatMap((inbox) => inbox.texts);
      expect(received.sort((a, b) => Number(a) - Number(b))).to.deep.equal(sent);
      // A fair choice has a standard deviation of 27 here: seven of them.
      for (const { messages } of inboxes) expect(messages.length).to.be.within(800, 1_200);
    },
  },
  {
    title: 'spreads single messages over a queue group as well',
    async run({ connect, subject }) {
      const publisher = await connect();
      const members = await Promise.all([1, 2, 3].map(() => connect()));
      const inboxes = members.map((member) => listen(member, `${subject}.>`, { queue: 'workers' }));
      await settled(...members);
      for (let i = 0; i < 300; i++) {
        publisher.publish(`${subject}.${i}`);
        await publisher.flush();
      }
      await settled(...members);
      const counts = inboxes.map(({ messages }) => messages.length);
      expect(counts[0]! + counts[1]! + counts[2]!).to.equal(300);
      for (const count of counts) expect(count).to.be.within(50, 150); // six standard deviations
    },
  },
  {
    title: 'gives a message to every plain subscriber and to one member of every group',
    async run({ connect, subject }) {
      const [publisher, a, b] = [await connect(), await connect(), await connect()];
      const plain = [listen(a, subject), listen(b, subject)];
      const red = [a, b].map((member) => listen(member, subject, { queue: 'red' }));
      const blue = [a, b, b].map((member) => listen(member, subject, { queue: 'blue' }));
      await settled(a, b);
      for (let i = 0; i < 100; i++) publisher.publish(subject, String(i));
      await settled(publisher, a, b);
      const total = (inboxes: readonly Mailbox[]) =>
        inboxes.reduce((sum, inbox) => sum + inbox.messages.length, 0);
      expect(plain.map((inbox) => inbox.messages.length)).to.deep.equal([100, 100]);
      expect([total(red), total(blue)]).to.deep.equal([100, 100]);
    },
  },
  {
    title: 'leaves the rest of a queue group working when a member goes',
    async run({ connect, subject }) {
      const [publisher, a, b] = [await connect(), await connect(), await connect()];
      const [gone, left] = [listen(a, subject, { queue: 'q' }), listen(b, subject, { queue: 'q' })];
      await settled(a, b);
      await a.close();
      for (let i = 0; i < 20; i++) publisher.publish(subject, String(i));
      await left.have(20);
      expect(gone.messages).to.have.length(0);
    },
  },
  {
    title: 'carries headers: several values, empty ones, UTF-8, with and without a payload',
    async run({ client, connect, subject }) {
      const [publisher, subscriber] = [await connect(), await connect()];
      const inbox = listen(subscriber, subject);
      await settled(subscriber);
      const headers = client.headers();
      headers.append('Trace-Id', '7f');
      headers.append('Colour', 'red');
      headers.append('Colour', 'grün');
      headers.append('Empty', '');
      publisher.publish(subject, 'body', { headers });
      publisher.publish(subject, '', { headers, reply: 'some.where' });
      publisher.publish(subject, 'bare');
      const [full, empty, bare] = await inbox.have(3);
      for (const message of [full!, empty!]) {
        expect(message.headers?.get('Trace-Id')).to.equal('7f');
        expect(message.headers?.values('Colour')).to.deep.equal(['red', 'grün']);
        expect(message.headers?.values('Empty')).to.deep.equal(['']);
      }
      expect(full!.string()).to.equal('body');
      expect(empty!.data).to.have.length(0);
      expect(empty!.reply).to.equal('some.where');
      expect(bare!.headers).to.equal(undefined);
    },
  },
  {
    title: 'keeps a connection with noEcho from hearing itself, and only itself',
    async run({ connect, subject }) {
      const [quiet, other] = [await connect({ noEcho: true }), await connect()];
      const [own, theirs] = [listen(quiet, subject), listen(other, subject)];
      await settled(other, quiet);
      quiet.publish(subject, 'from quiet');
      await settled(quiet, other);
      other.publish(subject, 'from other');
      await settled(other, quiet);
      expect(own.texts).to.deep.equal(['from other']);
      expect(theirs.texts).to.deep.equal(['from quiet', 'from other']);
    },
  },
  {
    title: 'stops at once on unsubscribe',
    async run({ connect, subject }) {
      const [publisher, subscriber] = [await connect(), await connect()];
      const [leaving, staying] = [listen(subscriber, subject), listen(subscriber, subject)];
      await settled(subscriber);
      publisher.publish(subject, '1');
      await settled(publisher, subscriber);
      leaving.subscription.unsubscribe();
      await settled(subscriber);
      publisher.publish(subject, '2');
      await settled(publisher, subscriber);
      expect(leaving.texts).to.deep.equal(['1']);
      expect(staying.texts).to.deep.equal(['1', '2']);
    },
  },
  {
    title: 'ends a subscription after its maximum, counted from its start',
    async run({ connect, subject }) {
      const [publisher, subscriber] = [await connect(), await connect()];
      const atOnce = listen(subscriber, subject, { max: 3 });
      const later = listen(subscriber, subject);
      const reached = listen(subscriber, subject);
      const control = listen(subscriber, subject);
      await settled(subscriber);
      for (const text of ['1', '2']) publisher.publish(subject, text);
      await settled(publisher, subscriber);
      later.subscription.unsubscribe(4); // two of them are here already
      reached.subscription.unsubscribe(2); // so this one is over
      await settled(subscriber);
      for (const text of ['3', '4', '5', '6']) publisher.publish(subject, text);
      await settled(publisher, subscriber);
      expect(atOnce.texts).to.deep.equal(['1', '2', '3']);
      expect(later.texts).to.deep.equal(['1', '2', '3', '4']);
      expect(reached.texts).to.deep.equal(['1', '2']);
      expect(control.texts).to.deep.equal(['1', '2', '3', '4', '5', '6']);
      for (const { subscription } of [atOnce, later, reached]) expect(subscription.isClosed()).to.equal(true);
    },
  },
  {
    title: 'spreads a queue group past a member that has had its maximum',
    async run({ connect, subject }) {
      const [publisher, a, b] = [await connect(), await connect(), await connect()];
      const limited = listen(a, subject, { queue: 'q', max: 5 });
      const open = listen(b, subject, { queue: 'q' });
      await settled(a, b);
      for (let i = 0; i < 200; i++) publisher.publish(subject, String(i));
      await settled(publisher, a, b);
      expect(limited.messages.length + open.messages.length).to.equal(200);
      expect(limited.messages).to.have.length(5);
    },
  },
  {
    title: 'drains a subscription: what was on its way still arrives, nothing after it',
    async run({ connect, subject }) {
      const [publisher, subscriber] = [await connect(), await connect()];
      const inbox = listen(subscriber, subject);
      await settled(subscriber);
      for (let i = 0; i < 1_000; i++) publisher.publish(subject, String(i));
      await settled(publisher);
      await inbox.subscription.drain();
      publisher.publish(subject, 'late');
      await settled(publisher, subscriber);
      expect(inbox.messages).to.have.length(1_000);
    },
  },
  {
    title: 'carries exactly 1 MiB, both ways, and a header beside a payload that together are',
    async run({ client, connect, subject }) {
      const [publisher, subscriber] = [await connect(), await connect()];
      const inbox = listen(subscriber, subject);
      await settled(subscriber);
      const bytes = patterned(MIB);
      for (let i = 0; i < 5; i++) publisher.publish(subject, bytes);
      const headers = client.headers();
      headers.append('A', 'b');
      const headerBytes = 'NATS/1.0\r\nA: b\r\n\r\n'.length;
      publisher.publish(subject, bytes.subarray(headerBytes), { headers });
      const messages = await inbox.have(6);
      for (const { data } of messages.slice(0, 5)) expect(Buffer.compare(data, bytes)).to.equal(0);
      expect(Buffer.compare(messages[5]!.data, bytes.subarray(headerBytes))).to.equal(0);
      expect(messages[5]!.headers?.get('A')).to.equal('b');
    },
  },
  {
    title: 'tells the client the largest payload, which then refuses a larger one itself',
    async run({ client, connect, subject }) {
      const connection = await connect();
      let failure = 'none';
      try {
        connection.publish(subject, new Uint8Array(MIB + 1));
      } catch (error) {
        failure = client.failureOf(error);
      }
      expect(failure).to.equal('max payload');
      await connection.flush();
    },
  },
  {
    title: 'delivers 100,000 messages of two publishers in one order to every subscriber',
    async run({ connect, subject }) {
      const publishers = [await connect(), await connect()];
      const subscribers = [await connect(), await connect()];
      const inboxes = [listen(subscribers[0]!, subject), listen(subscribers[1]!, 'spec.>')];
      await settled(...subscribers);
      await Promise.all(
        publishers.map(async (publisher, p) => {
          for (let i = 0; i < 50_000; i++) {
            publisher.publish(subject, numbered('ab'[p]!, i));
            if (i % 5_000 === 0) await publisher.flush();
          }
        }),
      );
      await Promise.all(inboxes.map((inbox) => inbox.have(100_000)));
      const [first, second] = inboxes.map((inbox) => inbox.texts);
      expect(first!.join() === second!.join(), 'both in the same order').to.equal(true);
      for (const from of ['a', 'b']) {
        const own = first!.filter((text) => text.startsWith(from));
        expect(
          own.every((text, i) => text === numbered(from, i)),
          `those of ${from} in order`,
        ).to.equal(true);
        expect(own).to.have.length(50_000);
      }
    },
  },
];
