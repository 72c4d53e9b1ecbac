/** Thousands of connections that do something at the same instant: it is done over some turns of the event loop. */
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { ANONYMOUS_GRANT } from '../../lib/auth/anonymous-grant.js';
import { type Client, type ConnectHow, Harness, OVER } from '../support/harness.js';
import { mostInATurn } from '../support/turns.js';
import { until } from '../support/until.js';

const MANY = 400;
/** Most of them that get something done between two looks; those of two turns at most. */
const MOST = 200;

/** They are opened one after the other, which may take longer than there is by default. */
const LOGIN = { authorization: { user: 'a', password: 'right', timeout: '10m' } };

function connectWith(password: string): string {
  return `CONNECT {"verbose":false,"name":"one","user":"a","pass":"${password}"}\r\nPING\r\n`;
}

describe('many connections at the same instant', () => {
  let harness: Harness;
  let peers: Client[];
  afterEach(() => harness.stop());

  const open = async (over: 'pair' | 'socket', how: ConnectHow | undefined) => {
    peers = [];
    for (let n = 0; n < MANY; n++)
      peers.push(
        how === undefined
          ? await harness.open('nats', over)
          : await harness.connect('nats', { ...how, over }),
      );
  };
  const closed = () => peers.filter(({ connection }) => connection.reason !== undefined).length;
  const named = () => peers.filter(({ connection }) => connection.client.peer.name === 'one').length;
  const admitted = () => peers.filter(({ connection }) => connection.client.admitted).length;

  for (const over of OVER) {
    it(`that send wrong passwords over a ${over} are refused over some turns`, async () => {
      harness = await Harness.start(LOGIN);
      await open(over, undefined);
      for (const peer of peers) peer.send(connectWith('wrong'));
      expect(await mostInATurn(MANY, closed)).to.be.at.most(MOST);
    });

    it(`that send right passwords over a ${over} are let in over some turns`, async () => {
      harness = await Harness.start(LOGIN);
      await open(over, undefined);
      for (const peer of peers) peer.send(connectWith('right'));
      expect(await mostInATurn(MANY, admitted)).to.be.at.most(MOST);
    });

    it(`that introduce themselves over a ${over} without a login are heard over some turns`, async () => {
      harness = await Harness.start();
      await open(over, undefined);
      for (const peer of peers) peer.send(connectWith(''));
      expect(await mostInATurn(MANY, named)).to.be.at.most(MOST);
    });

    it(`that send garbage over a ${over} are closed over some turns`, async () => {
      harness = await Harness.start();
      await open(over, undefined);
      for (const peer of peers) peer.send('\x01\x02 garbage\r\n\r\n');
      expect(await mostInATurn(MANY, closed)).to.be.at.most(MOST);
    });

    it(`that end over a ${over} are closed over some turns`, async () => {
      harness = await Harness.start();
      await open(over, {});
      for (const peer of peers) peer.wire.end();
      expect(await mostInATurn(MANY, closed)).to.be.at.most(MOST);
    });
  }

  for (const [what, first] of [
    ['say nothing', ''],
    ['send garbage', '\x01\x02 garbage\r\n\r\n'],
  ] as const)
    it(`that connect and ${what} are greeted over some turns`, async () => {
      harness = await Harness.start({ listener: '127.0.0.1:0' });
      const { port } = harness.broker.addresses('nats')[0]!;
      const sockets = Array.from({ length: MANY }, () => {
        const socket = connect(port, '127.0.0.1');
        harness.wires.push(socket);
        socket.on('error', () => undefined).resume();
        if (first !== '') socket.write(first);
        return socket;
      });
      const { total } = harness.broker.all;
      expect(await mostInATurn(MANY, () => harness.broker.all.total - total)).to.be.at.most(MOST);
      if (first !== '') await until('all are closed', () => sockets.every(({ closed }) => closed));
    });

  it('that are reset are taken apart over some turns', async () => {
    harness = await Harness.start();
    await open('socket', {});
    for (const { wire } of peers) (wire as Socket).resetAndDestroy();
    expect(await mostInATurn(MANY, () => MANY - harness.connections.size)).to.be.at.most(MOST);
    expect(peers[0]?.connection.reason).to.equal('WIRE_ERROR');
  });

  it('whose time to log in is over are closed over some turns', async () => {
    harness = await Harness.start({ authorization: { ...LOGIN.authorization, timeout: '300ms' } });
    await open('pair', undefined);
    expect(await mostInATurn(MANY, closed)).to.be.at.most(MOST);
    expect(peers[0]?.connection.reason).to.equal('AUTHENTICATION_TIMEOUT');
  });

  it('whose logins wait for the same answer are let in over some turns', async () => {
    let answer = (_: boolean): void => {};
    const asked = new Promise<boolean>((resolve) => {
      answer = resolve;
    });
    harness = await Harness.start({}, undefined, {
      authenticator: {
        required: true,
        usesNonce: false,
        anonymous: undefined,
        authenticate: async () => ((await asked) ? ANONYMOUS_GRANT : undefined),
        renew: (grant) => grant,
        hasUser: () => true,
      },
    });
    await open('pair', undefined);
    for (const peer of peers) peer.send(connectWith('right'));
    await until('all of them wait', () => named() === MANY);
    answer(true);
    expect(await mostInATurn(MANY, admitted)).to.be.at.most(MOST);
  });
});
