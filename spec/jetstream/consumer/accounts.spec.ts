import { expect } from 'chai';
import { Harness } from '../../support/harness.js';
import { JsPeer } from '../../support/jetstream/js-peer.js';

describe('consumers of another account', () => {
  let harness: Harness;
  let owner: JsPeer;
  let other: JsPeer;

  beforeEach(async () => {
    harness = await Harness.start({
      jetstream: { enabled: true },
      accounts: {
        JS: {
          jetstream: true,
          users: [{ user: 'js', password: 'js' }],
          exports: [
            { service: '$JS.API.>', response_type: 'Stream' },
            { service: '$JS.ACK.>' },
            { stream: 'deliver.>' },
          ],
        },
        A: {
          users: [{ user: 'a', password: 'a' }],
          imports: [
            { service: { account: 'JS', subject: '$JS.API.>' }, to: 'there.>' },
            { service: { account: 'JS', subject: '$JS.ACK.>' } },
            { stream: { account: 'JS', subject: 'deliver.>' }, to: 'from.there.>' },
          ],
        },
      },
    });
    owner = await JsPeer.connect(harness, { user: 'js', pass: 'js' });
    other = await JsPeer.connect(harness, { user: 'a', pass: 'a' });
    await owner.stream('T', { subjects: ['t.*'] });
    await owner.store('t.a', 't.b');
  });
  afterEach(() => harness.stop());

  it('are asked for messages through an imported service, and told that they have arrived', async () => {
    await owner.consumer('T', 'c');
    other.send('there.CONSUMER.MSG.NEXT.T.c', '2', other.listen());
    const first = await other.next();
    expect([first.subject, first.payload]).to.deep.equal(['t.a', 'xy']);
    expect(first.reply).to.match(/^\$JS\.ACK\.T\.c\.1\.1\.1\./);
    expect((await other.next()).subject).to.equal('t.b');
    await other.ask(first.reply ?? '', '+ACK');
    expect(await owner.numbers('T', 'c')).to.equal('2/2 1/1 1 +0');
  });

  it('deliver through an imported stream while something listens there', async () => {
    await owner.consumer('T', 'c', { deliver_subject: 'deliver.c' });
    expect(await owner.api('CONSUMER.INFO.T.c')).to.not.have.property('push_bound');
    other.client.send('SUB from.there.* 1\r\n');
    expect(await other.show(2)).to.deep.equal(['t.a [1 1 1 1]', 't.b [1 2 2 0]']);
    expect(await owner.api('CONSUMER.INFO.T.c')).to.include({ push_bound: true });
  });
});
