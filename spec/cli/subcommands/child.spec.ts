/** `sluice run` with commands that are scripts. Needs nothing of POSIX: it runs on Windows as well. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const CLI = fileURLToPath(new URL('../../../../dist/cli.js', import.meta.url));
const IS_WINDOWS = process.platform === 'win32';

describe('sluice run: a command that is a script', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-child-'));
  before(() => {
    writeFileSync(
      join(folder, 'show.js'),
      'console.log(JSON.stringify(process.argv.slice(2)), /^nats:/.test(process.env.NATS_URL)); process.exit(7);',
    );
    if (IS_WINDOWS) writeFileSync(join(folder, 'show.cmd'), '@node "%~dp0show.js" %*\r\n');
    else {
      writeFileSync(join(folder, 'show'), '#!/bin/sh\nexec node "$(dirname "$0")/show.js" "$@"\n');
      chmodSync(join(folder, 'show'), 0o755);
    }
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Runs `sluice run --` with these words; its standard output and exit code. */
  function ran(...words: readonly string[]): Promise<{ out: string; err: string; code: number | null }> {
    const [name = 'PATH', path = ''] = Object.entries(process.env).find(([key]) => /^path$/i.test(key)) ?? [];
    const env = { ...process.env, [name]: `${folder}${delimiter}${path}` };
    const child = spawn(process.execPath, [CLI, 'run', '--', ...words], { env });
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    return new Promise((resolve) => child.on('close', (code) => resolve({ out, err, code })));
  }

  it('is found by its name, gets its words as they are and the address, and its exit code counts', async () => {
    const words = ['a b', '--line', '-c', 'x'];
    expect(await ran('show', ...words)).to.deep.equal({
      out: `${JSON.stringify(words)} true\n`,
      err: '',
      code: 7,
    });
  });

  it('may be npm', async () => {
    const { out, code } = await ran('npm', '--version');
    expect(code).to.equal(0);
    expect(out).to.match(/^\d+\.\d+\.\d+\s*$/);
  });

  it('that is not there ends with 127', async () => {
    const { err, code } = await ran('no-such-command-here');
    expect(err).to.match(/^sluice: no-such-command-here: command not found\r?\n$/);
    expect(code).to.equal(127);
  });
});
