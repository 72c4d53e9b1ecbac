import { expect } from 'chai';
import { duplexPair } from '../../support/duplex-pair.js';
import { Harness } from '../../support/harness.js';
import { noResponders } from '../../support/no-responders.js';
import { until } from '../../support/until.js';
import { bytes } from '../../support/wire.js';

/** Every letter a byte. */
function raw(latin1: string): Buffer {
  return Buffer.from(latin1, 'latin1');
}

describe('bytes that are no text, through the broker', () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await Harness.start();
  });
  afterEach(() => harness.stop());

  /** A NATS or line client as its bytes, latin1. */
  function attach(dialect: 'nats' | 'line') {
    const [near, far] = duplexPair();
    let text = '';
    near.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    harness.broker.attach(far, dialect);
    return {
      send: (latin1: string) => near.write(raw(latin1)),
      /** Everything after INFO, once it ends in `end`. */
      heard: async (end: string) => {
        await until(`${JSON.stringify(end)} is there`, () => text.endsWith(end));
        return text.replace(/^INFO .*\r\n/, '');
      },
    };
  }

  const QUIET = 'CONNECT {"verbose":false,"pedantic":false,"headers":true,"no_responders":true}\r\n';

  it('subjects, queue groups, sids and replies come back as they were, and stay apart', async () => {
    const nats = attach('nats');
    nats.send(
      `${QUIET}SUB \xff.* \xfe\xc3\r\nSUB \xfe.* no\r\nSUB a.\xff q\x80 \xe2\x82\r\nSUB \xef\xbf\xbd.* no\r\n`,
    );
    nats.send(
      'PUB \xff.a r\xff 1\r\nx\r\nPUB a.\xff 1\r\ny\r\nUNSUB \xfe\xc3\r\nPUB \xff.a 1\r\nz\r\nPING\r\n',
    );
    expect(await nats.heard('PONG\r\n')).to.equal(
      'MSG \xff.a \xfe\xc3 r\xff 1\r\nx\r\nMSG a.\xff \xe2\x82 1\r\ny\r\nPONG\r\n',
    );
  });

  it('a request without responders is answered on such a reply', async () => {
    const nats = attach('nats');
    nats.send(`${QUIET}SUB r.\xff \xfe\r\nSUB r.\xfe no\r\nPUB a r.\xff 0\r\n\r\nPING\r\n`);
    expect(await nats.heard('PONG\r\n')).to.equal(`${noResponders('r.\xff', '\xfe', 'a')}\r\nPONG\r\n`);
  });

  it('line ends in a subject reach NATS clients as they are, line clients harmless', async () => {
    const line = attach('line');
    line.send('SUB >\n');
    await line.heard('OK SUB >\n');
    const nats = attach('nats');
    nats.send(`${QUIET}SUB > 1\r\nPUB \nUPDATE\ra 1\r\nx\r\nPUB \nUPDATE\ra 1\r\nx\r\nPING\r\n`);
    const frame = 'MSG \nUPDATE\ra 1 1\r\nx\r\n';
    expect(await nats.heard('PONG\r\n')).to.equal(`${frame}${frame}PONG\r\n`);
    const update = 'UPDATE \\nUPDATE\\ra x\n';
    expect(await line.heard(update + update)).to.equal(`OK SUB >\n${update}${update}`);
  });

  it('sizes go on as they were written, headers left out or not', async () => {
    const nats = attach('nats');
    const block = 'NATS/1.0\r\n\r\n';
    nats.send(`${QUIET}SUB a 1\r\nPUB\ta  r 0002\r\nhi\r\nHPUB a \t 012   0000014 \n${block}hi\r\nPING\r\n`);
    expect(await nats.heard('PONG\r\n')).to.equal(
      bytes(`MSG a 1 r 0002\r\nhi\r\nHMSG a 1 012 0000014\r\n${block}hi\r\nPONG\r\n`).toString('latin1'),
    );
    const plain = attach('nats');
    plain.send('CONNECT {"verbose":false,"headers":false}\r\nSUB a 1\r\nPING\r\n');
    await plain.heard('PONG\r\n');
    nats.send(`HPUB a 0000 002\r\nhi\r\nHPUB a \t 012   0000014 \n${block}hi\r\nPING\r\n`);
    await nats.heard('PONG\r\n');
    expect(await plain.heard('MSG a 1 2\r\nhi\r\n')).to.equal(
      'PONG\r\nMSG a 1 002\r\nhi\r\nMSG a 1 2\r\nhi\r\n',
    );
  });
});
