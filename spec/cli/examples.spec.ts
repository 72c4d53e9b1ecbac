import { expect } from 'chai';
import { type Arguments, parseArguments } from '../../lib/cli/arguments.js';
import { helpText } from '../../lib/cli/help.js';
import { SUBCOMMANDS } from '../../lib/cli/subcommands/catalogue.js';
import { subcommandHelp } from '../../lib/cli/subcommands/help.js';
import { Options } from '../../lib/cli/subcommands/options.js';
import { ran } from '../support/cli/subcommands.js';

/** The words of a command line as a shell passes them on, up to a pipe or a redirection. */
function wordsOf(line: string): string[] {
  const [command = ''] = line.split(/ [<>|] /);
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!);
}

/** The examples of a help text, without what is said about them. */
function examplesIn(help: string): string[] {
  const [, examples = ''] = help.split('\nExamples:\n');
  return [...examples.matchAll(/^ {2}sluice( .*?)?(?: {2,}.*)?$/gm)].map(([, words = '']) => words.trim());
}

/** What the broker's own examples ask for; the settings as the configuration has them. */
const BROKER: Readonly<Record<string, Partial<Arguments> & { readonly settings?: object }>> = {
  '': { action: 'run', usesDefaultFile: true, settings: {} },
  '127.0.0.1:7777': {
    action: 'run',
    usesDefaultFile: false,
    settings: { 'line.enabled': true, 'line.listener': '127.0.0.1:7777' },
  },
  'my.toml --log-level debug': { action: 'run', file: 'my.toml', settings: { 'log.level': 'debug' } },
  '-c nats.conf': { action: 'run', file: 'nats.conf' },
  '-a 0.0.0.0 -p 4222 --user ann --pass secret': {
    ...{ action: 'run', host: '0.0.0.0', port: '4222' },
    settings: { 'authorization.user': 'ann', 'authorization.password': 'secret' },
  },
  '-p -1 --line :-1': {
    ...{ action: 'run', port: '-1' },
    settings: { 'line.enabled': true, 'line.listener': ':-1' },
  },
  '--print-config > config.toml': { action: 'print' },
  '-sl reload=sluice.pid': { action: 'signal', signal: 'reload=sluice.pid' },
};

/** Words that each subcommand gets from the examples of `sluice --help`. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  'check my.toml': ['my.toml'],
  'run -- npm test': ['npm', 'test'],
};

const CLIENTS = ['tap', 'pub', 'sub', 'req'];

describe('cli/examples', () => {
  it('those of sluice --help mean what they say', () => {
    const examples = examplesIn(helpText());
    expect(examples).to.have.members([...Object.keys(BROKER), ...Object.keys(COMMANDS)]);
    for (const [line, { settings, ...expected }] of Object.entries(BROKER)) {
      const found = parseArguments(wordsOf(line), 'sluice');
      expect(found, line).to.deep.include({ ...expected, warnings: [] });
      const given = found.flags.given.map(({ field, value }) => [field.key, value]);
      if (settings !== undefined) expect(Object.fromEntries(given), line).to.deep.equal(settings);
    }
    for (const [line, words] of Object.entries(COMMANDS)) {
      const [name, ...more] = wordsOf(line);
      const command = SUBCOMMANDS.find((each) => each.name === name)!;
      expect(new Options(command, more).words, line).to.deep.equal(words);
    }
  });

  for (const command of SUBCOMMANDS) {
    it(`those of sluice ${command.name} --help are understood`, async () => {
      const examples = examplesIn(subcommandHelp(command));
      expect(examples.length).to.equal(command.examples.length).and.be.above(0);
      const lines = examples.map(wordsOf);
      for (const [name, ...words] of lines) {
        expect(name).to.equal(command.name);
        const { length } = new Options(command, words).words;
        const least = command.words.match(/</g)?.length ?? 0;
        const most = command.wraps === true ? length : least + (command.words.match(/\[/g)?.length ?? 0);
        expect(length, words.join(' ')).to.be.within(least, most);
      }
      if (!CLIENTS.includes(command.name)) return;
      // There is no broker: what was not understood is said before that.
      const env = { NATS_URL: 'nats://127.0.0.1:1' };
      const outcomes = await Promise.all(lines.map((words) => ran(words, { env, input: '' })));
      for (const { code, err } of outcomes)
        expect({ code, err }).to.deep.equal({ code: 1, err: outcomes[0]!.err });
      expect(outcomes[0]!.err).to.include('127.0.0.1:1');
    });
  }
});
