import { expect } from 'chai';
import { startSluice } from '../process.js';
import { type Behaviour, type ConnectOptions, failureOf, listen, settled } from './nats-client.js';

const AUTH = ['--user', 'ann', '--pass', 's3cret', '--auth', 't0ken'];

const CREDENTIALS: readonly (ConnectOptions & { readonly title: string; readonly right: boolean })[] = [
  { title: 'a user and password', right: true, user: 'ann', pass: 's3cret' },
  { title: 'a token', right: true, token: 't0ken' },
  { title: 'a wrong password', right: false, user: 'ann', pass: 'secret' },
  { title: 'a wrong user', right: false, user: 'bob', pass: 's3cret' },
  { title: 'a user without a password', right: false, user: 'ann' },
  { title: 'a wrong token', right: false, token: 't0ke' },
  { title: 'the password as a token', right: false, token: 's3cret' },
  { title: 'nothing', right: false },
];

export const sessions: readonly Behaviour[] = [
  {
    title: 'says truthfully what the server is',
    async run({ broker, connect }) {
      const [first, second] = [await connect(), await connect()];
      const { info } = first;
      expect(info).to.include({
        host: '127.0.0.1',
        port: broker.natsPort,
        proto: 1,
        headers: true,
        max_payload: 1_048_576,
        client_ip: '127.0.0.1',
      });
      expect(info?.server_id).to.match(/^N[A-Z2-7]{55}$/);
      expect(info?.server_name).to.be.a('string').and.not.equal('');
      expect(info?.version).to.match(/^\d+\.\d+\.\d+/);
      expect(info?.auth_required ?? false).to.equal(false);
      expect(info?.jetstream ?? false).to.equal(false);
      expect(info?.tls_required ?? false).to.equal(false);
      expect(first.info?.client_id).to.be.a('number').and.not.equal(second.info?.client_id);
      expect(first.info?.server_id).to.equal(second.info?.server_id);
    },
  },
  {
    title: 'answers flush and a round trip',
    async run({ connect }) {
      const connection = await connect();
      await Promise.all([connection.flush(), connection.flush(), connection.flush()]);
      expect(await connection.rtt()).to.be.at.least(0);
    },
  },
  {
    title: 'closes when the client does, without an error',
    async run({ client, connect, subject }) {
      const connection = await connect();
      const watcher = await connect();
      const inbox = listen(connection, subject);
      await settled(connection);
      await connection.close();
      expect(await connection.closed()).to.equal(undefined);
      expect(connection.isClosed()).to.equal(true);
      watcher.publish(subject, 'to nobody');
      await settled(watcher);
      expect(inbox.messages).to.have.length(0);
      expect(await failureOf(client, (async () => connection.publish(subject))())).to.equal('closed');
    },
  },
  {
    title: 'drains a connection: what it was sent and what it sends still arrives',
    async run({ connect, subject }) {
      const [publisher, middle, last] = [await connect(), await connect(), await connect()];
      const inbox = listen(last, `${subject}.out`);
      let passed = 0;
      middle.subscribe(`${subject}.in`, {
        callback: (_error, message) => {
          passed++;
          middle.publish(`${subject}.out`, message.data);
        },
      });
      await settled(middle, last);
      for (let i = 0; i < 1_000; i++) publisher.publish(`${subject}.in`, String(i));
      await settled(publisher);
      await middle.drain();
      await settled(last);
      expect(passed).to.equal(1_000);
      expect(inbox.texts).to.deep.equal(Array.from({ length: 1_000 }, (_, i) => String(i)));
      expect(middle.isClosed()).to.equal(true);
    },
  },
  ...[{ verbose: true }, { pedantic: true }, { verbose: true, pedantic: true }].map(
    (mode) =>
      ({
        title: `works ${Object.keys(mode).join(' and ')}`,
        async run({ client, connect, subject }) {
          const [talker, other] = [await connect(mode), await connect()];
          const own = listen(talker, subject);
          const theirs = listen(other, `${subject}.>`);
          const limited = listen(talker, subject, { max: 2 });
          talker.subscribe(`${subject}.ask`, { callback: (_error, message) => message.respond('yes') });
          await settled(talker, other);
          for (const text of ['1', '2', '3']) talker.publish(subject, text);
          const headers = client.headers();
          headers.append('A', 'b');
          talker.publish(`${subject}.x`, 'with headers', { headers });
          const answer = await talker.request(`${subject}.ask`, '?', { timeout: 10_000 });
          await settled(talker, other);
          expect(answer.string()).to.equal('yes');
          expect(own.texts).to.deep.equal(['1', '2', '3']);
          expect(limited.texts).to.deep.equal(['1', '2']);
          expect(theirs.texts).to.deep.equal(['with headers', '?']);
          const nobody = talker.request(`nobody.${subject}`, '', { timeout: 10_000 });
          expect(await failureOf(client, nobody)).to.equal('no responders');
        },
      }) satisfies Behaviour,
  ),
  {
    title: 'lets in only who presents the right user and password, or the right token',
    async run({ client, connect }) {
      await using broker = await startSluice(AUTH);
      const servers = `127.0.0.1:${broker.natsPort}`;
      for (const { title, right, ...credentials } of CREDENTIALS) {
        const attempt = connect({ servers, ...credentials });
        expect(await failureOf(client, attempt), title).to.equal(right ? 'none' : 'authorization');
        if (right) expect((await attempt).info?.auth_required, title).to.equal(true);
        if (right) await (await attempt).flush();
      }
      for (const secret of ['s3cret', 't0ken']) expect(broker.stdout + broker.stderr).not.to.include(secret);
    },
  },
  {
    title: 'answers the pings of a client, and asks itself, again and again',
    async run({ connect, subject }) {
      // Neither gives up within the time that a busy machine may take for an answer.
      const env = { SLUICE_NATS_PING_INTERVAL: '30ms', SLUICE_NATS_PING_MAX: '100' };
      await using broker = await startSluice(['-DV'], { env });
      const servers = `127.0.0.1:${broker.natsPort}`;
      const connection = await connect({ servers, pingInterval: 40, maxPingOut: 1_000 });
      await broker.said(/(received PONG[\s\S]*){10}/);
      await broker.said(/(received PING[\s\S]*){5}/);
      await settled(connection);
      const inbox = listen(connection, subject);
      connection.publish(subject, 'still here');
      await inbox.have(1);
    },
  },
  {
    title: 'is found again after a restart on the same port, subscriptions and all',
    async run({ client, connect, subject }) {
      await using first = await startSluice();
      const servers = `127.0.0.1:${first.natsPort}`;
      const again = { servers, reconnect: true, maxReconnectAttempts: -1, reconnectTimeWait: 50 };
      const [publisher, subscriber] = [await connect(again), await connect(again)];
      const [inbox, limited] = [listen(subscriber, subject), listen(subscriber, subject, { max: 3 })];
      await settled(subscriber);
      publisher.publish(subject, 'before');
      await Promise.all([inbox.have(1), limited.have(1)]);
      const reconnected = [publisher, subscriber].map(async (connection) => {
        const seen: string[] = [];
        for await (const type of client.events(connection)) {
          seen.push(type);
          if (type === 'reconnect') break;
        }
        return seen;
      });
      expect(await first.stop('SIGTERM')).to.deep.equal({ code: 0, signal: null });
      await using second = await startSluice(['-p', String(first.natsPort)]);
      for (const seen of await Promise.all(reconnected)) expect(seen).to.include('disconnect');
      expect(second.natsPort).to.equal(first.natsPort);
      await settled(subscriber);
      for (const text of ['1', '2', '3']) publisher.publish(subject, text);
      await settled(publisher, subscriber);
      expect(inbox.texts).to.deep.equal(['before', '1', '2', '3']);
      expect(limited.texts).to.deep.equal(['before', '1', '2']);
      await Promise.all([publisher.close(), subscriber.close()]);
    },
  },
  {
    title: 'lets go of a client that does not reconnect when the broker stops',
    async run({ connect }) {
      await using broker = await startSluice();
      const connection = await connect({ servers: `127.0.0.1:${broker.natsPort}` });
      expect(await broker.stop('SIGINT')).to.deep.equal({ code: 0, signal: null });
      await connection.closed();
      expect(connection.isClosed()).to.equal(true);
    },
  },
  {
    title: 'serves 200 connections at once',
    async run({ connect, subject }) {
      const connections = await Promise.all(Array.from({ length: 200 }, () => connect()));
      const inboxes = connections.map((connection) => listen(connection, subject));
      await Promise.all(connections.map((connection) => connection.flush()));
      for (const [i, connection] of connections.entries()) connection.publish(subject, String(i));
      await Promise.all(inboxes.map((inbox) => inbox.have(200)));
      const orders = new Set(inboxes.map((inbox) => inbox.texts.join()));
      expect(orders.size, 'one order for all').to.equal(1);
    },
  },
];
