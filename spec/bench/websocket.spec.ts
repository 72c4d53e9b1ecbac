import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { WEBSOCKET_PAIRS } from '../../tools/bench/cells.js';
import type { Figure } from '../../tools/bench/figures.js';
import { splice } from '../../tools/bench/markdown.js';
import { parseOptions } from '../../tools/bench/options.js';
import { partsOf } from '../../tools/bench/parts.js';
import { type ResultFile, resultFile } from '../../tools/bench/results.js';
import { clientFrame, FrameStripper } from '../../tools/bench/websocket-frames.js';
import { WEBSOCKET_PAGE, websocketPart } from '../../tools/bench/websocket-page.js';
import { frameOf, framesIn } from '../support/websocket.js';

const RESULTS = 'tools/bench/results/websocket.json';
const MASK = Buffer.from([0x5a, 0xc3, 0x96, 0x0f]);

function strip(bytes: Buffer, ...cuts: readonly number[]): string {
  let text = '';
  const stripper = new FrameStripper((chunk, length) => {
    text += chunk.toString('latin1', 0, length);
  });
  let from = 0;
  for (const to of [...cuts, bytes.length]) {
    // What is behind the length is of the read before, and none of it.
    const chunk = Buffer.concat([bytes.subarray(from, to), Buffer.from('old')]);
    stripper.feed(chunk, to - from);
    from = to;
  }
  return text;
}

describe('bench: WebSockets', () => {
  for (const length of [0, 1, 125, 126, 65_535, 65_536])
    it(`sends ${length} bytes as a client does`, () => {
      const payload = Buffer.alloc(length, 'abcdefg');
      expect(clientFrame(payload).equals(frameOf({ payload, key: MASK }))).to.equal(true);
    });

  it('takes what a server sends apart, wherever it is cut', () => {
    const bytes = Buffer.concat([
      frameOf({ payload: 'MSG a 1 2\r\n', final: false, key: undefined }),
      frameOf({ op: 9, payload: 'ping', key: undefined }),
      frameOf({ op: 0, payload: 'hi\r\n', key: undefined }),
      frameOf({ payload: 'x'.repeat(300), key: undefined }),
      frameOf({ payload: '', key: undefined }),
      frameOf({ payload: 'end', key: undefined }),
    ]);
    expect(framesIn(bytes).frames).to.have.lengthOf(6);
    const text = `MSG a 1 2\r\nhi\r\n${'x'.repeat(300)}end`;
    for (let cut = 0; cut <= bytes.length; cut++) expect(strip(bytes, cut)).to.equal(text);
    expect(strip(bytes, ...bytes.keys())).to.equal(text);
    const long = frameOf({ payload: 'y'.repeat(70_000), key: undefined });
    expect(strip(long, 5, 40)).to.have.lengthOf(70_000);
  });

  it('fails where the server ends it', () => {
    expect(() => strip(frameOf({ op: 8, payload: '', key: undefined }))).to.throw('closed the WebSocket');
  });

  it('measures each cell over TCP as well', () => {
    for (const [tcp, websocket] of WEBSOCKET_PAIRS) {
      const { carrier, group, shape, title, id, expected, ...load } = websocket;
      expect(tcp).to.include({ ...load, carrier: 'tcp' });
      expect([carrier, group, expected]).to.deep.equal(['websocket', 'websocket', 1]);
      expect([`websocket-${tcp.shape}`, `websocket-${tcp.id}`]).to.deep.equal([shape, id]);
      expect(title).not.to.equal('');
    }
    const { cells, probes, curves, whole } = partsOf(parseOptions(['--websocket'], {}, 2));
    expect(cells).to.have.members(WEBSOCKET_PAIRS.flat());
    expect([probes, curves, whole]).to.deep.equal([[], false, false]);
  });

  it('puts both side by side', () => {
    const figures = WEBSOCKET_PAIRS.flat().flatMap(({ id, group, carrier }): readonly Figure[] => {
      const factor = carrier === 'tcp' ? 1 : 2;
      const samples = (value: number) => ({ sluice: [value], 'nats-server 2.10.29': [value * 2] });
      const common = { group, title: id };
      return [
        {
          ...{ ...common, id: `${id} rate`, unit: 'messages/s', better: 'higher' },
          samples: samples(1e6 / factor),
        },
        {
          ...{ ...common, id: `${id} cpu`, unit: 'CPU s per million', better: 'lower' },
          samples: samples(0.3 * factor),
        },
      ];
    });
    const contenders = [
      { name: 'sluice', version: '0.1.0', role: 'subject' },
      { name: 'nats-server 2.10.29', version: '2.10.29', role: 'peer' },
    ] as const;
    const plan = { rounds: 1, runSeconds: 1, loadProcesses: 2, size: 'full' } as const;
    const text = websocketPart(resultFile(contenders, plan, figures, [])).replace(/ +/g, ' ');
    expect(text).to.include('| 1→1, 1 KiB | 0.300 | 0.600 | +0.300 | 0.600 | 1.20 | +0.600 |');
    expect(text).to.include('| 1→1, 1 KiB | 1.00 M/s | 500 k/s | 0.50× | 2.00 M/s | 1.00 M/s | 0.50× |');
  });

  it(`${WEBSOCKET_PAGE} is what ${RESULTS} says; if not: make bench-docs`, () => {
    expect(existsSync(RESULTS)).to.equal(true);
    const page = readFileSync(WEBSOCKET_PAGE, 'utf8');
    const file = JSON.parse(readFileSync(RESULTS, 'utf8')) as ResultFile;
    expect(page).to.equal(splice(page, 'bench-websocket', websocketPart(file)));
  });
});
