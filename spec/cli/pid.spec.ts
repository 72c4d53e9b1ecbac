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
});
