import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { NODE_FILES } from '../../../../lib/jetstream/store/log/files.js';
import { lockDirectory } from '../../../../lib/jetstream/store/log/lock.js';
import { specDirectory } from '../../../support/run-directory.js';

function newDirectory(): string {
  return mkdtempSync(join(specDirectory(), 'lock-'));
}

async function refusal(directory: string): Promise<string> {
  try {
    const unlock = await lockDirectory(NODE_FILES, directory);
    await unlock();
  } catch (error) {
    return String(error);
  }
  return '';
}

describe('Lock of a store directory', () => {
  it('keeps out another broker of the process until it is given free', async () => {
    const directory = newDirectory();
    const unlock = await lockDirectory(NODE_FILES, directory);
    expect(readFileSync(join(directory, 'lock'), 'utf8')).to.match(new RegExp(`^${process.pid} `));
    expect(await refusal(directory)).to.contain('another broker of this process');
    await unlock();
    expect(await refusal(directory)).to.equal('');
  });

  it('keeps out another process while the holder runs, and no longer', async () => {
    const directory = newDirectory();
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const stat = readFileSync(`/proc/${child.pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ')[19];
    writeFileSync(join(directory, 'lock'), `${child.pid} ${stat}`);
    expect(await refusal(directory)).to.contain(`in use by process ${child.pid}`);
    child.kill('SIGKILL');
    await ended;
    expect(await refusal(directory)).to.equal('');
  });

  for (const [what, text] of [
    ['a process that has another start time than the holder', `${process.ppid} 1`],
    ['its own id, left by one that had it before', `${process.pid} 1`],
    ['nothing, as after a full disk', ''],
    ['what is no process id', 'x'],
  ] as const)
    it(`takes over a lock that names ${what}`, async () => {
      const directory = newDirectory();
      writeFileSync(join(directory, 'lock'), text);
      expect(await refusal(directory)).to.equal('');
    });
});
