import { once } from 'node:events';
import { connect } from 'node:net';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import type { Address } from '../../lib/config.js';
import { Peer } from '../support/peer.js';
import { soon } from '../support/until.js';
import { bytes, nats } from '../support/wire.js';

const MESSAGES = 500;

interface Thread {
  readonly worker: Worker;
  readonly address: Address;
}

describe('a broker in a worker thread', () => {
  const workers: Worker[] = [];
  const peers: Peer[] = [];
  afterEach(async () => {
    for (const peer of peers.splice(0)) peer.reset();
    await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
  });

  async function start(): Promise<Thread> {
    const worker = new Worker(new URL('../support/broker-thread.js', import.meta.url));
    workers.push(worker);
    const [address] = (await soon('the broker listens', once(worker, 'message'))) as [Address];
    return { worker, address };
  }

  async function client({ address }: Thread): Promise<Peer> {
    const peer = new Peer(connect(address.port, address.host), 'nats');
    peers.push(peer);
    peer.answersPings = true;
    await peer.next();
    peer.send('CONNECT {"verbose":false,"pedantic":false}\r\n');
    await peer.settle();
    return peer;
  }

  /** Gets messages of this thread, of the other one's socket, and an answer of its program. */
  async function exchange(thread: Thread): Promise<void> {
    const subscriber = await client(thread);
    subscriber.send(nats.sub('from.*.*', '1'));
    await subscriber.settle();
    thread.worker.postMessage(MESSAGES);
    const ofThread = await subscriber.nextOnes(MESSAGES);
    expect(ofThread).to.deep.equal(framesOf('from.thread', '1'));

    const publisher = await client(thread);
    const sent = Array.from({ length: MESSAGES }, (_, i) => nats.pub(`from.main.${i}`, `${i} `.repeat(400)));
    publisher.send(bytes(...sent));
    expect(await subscriber.nextOnes(MESSAGES)).to.deep.equal(framesOf('from.main', '1'));

    publisher.send(nats.sub('answer', '2'), nats.pub('thread.echo', 'question', { reply: 'answer' }));
    await publisher.expect('MSG answer 2 8\r\nquestion');
  }

  it('serves clients of both threads and its own program, and ends with terminate()', async () => {
    const thread = await start();
    await exchange(thread);
    const idle = await client(thread);
    const exit = once(thread.worker, 'exit');
    await soon('the thread ends', thread.worker.terminate());
    await soon('its exit', exit);
    await soon('the connection ends', idle.closed);
    const late = connect(thread.address.port, thread.address.host);
    const [error] = (await soon(
      'a refusal',
      once(late, 'error').catch((thrown) => [thrown]),
    )) as [NodeJS.ErrnoException];
    expect(error.code).to.equal('ECONNREFUSED');
  });

  it('works in two threads at once, each by itself', async () => {
    const threads = await Promise.all([start(), start()]);
    await Promise.all(threads.map(exchange));
    const [first, second] = threads;
    await first.worker.terminate();
    const peer = await client(second);
    peer.send(nats.sub('a', '1'), nats.pub('a', 'still here'));
    await peer.expect('MSG a 1 10\r\nstill here');
  });
});

/** What the subscriber gets, as `Peer` gives it: without the last line end. */
function framesOf(subject: string, sid: string): string[] {
  return Array.from({ length: MESSAGES }, (_, i) =>
    nats.msg(`${subject}.${i}`, sid, `${i} `.repeat(400)).toString('latin1').slice(0, -2),
  );
}
