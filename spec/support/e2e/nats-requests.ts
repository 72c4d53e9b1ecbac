import { expect } from 'chai';
import { type Behaviour, type Connection, failureOf, type Message, settled } from './nats-client.js';

const TIMEOUT_MS = 10_000;

/** Answers every request on `subject`. */
async function serve(
  connection: Connection,
  subject: string,
  answer: (message: Message) => void,
  queue?: string,
): Promise<void> {
  connection.subscribe(subject, {
    ...(queue === undefined ? {} : { queue }),
    callback: (error, message) => {
      if (error) throw error;
      answer(message);
    },
  });
  await connection.flush();
}

/** All texts of an answer to many. */
async function texts(messages: AsyncIterable<Message>): Promise<string[]> {
  const all: string[] = [];
  for await (const message of messages) all.push(message.string());
  return all;
}

export const requests: readonly Behaviour[] = [
  {
    title: 'answers a request, headers both ways',
    async run({ client, connect, subject }) {
      const [requester, responder] = [await connect(), await connect()];
      await serve(responder, subject, (message) => {
        const headers = client.headers();
        headers.append('Answer-To', message.headers?.get('Question') ?? '');
        message.respond(`${message.string()} world`, { headers });
      });
      const headers = client.headers();
      headers.append('Question', 'who');
      const answer = await requester.request(subject, 'hello', { timeout: TIMEOUT_MS, headers });
      expect(answer.string()).to.equal('hello world');
      expect(answer.headers?.get('Answer-To')).to.equal('who');
    },
  },
  {
    title: 'answers a request on a reply subject of its own',
    async run({ connect, subject }) {
      const [requester, responder] = [await connect(), await connect()];
      await serve(responder, subject, (message) => message.respond(message.reply ?? ''));
      const reply = `answers.${subject}`;
      const answer = await requester.request(subject, '', { timeout: TIMEOUT_MS, noMux: true, reply });
      expect(answer.string()).to.equal(reply);
      expect(answer.subject).to.equal(reply);
    },
  },
  {
    title: 'keeps 1,000 requests at a time apart, over a queue group of three',
    async run({ connect, subject }) {
      const requester = await connect();
      const served = [0, 0, 0];
      for (const member of served.keys()) {
        const answer = (message: Message) => {
          served[member]!++;
          message.respond(`re: ${message.string()}`);
        };
        await serve(await connect(), subject, answer, 'workers');
      }
      const asked = Array.from({ length: 1_000 }, (_, i) => String(i));
      const answers = await Promise.all(
        asked.map((text) => requester.request(subject, text, { timeout: TIMEOUT_MS })),
      );
      expect(answers.map((answer) => answer.string())).to.deep.equal(asked.map((text) => `re: ${text}`));
      for (const count of served) expect(count).to.be.greaterThan(100);
    },
  },
  {
    title: 'lets a responder ask in turn, and itself be the requester',
    async run({ connect, subject }) {
      const [a, b] = [await connect(), await connect()];
      await serve(b, `${subject}.inner`, (message) => message.respond(`<${message.string()}>`));
      await serve(a, `${subject}.outer`, (message) => {
        void a
          .request(`${subject}.inner`, message.string(), { timeout: TIMEOUT_MS })
          .then((inner) => message.respond(inner.string()));
      });
      const answer = await a.request(`${subject}.outer`, 'x', { timeout: TIMEOUT_MS });
      expect(answer.string()).to.equal('<x>');
    },
  },
  ...[{ noMux: false }, { noMux: true }].map(
    ({ noMux }) =>
      ({
        title: `tells at once that there are no responders${noMux ? ', on a subscription of its own' : ''}`,
        async run({ client, connect, subject }) {
          const [requester, responder] = [await connect(), await connect()];
          const ask = () => requester.request(subject, 'anybody?', { timeout: TIMEOUT_MS, noMux });
          expect(await failureOf(client, ask())).to.equal('no responders');
          await serve(responder, subject, (message) => message.respond('I'));
          expect((await ask()).string()).to.equal('I');
          await responder.close();
          await settled(requester);
          expect(await failureOf(client, ask())).to.equal('no responders');
        },
      }) satisfies Behaviour,
  ),
  {
    title: 'lets a request time out when a subscriber does not answer',
    async run({ client, connect, subject }) {
      const [requester, responder] = [await connect(), await connect()];
      await serve(responder, subject, () => {});
      expect(await failureOf(client, requester.request(subject, '', { timeout: 100 }))).to.equal('timeout');
    },
  },
  {
    title: 'gathers answers of many: so many, until an empty one, until silence',
    async run({ client, connect, subject }) {
      const requester = await connect();
      for (const name of ['a', 'b', 'c']) {
        await serve(await connect(), `${subject}.all`, (message) => message.respond(name));
      }
      await serve(await connect(), `${subject}.end`, (message) => {
        for (const text of ['1', '2', '']) message.respond(text);
      });
      const ask = async (name: string, until: Parameters<typeof client.requestMany>[2]) =>
        (await texts(await client.requestMany(requester, `${subject}.${name}`, until))).sort();
      expect(await ask('all', { count: 3 })).to.deep.equal(['a', 'b', 'c']);
      expect(await ask('all', { silentMs: 1_500 })).to.deep.equal(['a', 'b', 'c']);
      expect((await ask('end', 'empty')).filter((text) => text !== '')).to.deep.equal(['1', '2']);
    },
  },
  {
    title: 'tells at once that none of many answers',
    async run({ client, connect, subject }) {
      const requester = await connect();
      const answers = (async () => texts(await client.requestMany(requester, subject, { count: 3 })))();
      expect(await failureOf(client, answers)).to.equal('no responders');
    },
  },
];
