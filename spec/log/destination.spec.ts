import { execFileSync } from 'node:child_process';
import { closeSync, constants, existsSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Destination, openLogFile } from '../../lib/log/destination.js';

describe('log/destination', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-destination-'));
  const pipe = join(directory, 'pipe');
  before(() => execFileSync('mkfifo', [pipe]));
  after(() => rmSync(directory, { recursive: true }));

  function collecting() {
    const failures: string[] = [];
    const drops: number[] = [];
    const onFailure = (error: NodeJS.ErrnoException) => failures.push(error.code ?? error.message);
    const onDropped = (lines: number) => drops.push(lines);
    return { failures, drops, onFailure, onDropped };
  }

  /** Opens both ends of the pipe; reading does not wait. */
  function openPipe() {
    const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    return { reader, writer: openLogFile(pipe) };
  }

  /** Reads all that is in the pipe now. */
  function drain(reader: number): number {
    const buffer = Buffer.alloc(1024 * 1024);
    let total = 0;
    try {
      for (let n = readSync(reader, buffer); n > 0; n = readSync(reader, buffer)) total += n;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
    return total;
  }

  it('reports a full disk once, and takes everything after it', async () => {
    if (!existsSync('/dev/full')) return;
    const events = collecting();
    const destination = new Destination(openLogFile('/dev/full'), events);
    for (let i = 0; i < 3; i++) {
      destination.write('line\n');
      await destination.flush();
    }
    destination.write('line\n');
    destination.flushSync();
    expect(events.failures).to.deep.equal(['ENOSPC']);
  });

  it('reports a full disk found by flushSync', () => {
    if (!existsSync('/dev/full')) return;
    const events = collecting();
    const destination = new Destination(openLogFile('/dev/full'), events);
    destination.write('line\n');
    destination.flushSync();
    expect(events.failures).to.deep.equal(['ENOSPC']);
  });

  it('reports a reader that has left', async () => {
    const { reader, writer } = openPipe();
    const events = collecting();
    const destination = new Destination(writer, events);
    closeSync(reader);
    destination.write('line\n');
    await destination.flush();
    expect(events.failures).to.deep.equal(['EPIPE']);
  });

  it('counts what it drops for a reader that stalls, tells when it reads on, and loses nothing else', async () => {
    const { reader, writer } = openPipe();
    const events = collecting();
    const destination = new Destination(writer, events);
    const line = `${'x'.repeat(1023)}\n`;
    const lines = 10 * 1024;
    for (let i = 0; i < lines; i++) destination.write(line);
    destination.flushSync(); // gives up: nobody reads
    let bytes = 0;
    let isFlushed = false;
    const flushed = destination.flush().then(() => {
      isFlushed = true;
    });
    while (!isFlushed) {
      bytes += drain(reader);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await flushed;
    bytes += drain(reader);
    const [dropped = 0] = events.drops;
    expect(dropped).to.be.greaterThan(0);
    expect(bytes).to.equal((lines - dropped) * line.length);
    closeSync(reader);
  });
});
