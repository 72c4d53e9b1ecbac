import { expect } from 'chai';
import { duplexPair } from '../../support/duplex-pair.js';
import { Harness } from '../../support/harness.js';
import { JsPeer } from '../../support/jetstream/js-peer.js';
import { RawLink } from '../../support/leaf/raw-server.js';
import { until } from '../../support/until.js';

describe('deliveries to another server', () => {
  let hub: Harness;
  afterEach(() => hub.stop());

  it('have the subject of the message after an @ in their reply', async () => {
    hub = await Harness.start({ jetstream: { enabled: true }, leaf: { listener: '127.0.0.1:0' } });
    const peer = await JsPeer.connect(hub);
    await peer.stream('T', { subjects: ['t.*'] });
    await peer.store('t.a', 't.b');
    const [near, far] = duplexPair();
    hub.broker.attach(far, 'leaf');
    hub.wires.push(near);
    const leaf = new RawLink(near);
    await leaf.json('INFO');
    leaf.send('CONNECT {"version":"2.15.3","headers":true}\r\n');
    await leaf.saw('LS+ $LDS.');
    leaf.send('LS+ d\r\n');
    await leaf.settled();
    await peer.consumer('T', 'c', { deliver_subject: 'd' });
    await until('both have come', () => /LMSG d .*LMSG d /s.test(leaf.text));
    const frames = await leaf.settled();
    expect(frames).to.match(/LMSG d \$JS\.ACK\.T\.c\.1\.1\.1\.\d+\.1@t\.a 2\r\nxy\r\n/);
    expect(frames).to.match(/LMSG d \$JS\.ACK\.T\.c\.1\.2\.2\.\d+\.0@t\.b 2\r\nxy\r\n/);
    leaf.send(`LMSG ${/\$JS\.ACK[^@]*/.exec(frames)?.[0]} 0\r\n\r\n`);
    await leaf.settled();
    expect(await peer.numbers('T', 'c')).to.equal('2/2 1/1 1 +0');
  });
});
