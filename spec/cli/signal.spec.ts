import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { runningBrokers, sendSignal } from '../../lib/cli/signal.js';
import { SluiceError } from '../../lib/domain/errors.js';

/** A process id that no Linux gives out. */
const NOBODY = 4_194_305;

describe('cli/signal', () => {
  let proc: string;
  beforeEach(() => {
    proc = mkdtempSync(join(tmpdir(), 'sluice-proc-'));
  });
  afterEach(() => rmSync(proc, { recursive: true }));

  function running(pid: number | string, comm: string): void {
    mkdirSync(join(proc, String(pid)));
    writeFileSync(join(proc, String(pid), 'comm'), `${comm}\n`);
  }

  it('finds brokers by either name, and not itself', () => {
    running(11, 'sluice');
    running(12, 'nats-server');
    running(13, 'node');
    running('self', 'sluice');
    running(process.pid, 'sluice');
    mkdirSync(join(proc, '14'));
    expect(runningBrokers(proc)).to.have.members([11, 12]);
    expect(runningBrokers(join(proc, 'none'))).to.deep.equal([]);
  });

  const refused: readonly [command: string, message: RegExp][] = [
    ['', /not a signal, allowed: stop, .*ldm/],
    ['halt', /^--signal halt: not a signal, allowed: stop/],
    ['reload=1=2', /not a signal/],
    ['reload', /no broker is running/],
    [`reload=${NOBODY}`, new RegExp(`^--signal reload: process ${NOBODY}: no such process$`)],
    ['reload=/none.pid', /^--signal: \/none\.pid: neither a process id nor a pid file: no such/],
    ['reload=0', /no process id/],
  ];
  for (const [command, message] of refused) {
    it(`refuses «${command}»`, () =>
      expect(() => sendSignal(command, proc))
        .to.throw(SluiceError, message)
        .and.not.match(/\n/));
  }

  it('names those there are when none was named', () => {
    running(11, 'sluice');
    running(12, 'nats-server');
    expect(() => sendSignal('quit', proc)).to.throw(SluiceError, /several brokers are running: 11, 12; /);
  });

  it('takes the only one there is, and a pid file', () => {
    running(NOBODY, 'sluice');
    const missing = new RegExp(`process ${NOBODY}: no such process`);
    expect(() => sendSignal('term', proc)).to.throw(SluiceError, missing);
    const file = join(proc, 'sluice.pid');
    writeFileSync(file, `${NOBODY}\n`);
    expect(() => sendSignal(`stop=${file}`, proc)).to.throw(SluiceError, missing);
    writeFileSync(file, 'nonsense');
    expect(() => sendSignal(`stop=${file}`, proc)).to.throw(SluiceError, /no process id/);
  });

  const sent: readonly (readonly [string, NodeJS.Signals])[] = [
    ['reload', 'SIGHUP'],
    ['reopen', 'SIGUSR1'],
    ['ldm', 'SIGUSR2'],
  ];
  for (const [word, signal] of sent) {
    it(`sends ${signal} for ${word}`, async () => {
      const heard = new Promise((resolve) => process.once(signal, resolve));
      sendSignal(`${word}=${process.pid}`);
      expect(await heard).to.equal(signal);
    });
  }
});
