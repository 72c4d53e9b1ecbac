import { expect } from 'chai';
import { pino } from 'pino';
import { RunningBroker } from '../../lib/broker/running.js';
import { configFrom } from '../../lib/config.js';
import { Events } from '../../lib/embed/events.js';
import type { BrokerEvents } from '../../lib/index.js';
import { closeAll, embedded, natsPeer } from '../support/embed/embedded.js';
import { turns } from '../support/turns.js';
import { soon, until } from '../support/until.js';

describe('the events of a broker', () => {
  afterEach(closeAll);

  it('tell who comes, subscribes and goes', async () => {
    const broker = await embedded();
    const told: unknown[] = [];
    broker
      .on('connect', ({ dialect, user }) => told.push(['connect', dialect, user]))
      .on('subscribe', ({ subject, queue, account }) => told.push(['subscribe', subject, queue, account]))
      .on('unsubscribe', ({ subject, queue }) => told.push(['unsubscribe', subject, queue]))
      .on('disconnect', ({ name, reason, account }) => told.push(['disconnect', name, reason, account]));
    const peer = await natsPeer(broker, { name: 'me' });
    await peer.send('SUB a q 1\r\nSUB b 2\r\nUNSUB 2\r\n').settle();
    peer.wire.end();
    await until('it has gone', () => told.length === 6);
    expect(told).to.deep.equal([
      ['connect', 'nats', undefined],
      ['subscribe', 'a', 'q', '$G'],
      ['subscribe', 'b', undefined, '$G'],
      ['unsubscribe', 'b', undefined],
      ['unsubscribe', 'a', 'q'],
      ['disconnect', 'me', 'PEER_CLOSED', '$G'],
    ]);
  });

  it('tell of subscriptions that a second CONNECT ends', async () => {
    const account = (name: string) => ({ users: [{ user: name, password: 'p' }] });
    const broker = await embedded({ accounts: { A: account('a'), B: account('b') } });
    const told: unknown[] = [];
    broker
      .on('subscribe', ({ subject, account }) => told.push(['subscribe', subject, account]))
      .on('unsubscribe', ({ subject, account }) => told.push(['unsubscribe', subject, account]));
    const peer = await natsPeer(broker, { user: 'a', pass: 'p' });
    await peer.send('SUB x 1\r\n').settle();
    await peer.send('CONNECT {"user":"b","pass":"p","verbose":false,"pedantic":false}\r\n').settle();
    await turns();
    expect(told).to.deep.equal([
      ['subscribe', 'x', 'A'],
      ['unsubscribe', 'x', 'A'],
    ]);
  });

  it('tell of ends in this process, too', async () => {
    const broker = await embedded();
    const told: unknown[] = [];
    broker
      .on('connect', ({ dialect }) => told.push(dialect))
      .on('disconnect', ({ reason }) => told.push(reason));
    broker.subscribe('a').destroy();
    await turns();
    expect(told).to.deep.equal(['local', 'QUIT']);
  });

  it('come after whatever caused them, and not to who has left', async () => {
    const broker = await embedded();
    const told: string[] = [];
    const listener = () => told.push('told');
    broker.once('subscribe', listener);
    broker.subscribe('a');
    told.push('after');
    broker.subscribe('a');
    await turns();
    expect(told).to.deep.equal(['after', 'told']);
    broker.on('subscribe', listener);
    broker.subscribe('a');
    broker.off('subscribe', listener);
    await turns();
    expect(told.length).to.equal(2);
  });

  it('cost nothing without listeners', async () => {
    const running = await RunningBroker.create(configFrom(), pino({ level: 'silent' }));
    const events = new Events(running);
    const { core } = running;
    const listener = (_: BrokerEvents['connect'][0]) => {};
    expect(core.interest.isListening).to.equal(false);
    events.on('connect', listener);
    expect(core.interest.isListening).to.equal(true);
    events.off('connect', listener);
    expect(core.interest.isListening).to.equal(false);
    events.once('error', () => {});
    expect(core.interest.isListening).to.equal(true);
    events.emit('error', () => 1);
    await turns();
    expect(core.interest.isListening).to.equal(false);
    await running.close();
  });

  it('an error without a listener ends nothing', async () => {
    const broker = await embedded();
    broker.reply('svc', () => {
      throw new Error('of the program');
    });
    await broker.request('svc').catch(() => {});
    await turns();
    const heard = new Promise((resolve) => broker.on('error', resolve));
    await broker.request('svc').catch(() => {});
    expect(await soon('the error', heard)).to.have.property('message', 'of the program');
  });
});
