import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { writePidFile } from '../../lib/cli/pid.js';
import { SluiceError } from '../../lib/domain/errors.js';

describe('cli/pid', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-pid-'));
  const file = join(directory, 'sluice.pid');
  after(() => rmSync(directory, { recursive: true }));

  it('writes the id, replacing one left behind, and removes the file', () => {
    writeFileSync(file, '1\n');
    const remove = writePidFile(file, 4711);
    expect(readFileSync(file, 'utf8')).to.equal('4711\n');
    remove();
    expect(existsSync(file)).to.equal(false);
    remove();
  });

  it('leaves a file that another process has written since', () => {
    const remove = writePidFile(file, 4711);
    writeFileSync(file, '4712\n');
    remove();
    expect(readFileSync(file, 'utf8')).to.equal('4712\n');
  });

  it('has no line end where nats-server has none', () => {
    const remove = writePidFile(file, 4711, '');
    expect(readFileSync(file, 'utf8')).to.equal('4711');
    remove();
    expect(existsSync(file)).to.equal(false);
  });

  it('names a file that cannot be written', () => {
    expect(() => writePidFile(join(directory, 'none', 'x'), 1)).to.throw(
      SluiceError,
      /^pid_file = ".*\/none\/x": no such/,
    );
  });

  it('does not wait for a reader where another user has put a pipe, nor for a writer at the end', () => {
    const pipe = join(directory, 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(() => writePidFile(pipe, 4711)).to.throw(SluiceError, /pipe": a pipe without a reader$/);
    const path = join(directory, 'replaced');
    const remove = writePidFile(path, 4711);
    rmSync(path);
    execFileSync('mkfifo', [path]);
    remove();
    expect(existsSync(path)).to.equal(true);
  });
});
