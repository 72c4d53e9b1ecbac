import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  linkSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Destination, openLogFile } from '../../lib/log/destination.js';
import { until } from '../support/until.js';

describe('log/destination', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-destination-'));
  const pipe = join(directory, 'pipe');
  before(() => execFileSync('mkfifo', [pipe]));
  after(() => rmSync(directory, { recursive: true }));

  function collecting() {
    const failures: string[] = [];
    const drops: number[] = [];
    const full: string[] = [];
    const onFull = (error: NodeJS.ErrnoException) => full.push(error.code ?? error.message);
    const onFailure = (error: NodeJS.ErrnoException) => failures.push(error.code ?? error.message);
    const onDropped = (lines: number) => drops.push(lines);
    return { failures, drops, full, onFailure, onFull, onDropped };
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
    expect(events.full).to.deep.equal(['ENOSPC']);
    expect(events.failures).to.deep.equal([]);
  });

  it('writes what a full disk did not take once there is room', async () => {
    if (!existsSync('/dev/full')) return;
    const events = collecting();
    const path = join(directory, 'room');
    const destination = new Destination(openLogFile('/dev/full'), events);
    destination.write('first\n');
    await until('the disk is full', () => events.full.length > 0);
    destination.write('second\n');
    destination.replace(openLogFile(path));
    await destination.flush();
    expect(readFileSync(path, 'utf8')).to.equal('first\nsecond\n');
    await destination.close();
  });

  it('gives up what a full disk does not take when it is closed', async () => {
    if (!existsSync('/dev/full')) return;
    const events = collecting();
    const destination = new Destination(openLogFile('/dev/full'), events);
    destination.write('first\n');
    await until('the disk is full', () => events.full.length > 0);
    await destination.close();
    expect(events.full).to.deep.equal(['ENOSPC']);
  });

  it('reports a full disk found by flushSync', () => {
    if (!existsSync('/dev/full')) return;
    const events = collecting();
    const destination = new Destination(openLogFile('/dev/full'), events);
    destination.write('line\n');
    destination.flushSync();
    expect(events.full).to.deep.equal(['ENOSPC']);
  });

  it('follows a link, but none in a folder that every user can write to', () => {
    for (const [mode, isRefused] of [
      [0o755, false],
      [0o777, true],
      [0o1777, true],
    ] as const) {
      const folder = mkdtempSync(join(directory, 'folder-'));
      const [precious, ...links] = ['precious', 'symbolic', 'dangling', 'hard'].map((name) =>
        join(folder, name),
      );
      writeFileSync(precious!, 'precious');
      symlinkSync(precious!, links[0]!);
      symlinkSync(join(folder, 'made'), links[1]!);
      linkSync(precious!, links[2]!);
      chmodSync(folder, mode);
      for (const link of links) {
        if (isRefused) expect(() => openLogFile(link)).to.throw(/^a link in a folder/);
        else closeSync(openLogFile(link));
      }
      expect(existsSync(join(folder, 'made'))).to.equal(!isRefused);
      closeSync(openLogFile(join(folder, 'new')));
    }
  });

  it('writes a line at the end of the turn, and waits for no timer', async () => {
    const path = join(directory, 'soon');
    const destination = new Destination(openLogFile(path), collecting());
    const timers = () => process.getActiveResourcesInfo().filter((type) => type === 'Timeout').length;
    const before = timers();
    destination.write('1\n');
    destination.write('2\n');
    expect(timers()).to.equal(before);
    await until('the lines are in the file', () => readFileSync(path, 'utf8') === '1\n2\n');
    await destination.close();
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
    destination.flushSync(); // gives up: nothing reads
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

  it('goes on in another file, and loses nothing of either', async () => {
    const events = collecting();
    const [first, second] = ['first', 'second'].map((name) => join(directory, name)) as [string, string];
    const destination = new Destination(openLogFile(first), events);
    destination.write('1\n');
    const written = destination.flush();
    destination.replace(openLogFile(second)); // while the first line is being written
    destination.write('2\n');
    await written;
    await destination.close();
    expect(readFileSync(first, 'utf8')).to.equal('1\n');
    expect(readFileSync(second, 'utf8')).to.equal('2\n');
    expect(events.failures).to.deep.equal([]);
  });

  it('is alive again in another file after it has failed', async () => {
    if (!existsSync('/dev/full')) return;
    const events = collecting();
    const destination = new Destination(openLogFile('/dev/full'), events);
    destination.write('lost\n');
    await destination.flush();
    const file = join(directory, 'after');
    destination.replace(openLogFile(file));
    destination.write('kept\n');
    await destination.close();
    expect(readFileSync(file, 'utf8')).to.equal('kept\n');
    expect(events.full).to.deep.equal(['ENOSPC']);
  });

  it('is alive again in another file after its reader has left', async () => {
    const events = collecting();
    const { reader, writer } = openPipe();
    const destination = new Destination(writer, events);
    closeSync(reader);
    destination.write('lost\n');
    await destination.flush();
    expect(events.failures).to.deep.equal(['EPIPE']);
    const file = join(directory, 'after-pipe');
    destination.replace(openLogFile(file));
    destination.write('kept\n');
    await destination.close();
    expect(readFileSync(file, 'utf8')).to.equal('kept\n');
  });
});
