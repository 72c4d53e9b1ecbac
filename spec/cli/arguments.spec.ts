import { expect } from 'chai';
import { type Arguments, parseArguments } from '../../lib/cli/arguments.js';
import { SluiceError } from '../../lib/errors.js';

function read(words: string): Promise<Arguments> {
  return parseArguments(words.split(' ').filter(Boolean), '1.2.3');
}

describe('cli/arguments', () => {
  const rows: readonly [string, Partial<Arguments>][] = [
    ['', { action: 'run', file: undefined, usesDefaultFile: true }],
    ['my.toml', { action: 'run', file: 'my.toml', usesDefaultFile: false }],
    ['-c my.toml', { file: 'my.toml', usesDefaultFile: false }],
    ['--config my.toml -t', { action: 'check', file: 'my.toml' }],
    ['-t', { action: 'check', usesDefaultFile: true }],
    ['--print-config', { action: 'print' }],
    ['127.0.0.1:7777', { file: undefined, usesDefaultFile: false }],
    ['127.0.0.1:7777 -c my.toml', { file: 'my.toml', usesDefaultFile: false }],
    ['-D', { usesDefaultFile: true }],
    ['-a 0.0.0.0 -p -1', { host: '0.0.0.0', port: '-1' }],
    ['--port=4223', { port: '4223' }],
    ['-v', { action: 'version', text: 'sluice 1.2.3\n' }],
    ['--version', { action: 'version', text: 'sluice 1.2.3\n' }],
  ];
  for (const [words, expected] of rows) {
    it(`reads «${words}»`, async () => expect(await read(words)).to.include(expected));
  }

  for (const words of ['-h', '--help']) {
    it(`has examples in ${words}`, async () => {
      const { action, text } = await read(words);
      expect(action).to.equal('help');
      expect(text).to.include('Usage: sluice [ADDRESS | CONFIG.toml] [options]').and.include('Examples:\n');
    });
  }

  it('shows flags in messages as they were written, but no secrets', async () => {
    const { flags } = await read('--log-level debug --auth hunter2');
    expect(flags.given.map(({ origin }) => origin)).to.deep.equal(['--log-level debug', '--auth']);
  });

  const wrong: readonly [string, string][] = [
    ['--prot 1', '--prot: unknown option, did you mean --port?'],
    ['--colour', '--colour: unknown option, see sluice --help'],
    ['-x', '-x: unknown option, see sluice --help'],
    ['-c', '-c, --config <file>: argument missing'],
    ['a.toml b.toml', 'b.toml: one word too many, allowed: one ADDRESS or file'],
    ['a.toml -c b.toml', 'a.toml: a second file, allowed: one (--config is another)'],
    [':7777 --line :8888', ':7777: the line listener is given twice, see --line'],
  ];
  for (const [words, message] of wrong) {
    it(`refuses «${words}»`, async () => {
      const error = await read(words).catch((reason) => reason);
      expect(error).to.be.instanceOf(SluiceError).and.include({ code: 'CONFIG_INVALID', message });
    });
  }
});
