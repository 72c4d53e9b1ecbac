import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { sendSignal } from '../../../lib/cli/signal.js';
import { SUBCOMMANDS } from '../../../lib/cli/subcommands/catalogue.js';
import { completionFor, VALUES } from '../../../lib/cli/subcommands/completion.js';
import { LEVELS, LOG_FORMATS } from '../../../lib/config/schema.js';
import { ran } from '../../support/cli/subcommands.js';
import { freshDirectory } from '../../support/process.js';

const hasBash = spawnSync('bash', ['-c', 'true']).status === 0;

/** Lets bash complete the last of these words. */
function complete(...words: readonly string[]): string[] {
  const cwd = freshDirectory();
  writeFileSync(join(cwd, 'two words.toml'), '');
  mkdirSync(join(cwd, 'runs'));
  writeFileSync(join(cwd, 'sluice.bash'), completionFor('bash')!);
  const script = `source ./sluice.bash
    COMP_WORDS=(sluice "$@"); COMP_CWORD=$#
    _sluice
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const out = execFileSync('bash', ['--norc', '-c', script, 'bash', ...words], { cwd, encoding: 'utf8' });
  return out.split('\n').filter(Boolean);
}

const hasFish = spawnSync('fish', ['-c', 'true']).status === 0;

/** What fish offers at the end of a line. */
function completeInFish(line: string): string[] {
  const cwd = freshDirectory();
  writeFileSync(join(cwd, 'a.toml'), '');
  writeFileSync(join(cwd, 'sluice.fish'), completionFor('fish')!);
  const script = 'source sluice.fish; complete --do-complete="$argv[1]"';
  const out = execFileSync('fish', ['--no-config', '-c', script, '--', line], { cwd, encoding: 'utf8' });
  return out.split('\n').flatMap((offer) => offer.split('\t')[0] || []);
}

describe('sluice completion', () => {
  it('prints a script for each shell, and refuses others', async () => {
    for (const shell of ['bash', 'zsh', 'fish'])
      expect(await ran(['completion', shell])).to.deep.equal({ code: 0, out: completionFor(shell), err: '' });
    expect(await ran(['completion', 'tcsh'])).to.deep.include({ code: 2, out: '' });
    expect(await ran(['completion'])).to.deep.include({ code: 2, out: '' });
    expect(completionFor('toString')).to.equal(undefined);
  });

  it('knows every command and every flag', () => {
    for (const shell of ['bash', 'zsh', 'fish']) {
      const script = completionFor(shell)!;
      for (const { name, groups } of SUBCOMMANDS) {
        expect(script).to.include(name);
        for (const flag of groups.flatMap(({ flags }) => flags))
          for (const each of flag.names)
            expect(script, `${shell} ${name}`).to.match(new RegExp(`-?-?${each}\\b`));
      }
    }
  });

  it('offers help and version beside the commands', () => {
    for (const word of ['help', 'version']) {
      expect(completionFor('zsh')).to.include(`'${word}:print `);
      expect(completionFor('fish')).to.match(
        new RegExp(`^complete -c sluice -n '[^']+' -a ${word} -d `, 'm'),
      );
    }
  });

  it('leaves zsh its own list of commands, with which it completes others', () => {
    expect(completionFor('zsh')).to.not.match(/\bcommands=/);
  });

  it('has the values that flags take', () => {
    const { signal: SIGNALS } = VALUES;
    expect(VALUES['log-level']).to.deep.equal(LEVELS);
    expect(VALUES['log-format']).to.deep.equal(LOG_FORMATS);
    expect(() => sendSignal('x')).to.throw(`allowed: ${SIGNALS!.join(', ')},`);
  });

  const fishRows: readonly [line: string, expected: readonly string[], others: readonly string[]][] = [
    ['sluice ', ['run', 'check', 'help', 'a.toml'], ['fish', '--line']],
    ['sluice run --l', ['--line', '--log-level'], ['--lines', '--trace']],
    ['sluice run --log-level ', ['warn'], ['sluice.fish']],
    ['sluice run -- --', [], ['--line', '--log-level', '--help']],
    ['sluice run --line -c a.toml sluice pub --l', ['--lines'], ['--line', '--log-level']],
    ['sluice run -- sluice pub --l', ['--lines'], ['--line', '--log-level']],
    ['sluice run -- sluice completion ', ['bash', 'fish', 'zsh'], ['run', 'a.toml']],
    ['sluice run cat a', ['a.toml'], ['awk']],
    ['sluice pub run --l', ['--lines'], ['--line', '--log-level']],
    ['sluice completion ', ['bash', 'fish', 'zsh'], ['run', 'a.toml']],
    ['sluice help t', ['tap'], ['a.toml']],
    ['sluice a.toml --log-f', ['--log-format'], []],
  ];
  for (const [line, expected, others] of hasFish ? fishRows : []) {
    it(`completes «${line}» in fish`, () => {
      const found = completeInFish(line);
      expect(found).to.include.members([...expected]);
      for (const other of others) expect(found).to.not.include(other);
    });
  }

  if (!hasBash) return;

  it('is registered with bash', () => {
    const words = ['--norc', '-c', 'eval "$0" && complete -p sluice', completionFor('bash')!];
    expect(execFileSync('bash', words, { encoding: 'utf8' })).to.match(/-F _sluice sluice\n$/);
  });

  const rows: readonly [readonly string[], readonly string[], readonly string[]][] = [
    [[''], ['run', 'check', 'tap', 'help', 'version', 'two words.toml'], ['bash', '--trace', '-c']],
    [['-'], ['--trace', '-c', '--config'], ['run', 'two words.toml']],
    [['ru'], ['run', 'runs'], ['--trace', 'check']],
    [['--tr'], ['--trace'], ['run']],
    [
      ['run', '--l'],
      ['--line', '--log-level'],
      ['--lines', '--trace'],
    ],
    [['run', '--', 'bas'], ['bash'], ['--line']],
    [['run', '--', '-'], [], ['--line', '-c', '--log-level']],
    [['run', '--', 'bash', '--'], [], ['--line', '--log-level']],
    [['run', '--', 'bash', 'two'], ['two words.toml'], []],
    [['run', 'bash', '--l'], [], ['--line', '--log-level']],
    [['run', '-c', 'x.toml', 'bas'], ['bash'], []],
    [['run', '--log-level', ''], [...LEVELS], ['--line', 'bash', 'two words.toml']],
    [['--log-level', 'tr'], ['trace'], ['debug', 'two words.toml']],
    [['--log-level', '=', 'tr'], ['trace'], ['debug']],
    [['--log-level', '='], [...LEVELS], ['two words.toml']],
    [['--log-format', ''], [...LOG_FORMATS], ['run']],
    [['-sl', 're'], ['reload', 'reopen'], ['run']],
    [['--port', ''], [], ['run', '--trace', 'two words.toml']],
    [['pub', '--server', ''], [], ['two words.toml', '--creds']],
    [['check', 'two'], ['two words.toml'], ['two']],
    [['check', '-c', 'two'], ['two words.toml'], ['two']],
    [
      ['pub', '--'],
      ['--lines', '--server', '--creds'],
      ['--raw', 'two words.toml'],
    ],
    [['pub', '--creds', 't'], ['two words.toml'], ['two']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
      ['run', 'two words.toml'],
    ],
    [['help', 't'], ['tap'], ['two words.toml']],
    [['my.toml', '--log-f'], ['--log-format'], []],
  ];
  for (const [words, expected, others] of rows) {
    it(`completes «sluice ${words.join(' ')}»`, () => {
      const found = complete(...words);
      expect(found).to.include.members([...expected]);
      for (const other of others) expect(found).to.not.include(other);
    });
  }
});
