import { expect } from 'chai';
import { type Config, configFrom, type SettingsInput } from '../../lib/config.js';
import { duplexPair } from '../support/duplex-pair.js';
import { type Client, Harness } from '../support/harness.js';
import { RawLink } from '../support/leaf/raw-server.js';

const user = (name: string) => ({ user: name, password: name });

const ACCOUNTS: SettingsInput = {
  accounts: {
    A: {
      users: [user('ann')],
      exports: [{ stream: 'ex.>' }, { stream: 'ey.*.*' }, { service: 'svc.a' }],
    },
    B: {
      users: [user('bob')],
      imports: [
        { stream: { account: 'A', subject: 'ex.>' } },
        { stream: { account: 'A', subject: 'ey.*.*' }, to: 'y.$2.$1' },
        { service: { account: 'A', subject: 'svc.a' }, to: 'svc.b' },
      ],
    },
  },
};

/** What `text` tells of interest, loops and replies left out. */
function told(text: string): string[] {
  return (text.match(/LS[+-] (?!\$LDS|_R_)[^\r]+/g) ?? []).sort();
}

describe('links of accounts that import from each other', () => {
  let hub: Harness;
  let config: Config;
  beforeEach(async () => {
    hub = await Harness.start(ACCOUNTS, (made) => {
      config = made;
      return made;
    });
  });
  afterEach(() => hub.stop());

  async function leaf(name: string): Promise<{ readonly link: RawLink; readonly first: string }> {
    const [near, far] = duplexPair();
    hub.broker.attach(far, 'leaf');
    hub.wires.push(near);
    const link = new RawLink(near);
    await link.json('INFO');
    link.send(`CONNECT {"version":"2.15.3","headers":true,"user":"${name}","pass":"${name}"}\r\n`);
    await link.json('INFO');
    return { link, first: await link.settled() };
  }

  async function client(name: string): Promise<Client> {
    return hub.connect('nats', { options: { verbose: false, user: name, pass: name, headers: true } });
  }

  it('a link is told of what other accounts import, as far as they have subscribers', async () => {
    const bob = await client('bob');
    bob.send('SUB ex.1 1\r\nSUB other 2\r\nSUB y.2.1 3\r\n');
    await bob.settle();
    const { link, first } = await leaf('ann');
    expect(told(first)).to.deep.equal(['LS+ ex.1', 'LS+ ey.1.2']);
    bob.send('SUB > 4\r\nSUB ex.> 5\r\nSUB ex.1 6\r\nSUB y.*.7 grp 7\r\nSUB y.*.7 grp 8\r\n');
    await bob.settle();
    expect(told(await link.settled())).to.deep.equal([
      'LS+ ex.>',
      'LS+ ey.*.*',
      'LS+ ey.7.* grp 1',
      'LS+ ey.7.* grp 2',
    ]);
    bob.send('UNSUB 1\r\nUNSUB 4\r\nUNSUB 7\r\n');
    await bob.settle();
    expect(told(await link.settled()), 'what has others stays').to.deep.equal([
      'LS+ ey.7.* grp 1',
      'LS- ey.*.*',
    ]);
    bob.wire.destroy();
    const ann = await client('ann');
    ann.send('SUB ex.1 1\r\n');
    await ann.settle();
    const last = await link.settled();
    expect(told(last).filter((line) => line.startsWith('LS-'))).to.include.members([
      'LS- ex.>',
      'LS- ey.1.2',
      'LS- ey.7.* grp',
    ]);
  });

  it('what a leaf publishes there arrives, in queue groups that it names as well', async () => {
    const bob = await client('bob');
    bob.send('SUB ex.1 1\r\nSUB y.2.1 grp 2\r\n');
    await bob.settle();
    const { link } = await leaf('ann');
    link.send('LMSG ex.1 1\r\na\r\nLMSG ey.1.2 | grp 1\r\nb\r\nLMSG ey.1.2 1\r\nc\r\n');
    await link.settled();
    expect((await bob.settle()).filter((frame) => frame.startsWith('MSG'))).to.deep.equal([
      'MSG ex.1 1 1\r\na',
      'MSG y.2.1 2 1\r\nb',
    ]);
  });

  it('leafs of the importing account count, and get what is published', async () => {
    const { link: importing } = await leaf('bob');
    importing.send('LS+ ex.1\r\nLS+ y.*.1 grp 3\r\n');
    await importing.settled();
    const { link, first } = await leaf('ann');
    expect(told(first)).to.deep.equal(['LS+ ex.1', 'LS+ ey.1.* grp 3']);
    const ann = await client('ann');
    ann.send('PUB ex.1 1\r\na\r\nPUB ey.1.2 1\r\nb\r\n');
    await ann.settle();
    expect(await importing.settled()).to.equal('LMSG ex.1 1\r\na\r\nLMSG y.2.1 | grp 1\r\nb\r\n');
    importing.wire.destroy();
    await link.saw('LS- ex.1\r\n');
  });

  it('a reload that takes imports away, or adds some, changes what links are told of', async () => {
    const bob = await client('bob');
    bob.send('SUB ex.1 1\r\nSUB z.1 2\r\nSUB y.2.1 3\r\n');
    await bob.settle();
    const { link } = await leaf('ann');
    const { A, B } = ACCOUNTS.accounts as { A: object; B: { imports: object[] } };
    const imports = [{ stream: { account: 'A', subject: 'ex.>' }, prefix: 'z' }, B.imports[1]!];
    const exports = [{ stream: 'ex.>' }, { stream: 'ey.*.*' }];
    const changed = { accounts: { A: { ...A, exports }, B: { ...B, imports } } };
    await hub.broker.reload({ ...config, accounts: configFrom(changed).accounts });
    await bob.settle();
    bob.send('SUB z.ex.7 4\r\n');
    await bob.settle();
    expect(told(await link.settled()).filter((line) => !line.includes('svc'))).to.deep.equal([
      'LS+ ex.7',
      'LS- ex.1',
    ]);
  });

  it('a leaf can use what its account imports as a service, wherever the responder is', async () => {
    const { link: asking, first } = await leaf('bob');
    expect(told(first)).to.deep.equal(['LS+ svc.b']);
    const ann = await client('ann');
    ann.send('SUB svc.a 1\r\n');
    await ann.settle();
    asking.send('LS+ re.1\r\nLMSG svc.b re.1 1\r\nq\r\n');
    await asking.settled();
    const [request = ''] = (await ann.settle()).filter((frame) => /^H?MSG svc/.test(frame));
    const [reply] = /_R_\S+/.exec(request) ?? [];
    ann.send(`UNSUB 1\r\nPUB ${reply} 1\r\nr\r\n`);
    await ann.settle();
    expect(await asking.settled()).to.equal('LMSG re.1 1\r\nr\r\n');
    const { link: responding, first: responses } = await leaf('ann');
    const [pattern = ''] = /(?<=LS\+ )_R_\S+/.exec(responses) ?? [];
    expect(pattern).to.match(/^_R_\.[^.]+\.\*$/);
    responding.send('LS+ svc.a\r\n');
    await responding.settled();
    const bob = await client('bob');
    bob.send('SUB re.2 1\r\nPUB svc.b re.2 1\r\nq\r\n');
    await bob.settle();
    const sent = await responding.settled();
    const [back = ''] = /_R_\S+/.exec(sent) ?? [];
    expect(back.startsWith(pattern.slice(0, -1)), sent).to.equal(true);
    responding.send(`LMSG ${back} 1\r\nr\r\n`);
    await responding.settled();
    expect((await bob.settle()).filter((frame) => frame.startsWith('MSG'))).to.deep.equal([
      'MSG re.2 1 1\r\nr',
    ]);
  });
});
