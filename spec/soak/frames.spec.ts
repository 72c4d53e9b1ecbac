import { expect } from 'chai';
import { type ClientProtocol, readerOf } from '../../tools/soak/frames.js';
import { seeded } from '../support/random.js';
import { inPartsOf, inRandomParts } from '../support/splits.js';

function heard(protocol: ClientProtocol, parts: readonly Buffer[]): string[] {
  const all: string[] = [];
  const reader = readerOf(protocol, {
    onMessage: (bytes, start, end) => all.push(`<${bytes.toString('latin1', start, end)}>`),
    onLine: (line) => all.push(line),
  });
  for (const part of parts) reader.feed(part);
  return all;
}

const CASES: Readonly<Record<ClientProtocol, readonly [wire: string, heard: readonly string[]]>> = {
  nats: [
    `INFO {} \r\nPING\r\nMSG a 1 2\r\nhi\r\nMSG a.b 12 r.x 0\r\n\r\nPONG\r\nMSG a 1 6\r\nPING\r\n\r\n-ERR 'x'\r\nMSG a 1 300\r\n${'y'.repeat(300)}\r\n`,
    ['INFO {} ', 'PING', '<hi>', '<>', 'PONG', '<PING\r\n>', "-ERR 'x'", `<${'y'.repeat(300)}>`],
  ],
  line: [
    'OK SUB a\nUPDATE a hi there\nPONG\nUPDATE a.b #1.2.3 x\r\nERR what\nUPDATE a  \n',
    ['OK SUB a', '<hi there>', 'PONG', '<#1.2.3 x>', 'ERR what', '< >'],
  ],
  redis: [
    '*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n+PONG\r\n*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$4\r\nh\r\ni\r\n:20\r\n*2\r\n$4\r\npong\r\n$0\r\n\r\n',
    ['SUBSCRIBE', '+PONG', '<h\r\ni>', ':20', 'PONG'],
  ],
};

describe('soak: the readers', () => {
  for (const [protocol, [wire, wanted]] of Object.entries(CASES)) {
    it(`hear the same of ${protocol} however it is cut`, () => {
      const bytes = Buffer.from(wire, 'latin1');
      const cuttings = [[bytes], ...[1, 2, 3, 7, 50].map((size) => inPartsOf(bytes, size))];
      for (let i = 0; i < 50; i++) cuttings.push(inRandomParts(bytes, seeded(i)));
      for (const parts of cuttings) expect(heard(protocol as ClientProtocol, parts)).to.deep.equal(wanted);
    });
  }

  it('throw where a payload has no line end', () => {
    expect(() => heard('nats', [Buffer.from('MSG a 1 2\r\nhixx')])).to.throw('no line end');
  });
});
