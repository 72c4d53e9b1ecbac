import { expect } from 'chai';
import { Leaf } from '../support/leaf/leaf.js';

const HEADERS = 'NATS/1.0\r\nA: bee\r\n\r\n';

function bodyOf(frame: string): string {
  return frame.slice(-1);
}

describe('queue groups across a link', () => {
  let leaf: Leaf;
  afterEach(() => leaf.stop());

  it('are named with each message of a read, in order', async () => {
    leaf = await Leaf.start();
    const link = await leaf.link();
    link.send('LS+ a q 2\r\nLS+ a r 1\r\nLS+ a.b.c.d.e.f q 1\r\n');
    await link.settled();
    const client = await leaf.client();
    client.send(
      'CONNECT {"verbose":false,"headers":true}\r\n',
      'PUB a 1\r\n1\r\nPUB a 1\r\n2\r\nPUB a rp 1\r\n3\r\n',
      `HPUB a ${HEADERS.length} ${HEADERS.length + 1}\r\n${HEADERS}4\r\n`,
      'pub  a   01\r\n5\r\nPUB none 1\r\n6\r\nPUB a.b.c.d.e.f 1\r\n7\r\n',
    );
    await client.settle();
    expect(await link.settled()).to.equal(
      `LMSG a | q r 1\r\n1\r\nLMSG a | q r 1\r\n2\r\nLMSG a + rp q r 1\r\n3\r\n` +
        `HMSG a | q r ${HEADERS.length} ${HEADERS.length + 1}\r\n${HEADERS}4\r\n` +
        `LMSG a | q r 1\r\n5\r\nLMSG a.b.c.d.e.f | q 1\r\n7\r\n`,
    );
  });

  it('are named only for messages that no member here takes, and plain subscribers here get all', async () => {
    leaf = await Leaf.start();
    const link = await leaf.link();
    link.send('LS+ a q 1\r\nLS+ a r 1\r\n');
    await link.settled();
    const [client, member] = [await leaf.client(), await leaf.client()];
    member.send('SUB a q 1\r\nUNSUB 1 2\r\nSUB a 2\r\n');
    await member.settle();
    await link.settled();
    client.send('PUB a 1\r\n1\r\nPUB a 1\r\n2\r\nPUB a 1\r\n3\r\nPUB a 1\r\n4\r\n');
    await client.settle();
    const heard = await member.settle();
    expect(heard.filter((frame) => frame.startsWith('MSG a 2 ')).map(bodyOf)).to.deep.equal([
      '1',
      '2',
      '3',
      '4',
    ]);
    expect(heard.filter((frame) => frame.startsWith('MSG a 1 ')).map(bodyOf)).to.deep.equal(['1', '2']);
    expect((await link.settled()).replace(/LS- .*\r\n/g, '')).to.equal(
      'LMSG a | r 1\r\n1\r\nLMSG a | r 1\r\n2\r\nLMSG a | q r 1\r\n3\r\nLMSG a | q r 1\r\n4\r\n',
    );
  });

  it('get what comes over it, each message to the groups that it names', async () => {
    leaf = await Leaf.start();
    const link = await leaf.link();
    const client = await leaf.client();
    client.send(
      'CONNECT {"verbose":false,"headers":true}\r\nSUB a q 1\r\nSUB a r 2\r\nSUB a 3\r\nSUB big q 4\r\n',
    );
    await client.settle();
    await link.settled();
    const big = 'x'.repeat(70_000);
    link.send(
      'LMSG a | q 1\r\n1\r\nLMSG a | q 1\r\n2\r\nLMSG a 1\r\n3\r\nLMSG a + rp r q 1\r\n4\r\nLMSG a | none 1\r\n5\r\n' +
        `LMSG big | q 70000\r\n${big}\r\nHMSG a | r ${HEADERS.length} ${HEADERS.length + 1}\r\n${HEADERS}6\r\nLMSG a 1\r\n7\r\n`,
    );
    await link.settled();
    const heard = await client.settle();
    const bodies = (sid: number) =>
      heard.filter((frame) => new RegExp(`^H?MSG a ${sid} `).test(frame)).map(bodyOf);
    expect(bodies(1), 'q').to.deep.equal(['1', '2', '4']);
    expect(bodies(2), 'r').to.deep.equal(['4', '6']);
    expect(bodies(3), 'no group').to.deep.equal(['1', '2', '3', '4', '5', '6', '7']);
    expect(heard).to.include(`MSG big 4 70000\r\n${big}`);
    expect(heard).to.include('MSG a 1 rp 1\r\n4');
  });
});
