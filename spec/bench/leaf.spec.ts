import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { figuresOf } from '../../tools/bench/cell-figures.js';
import { CELLS, LEAF_CELLS, selectCells } from '../../tools/bench/cells.js';
import type { Figure } from '../../tools/bench/figures.js';
import { InterestBarrier } from '../../tools/bench/interest-barrier.js';
import { LEAF_CHART, LEAF_PAGE, leafChart, leafPart } from '../../tools/bench/leaf-page.js';
import { splice } from '../../tools/bench/markdown.js';
import { parseOptions } from '../../tools/bench/options.js';
import { partsOf } from '../../tools/bench/parts.js';
import { LEAF_PROBES } from '../../tools/bench/probes/index.js';
import { type ResultFile, resultFile } from '../../tools/bench/results.js';

const RESULTS = 'tools/bench/results/leaf.json';
const [OWN, MIXED, PEER] = ['sluice – sluice', 'sluice – nats-server 2.15.3', 'nats-server – nats-server'];
const PLAN = { rounds: 1, runSeconds: 1, loadProcesses: 2, size: 'full' } as const;

function run(figures: readonly Figure[]): ResultFile {
  const contenders = [
    { name: OWN, version: '0.1.0', role: 'subject' },
    { name: MIXED, version: '2.15.3', role: 'subject' },
    { name: 'sluice with a link', version: '0.1.0', role: 'subject' },
    { name: 'sluice without', version: '0.1.0', role: 'subject' },
    { name: PEER, version: '2.15.3', role: 'peer' },
  ] as const;
  return resultFile(contenders, PLAN, figures, []);
}

/** A server that greets, confirms, and passes on what `passes` says. */
class Fake {
  readonly sockets = new Set<Socket>();
  heard = '';
  private readonly server: Server;

  private constructor(server: Server) {
    this.server = server;
  }

  static async start(): Promise<Fake> {
    const server = createServer();
    const fake = new Fake(server);
    server.on('connection', (socket) => {
      fake.sockets.add(socket);
      socket.write('INFO {}\r\n');
      socket.on('data', (bytes) => {
        fake.heard += bytes.toString('latin1');
        if (fake.heard.includes('PING\r\n')) {
          fake.heard = fake.heard.replace('PING\r\n', '');
          socket.write('PONG\r\n');
        }
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return fake;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Resolves with the subject of the first frame of that kind. */
  async subject(verb: 'SUB' | 'PUB'): Promise<string> {
    const frame = new RegExp(`${verb} (\\S+) `);
    for (;;) {
      const found = frame.exec(this.heard)?.[1];
      if (found !== undefined) return found;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  say(text: string): void {
    for (const socket of this.sockets) socket.write(text);
  }

  stop(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }
}

describe('bench: leaf links', () => {
  it('have cells of their own, in both directions, and with nothing on the link', () => {
    expect(new Set([...CELLS, ...LEAF_CELLS].map(({ id }) => id)).size).to.equal(
      CELLS.length + LEAF_CELLS.length,
    );
    const traits = LEAF_CELLS.map(({ id, link, expected }) => `${id} ${link} ${expected}`);
    expect(traits).to.include.members([
      'leaf-up-1-1/16 up 1.5',
      'leaf-down-1-10/1024 down 1',
      'leaf-up-10-10/16 up 1.5',
      'leaf-idle-1-10/16 idle 0.97',
    ]);
    expect(CELLS.every(({ link }) => link === 'none')).to.equal(true);
  });

  it('are all that --leaf measures, or some of it', () => {
    const parts = (...more: string[]) => partsOf(parseOptions(['--leaf', ...more], {}, 2));
    expect(parts()).to.deep.include({ cells: LEAF_CELLS, probes: LEAF_PROBES, whole: true });
    const some = parts('--cells', 'leaf-up-1-1');
    expect(some.cells.map(({ id }) => id)).to.deep.equal(['leaf-up-1-1/16', 'leaf-up-1-1/1024']);
    expect([some.probes, some.whole]).to.deep.equal([[], false]);
    expect(parts('--probes', 'leaf-replies-10').cells).to.deep.equal([]);
  });

  it('have the CPU time of each server', () => {
    const [cell] = selectCells('leaf-up-1-1/16', LEAF_CELLS);
    const round = { seconds: 1, published: 1e6, delivered: 1e6, cpuSeconds: 3, loadBusy: 0, verified: 1 };
    const split = { publishing: 1, receiving: 2 };
    const figures = figuresOf({ cell: cell!, results: [{ contender: OWN, rounds: [{ ...round, split }] }] });
    expect(figures.map(({ id, samples }) => [id, samples[OWN]])).to.deep.equal([
      ['leaf-up-1-1/16 rate', [1e6]],
      ['leaf-up-1-1/16 cpu', [3]],
      ['leaf-up-1-1/16 cpu-publishing', [1]],
      ['leaf-up-1-1/16 cpu-receiving', [2]],
    ]);
  });

  it('are compared with the peer by pairs of servers, and with no link', () => {
    const both = { group: 'leaf', title: '1→1, 16 B' } as const;
    const cost = { ...both, unit: 'CPU s per million', better: 'lower' } as const;
    const figures: readonly Figure[] = [
      {
        ...{ ...both, id: 'leaf-up-1-1/16 rate', unit: 'messages/s', better: 'higher', expected: 1.5 },
        samples: { [OWN]: [4e6], [MIXED]: [1e6], [PEER]: [1e6] },
      },
      { ...cost, id: 'leaf-up-1-1/16 cpu', samples: { [OWN]: [0.3], [MIXED]: [0.5], [PEER]: [0.9] } },
      { ...cost, id: 'leaf-up-1-1/16 cpu-publishing', samples: { [OWN]: [0.1] } },
      { ...cost, id: 'leaf-up-1-1/16 cpu-receiving', samples: { [OWN]: [0.2] } },
      {
        ...{ group: 'leaf-idle', title: '1→1 on one server', id: 'leaf-idle-1-1/16 rate', expected: 0.97 },
        ...{ unit: 'messages/s', better: 'higher' },
        samples: { 'sluice with a link': [9e6], 'sluice without': [1e7] },
      },
    ];
    const file = run(figures);
    const text = leafPart(file, 'bench').replace(/ +/g, ' ');
    expect(text).to.include('| 1→1, 16 B | 4.00 M/s | 4.00× | 1.00 M/s | 1.00× ▼ | 1.00 M/s | ≥ 1.50× |');
    expect(text).to.include('| 1→1, 16 B | 0.300 = 0.100 + 0.200 | 0.500 | 0.900 |');
    expect(text).to.include('| 1→1 on one server | 9.00 M/s | 10.0 M/s | 0.90× ▼ | ≥ 0.97× |');
    expect(text).to.include(`](bench/${LEAF_CHART})`);
    expect(leafChart(file)?.svg).to.include('<svg');
    expect(leafPart(file)).not.to.include(LEAF_CHART);
  });

  it('are loaded once the interest of subscribers has arrived, in both directions', async () => {
    const [one, other] = [await Fake.start(), await Fake.start()];
    try {
      const barrier = await InterestBarrier.open(one.port, other.port);
      let isPassed = false;
      const passed = barrier.passed().then(() => {
        isPassed = true;
      });
      for (const [from, to] of [
        [one, other],
        [other, one],
      ] as const) {
        const subject = await to.subject('SUB');
        expect(await from.subject('PUB')).to.equal(subject);
        expect(isPassed).to.equal(false);
        one.heard = '';
        other.heard = '';
        to.say(`MSG ${subject} 1 0\r\n\r\n`);
      }
      await passed;
      barrier.close();
    } finally {
      one.stop();
      other.stop();
    }
  });

  it(`${LEAF_PAGE} is what ${RESULTS} says; if not: make bench-docs`, () => {
    expect(existsSync(RESULTS)).to.equal(true);
    const page = readFileSync(LEAF_PAGE, 'utf8');
    const file = JSON.parse(readFileSync(RESULTS, 'utf8')) as ResultFile;
    expect(page).to.equal(splice(page, 'bench-leaf', leafPart(file, 'bench')));
    expect(readFileSync(`docs/bench/${LEAF_CHART}`, 'utf8')).to.equal(leafChart(file)?.svg);
  });
});
