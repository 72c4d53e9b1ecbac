import { expect } from 'chai';
import { Harness } from '../../support/harness.js';
import { JsPeer, numbersOf } from '../../support/jetstream/js-peer.js';

const TEN = ['a', 'b', 'c', 'a', 'b', 'c', 'a', 'b', 'c', 'a'].map((token) => `t.${token}`);

describe('the numbers of a consumer', () => {
  let harness: Harness;
  let peer: JsPeer;

  beforeEach(async () => {
    harness = await Harness.start({ jetstream: { enabled: true } });
    peer = await JsPeer.connect(harness);
    await peer.stream('T', { subjects: ['t.*'] });
    await peer.store(...TEN);
  });
  afterEach(() => harness.stop());

  async function pull(consumer: string, request: string | object): Promise<string> {
    const inbox = peer.listen();
    peer.send(`$JS.API.CONSUMER.MSG.NEXT.T.${consumer}`, request, inbox);
    return inbox;
  }

  describe('as it is made: delivered, ack floor, pending, to be delivered', () => {
    const ROWS: readonly (readonly [config: object, numbers: string])[] = [
      [{}, '0/0 0/0 0 +10'],
      [{ filter_subject: 't.a' }, '0/0 0/0 0 +4'],
      [{ deliver_policy: 'last_per_subject', filter_subject: 't.>' }, '0/7 0/7 0 +3'],
      [{ deliver_policy: 'last' }, '0/9 0/9 0 +1'],
      [{ deliver_policy: 'last', filter_subject: 't.b' }, '0/7 0/7 0 +1'],
      [{ deliver_policy: 'new' }, '0/10 0/10 0 +0'],
      [{ deliver_policy: 'by_start_sequence', opt_start_seq: 5, filter_subject: 't.c' }, '0/4 0/4 0 +2'],
      [{ filter_subjects: ['t.a', 't.c'] }, '0/0 0/0 0 +7'],
      [{ ack_policy: 'all' }, '0/0 0/0 0 +10'],
      [{ ack_policy: 'none' }, '0/0 0/0 0 +10'],
    ];
    for (const [config, numbers] of ROWS)
      it(JSON.stringify(config), async () => {
        expect(numbersOf(await peer.consumer('T', 'c', config))).to.equal(numbers);
      });
  });

  it('move as messages are delivered and acknowledged', async () => {
    await peer.consumer('T', 'c', { filter_subject: 't.a' });
    await pull('c', '2');
    const [first, second] = [await peer.next(), await peer.next()];
    expect(first.reply).to.match(/^\$JS\.ACK\.T\.c\.1\.1\.1\.\d{19}\.3$/);
    expect(second.reply).to.match(/^\$JS\.ACK\.T\.c\.1\.4\.2\.\d{19}\.2$/);
    expect(await peer.numbers('T', 'c')).to.equal('2/4 0/0 2 +2');
    peer.send(second.reply ?? '');
    expect(await peer.numbers('T', 'c')).to.equal('2/4 0/0 1 +2');
    peer.send(first.reply ?? '');
    expect(await peer.numbers('T', 'c')).to.equal('2/4 2/4 0 +2');
  });

  it('with the last of each subject', async () => {
    await peer.consumer('T', 'c', { deliver_policy: 'last_per_subject', filter_subject: 't.>' });
    await pull('c', { batch: 10, no_wait: true });
    expect(await peer.show(4)).to.deep.equal([
      't.b [1 8 1 2]',
      't.c [1 9 2 1]',
      't.a [1 10 3 0]',
      'NATS/1.0 404 No Messages',
    ]);
    await peer.store('t.b');
    expect(await peer.numbers('T', 'c')).to.equal('3/10 0/7 3 +1');
  });

  it('with acknowledgements of all before', async () => {
    await peer.consumer('T', 'c', { ack_policy: 'all' });
    await pull('c', '4');
    const messages = [await peer.next(), await peer.next(), await peer.next(), await peer.next()];
    peer.send(messages[2]?.reply ?? '');
    expect(await peer.numbers('T', 'c')).to.equal('4/4 3/3 1 +6');
  });

  it('after purges', async () => {
    await peer.consumer('T', 'c');
    await pull('c', '3');
    await peer.show(3);
    expect(await peer.api('STREAM.PURGE.T', { seq: 3 })).to.include({ purged: 2 });
    expect(await peer.numbers('T', 'c')).to.equal('3/3 2/2 1 +7');
    await peer.api('STREAM.PURGE.T');
    expect(await peer.numbers('T', 'c')).to.equal('3/10 3/10 0 +0');
  });

  it('of what was not delivered move with a purge of one subject', async () => {
    await peer.consumer('T', 'c');
    expect(await peer.api('STREAM.PURGE.T', { filter: 't.a' })).to.include({ purged: 4 });
    expect(await peer.numbers('T', 'c')).to.equal('0/1 0/1 0 +6');
  });
});
