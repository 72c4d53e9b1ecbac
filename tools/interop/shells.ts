import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from './cli/command.js';
import { ask, run } from './command.js';
import { ROOT } from './find/places.js';
import type { Report } from './report.js';

/** Returns what a shell offers for the last word of a line, in `directory`, which has the script. */
type Complete = (directory: string, line: string) => Promise<readonly string[]>;

interface Shell {
  /** What the script is called where the shell looks for it. */
  readonly file: string;
  readonly complete: Complete;
}

/** Runs a shell to its end. Throws with what it said where that is anything on standard error, or it failed. */
async function output(
  shell: string,
  words: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { code, text, stdout } = await run(shell, words, { cwd, env });
  if (code !== 0 || text !== stdout) throw new Error(`${shell} ended with ${code}: ${text}`);
  return stdout;
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** The function that the script registers, called as bash calls it. */
const BASH = `source ./sluice.bash && complete -p sluice >complete.txt || exit
read -ra COMP_WORDS <<< "$1"
[[ $1 == *' ' ]] && COMP_WORDS+=('')
COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 ))
_sluice
printf '%s\\n' "\${COMPREPLY[@]}"`;

/**
 * Start file of an interactive zsh with the script in its $fpath. What completion adds goes to the file hits.txt as well,
 * and the shell ends once a word has been completed.
 */
const ZSHRC = `unsetopt beep
fpath=($ZDOTDIR $fpath)
autoload -Uz compinit && compinit -u -D
bindkey '^I' complete-word
compadd() {
  local -a hits
  if [[ " \${(j: :)argv[1,(i)(-|--)]}" != *' -'(O|A|D)' '* ]]; then
    builtin compadd -O hits "$@"
    ((\${#hits})) && print -rl -- $hits >> $ZDOTDIR/hits.txt
  fi
  builtin compadd "$@"
}
leave() { exit }
comppostfuncs=(leave)
`;

/** Types a line and a tab into such a zsh. It has a terminal of its own, which the module zpty makes. */
const ZSH = `zmodload zsh/zpty || exit
export ZDOTDIR=$PWD TERM=dumb
zpty shell zsh -d -i
zpty -w -n shell "$1"$'\\t'
while zpty -r shell line; do screen+=$line; done
print -rn -- $screen > screen.txt`;

const SHELLS: Readonly<Record<string, Shell>> = {
  bash: {
    file: 'sluice.bash',
    complete: async (directory, line) =>
      linesOf(await output('bash', ['--norc', '-c', BASH, 'bash', line], directory)),
  },
  zsh: {
    file: '_sluice',
    complete: async (directory, line) => {
      writeFileSync(join(directory, '.zshrc'), ZSHRC);
      writeFileSync(join(directory, 'hits.txt'), '');
      await output('zsh', ['-f', '-c', ZSH, 'zsh', line], directory);
      const screen = readFileSync(join(directory, 'screen.txt'), 'utf8');
      if (/_sluice:\d+: |not found/.test(screen)) throw new Error(screen);
      return linesOf(readFileSync(join(directory, 'hits.txt'), 'utf8'));
    },
  },
  fish: {
    file: 'sluice.fish',
    complete: async (directory, line) => {
      const words = ['--no-config', '-c', 'source ./sluice.fish; complete -C $argv[1]', line];
      const env = { HOME: directory, XDG_CACHE_HOME: directory };
      const lines = linesOf(await output('fish', words, directory, env));
      return lines.map((each) => each.replace(/\t.*$/, ''));
    },
  },
};

/** A line up to the cursor, what must be offered for its last word, and what must not. */
const LINES: readonly (readonly [line: string, offered: readonly string[], others: readonly string[]])[] = [
  ['sluice ', ['run', 'check', 'tap', 'help', 'version', 'my.toml'], ['--trace']],
  ['sluice ru', ['run'], ['check', 'my.toml']],
  ['sluice --tr', ['--trace'], ['run']],
  ['sluice run --l', ['--line', '--log-level'], ['--lines', '--trace']],
  ['sluice run --log-level ', ['debug', 'silent'], ['--line', 'my.toml', 'run']],
  ['sluice run -- tru', ['true'], ['--line']],
  ['sluice run -- env --l', [], ['--line', '--log-level']],
  ['sluice --log-format ', ['json', 'nats'], ['run', 'my.toml']],
  ['sluice -sl re', ['reload', 'reopen'], ['run', 'stop']],
  ['sluice --port ', [], ['run', '--trace', 'my.toml']],
  ['sluice check m', ['my.toml'], ['--print', 'run']],
  ['sluice pub --', ['--lines', '--server', '--creds'], ['--raw', '--trace']],
  ['sluice pub --creds m', ['my.toml'], ['--lines']],
  ['sluice pub --server ', [], ['my.toml', '--creds']],
  ['sluice completion ', ['bash', 'zsh', 'fish'], ['run', 'my.toml']],
  ['sluice help t', ['tap'], ['my.toml', 'run']],
];

/** Loads the completion script into each shell that is on this machine, and completes lines there. */
export async function shellChecks(report: Report, parent: string): Promise<void> {
  for (const [name, { file, complete }] of Object.entries(SHELLS)) {
    const version = (await ask(name, '--version'))?.split('\n')[0];
    if (version === undefined) {
      report.missing({ name, reason: 'not on PATH' });
      continue;
    }
    report.begin({ name, version: /\d[\d.]*/.exec(version)?.[0] ?? '' });
    const directory = join(parent, name);
    mkdirSync(directory);
    writeFileSync(join(directory, 'my.toml'), '');
    const cli = [`${ROOT}dist/cli.js`, 'completion', name];
    writeFileSync(join(directory, file), (await run(process.execPath, cli)).stdout);
    for (const [line, offered, others] of LINES) {
      const check = async () => {
        const found = new Set(await complete(directory, line));
        const missing = offered.filter((word) => !found.has(word));
        const wrong = others.filter((word) => found.has(word));
        expect(missing.length + wrong.length === 0, `missing: ${missing}; wrong: ${wrong}; of ${[...found]}`);
      };
      await check().then(
        () => report.add(`completes «${line}»`, { kind: 'passed' }),
        (error: unknown) => report.add(`completes «${line}»`, { kind: 'failed', reason: String(error) }),
      );
    }
  }
}
