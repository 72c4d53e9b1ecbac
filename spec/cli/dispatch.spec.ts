import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { usageOf } from '../../lib/cli/flag-set.js';
import { helpText } from '../../lib/cli/help.js';
import { SUBCOMMANDS } from '../../lib/cli/subcommands/catalogue.js';
import { subcommandHelp } from '../../lib/cli/subcommands/help.js';
import { Options } from '../../lib/cli/subcommands/options.js';
import { SluiceError } from '../../lib/domain/errors.js';
import { ran } from '../support/cli/subcommands.js';
import { freshDirectory, Process, ROOT } from '../support/process.js';

const named = (name: string) => SUBCOMMANDS.find((each) => each.name === name)!;

describe('cli/dispatch', () => {
  for (const command of SUBCOMMANDS) {
    it(`shows the help of ${command.name} in three ways`, async () => {
      const out = subcommandHelp(command);
      expect(await ran([command.name, '--help'])).to.deep.equal({ code: 0, out, err: '' });
      expect(await ran([command.name, '-h', 'x'])).to.deep.equal({ code: 0, out, err: '' });
      expect(await ran(['help', command.name])).to.deep.equal({ code: 0, out, err: '' });
    });

    it(`tells what there is to know of ${command.name}`, () => {
      const text = subcommandHelp(command);
      for (const flag of command.groups.flatMap(({ flags }) => flags)) expect(text).to.include(usageOf(flag));
      for (const line of text.split('\n')) expect(line.length, line).to.be.at.most(120);
      expect(text).to.match(/\nExamples:\n {2}sluice /);
      expect(helpText()).to.include(command.about);
    });
  }

  it('lists them in the help of all', async () => {
    expect(await ran(['help'])).to.deep.equal({ code: 0, out: helpText(), err: '' });
    expect(await ran(['--help'])).to.deep.equal({ code: 0, out: helpText(), err: '' });
  });

  const unknown: readonly [readonly string[], string][] = [
    [['rnu'], 'rnu: neither a command nor a file, did you mean run?'],
    [['chekc', 'a.toml'], 'chekc: neither a command nor a file, did you mean check?'],
    [['wibble'], 'wibble: neither a command nor a file, see sluice --help'],
    [['help', 'wibble'], 'wibble: neither a command nor a file, see sluice --help'],
    [['run', '--wibble'], 'run: --wibble: unknown option, see sluice run --help'],
    [['sub', '--qeue', 'x', 'a'], 'sub: --qeue: unknown option, did you mean --queue?'],
    [['sub', 'a', '--queue'], 'sub: --queue <group>: argument missing'],
  ];
  for (const [words, message] of unknown) {
    it(`ends with 2 on «${words.join(' ')}»`, async () => {
      expect(await ran(words)).to.deep.equal({ code: 2, out: '', err: `sluice: ${message}\n` });
    });
  }

  it('still takes a file, be it called like a command or like nothing', async () => {
    const cwd = freshDirectory();
    for (const name of ['settings', 'run']) writeFileSync(join(cwd, name), 'nonsense = 1\n');
    for (const word of ['settings', './run']) {
      const { code, err } = await ran([word], { cwd });
      expect(code).to.equal(1);
      expect(err.startsWith(`sluice: ${word}:1:1: nonsense: `), err).to.equal(true);
    }
  });

  it('knows no commands in the place of nats-server', async () => {
    const link = join(freshDirectory(), 'nats-server');
    symlinkSync(`${ROOT}dist/cli.js`, link);
    for (const word of ['run', 'rnu']) {
      await using process = new Process(globalThis.process.execPath, [link, word]);
      expect(await process.exited).to.deep.equal({ code: 1, signal: null });
      expect(process.stderr).to.equal(`nats-server: unrecognized command: "${word}"\n`);
    }
  });
});

describe('cli/subcommands/options', () => {
  it('takes one dash or two, flags before and after words', () => {
    const options = new Options(named('sub'), ['-queue=g', 'a', '--max', '3', '-json']);
    expect(options.words).to.deep.equal(['a']);
    expect(options.text('queue')).to.equal('g');
    expect(options.count('max', 1)).to.equal(3);
    expect([options.isOn('json'), options.isOn('raw')]).to.deep.equal([true, false]);
    expect(new Options(named('sub'), ['--json=false']).isOn('json')).to.equal(false);
  });

  it('reads numbers, sizes and durations', () => {
    const options = new Options(named('pub'), ['--count', '10', '--size', '64KiB', '-H', 'a:b', '-H', 'c:d']);
    expect(options.count('count', 1)).to.equal(10);
    expect(options.bytes('size')).to.equal(65_536);
    expect(options.all('header')).to.deep.equal(['a:b', 'c:d']);
    expect(new Options(named('req'), ['--timeout', '1m']).duration('timeout')).to.equal(60_000);
    expect(options.duration('timeout')).to.equal(undefined);
    expect(() => options.count('count', 11)).to.throw(
      SluiceError,
      /^pub: --count 10: not understood, allowed: 11 or/,
    );
  });

  it('leaves the flags of the command it runs alone', () => {
    const options = new Options(named('run'), ['--line', 'npm', 'test', '--line', '-c']);
    expect(options.words).to.deep.equal(['npm', 'test', '--line', '-c']);
    expect(options.isOn('line')).to.equal(true);
  });
});
