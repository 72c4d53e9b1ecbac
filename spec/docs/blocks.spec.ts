import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { parse } from 'yaml';
import { parseArguments } from '../../lib/cli/arguments.js';
import { SUBCOMMANDS } from '../../lib/cli/subcommands/catalogue.js';
import { Options } from '../../lib/cli/subcommands/options.js';
import { configFrom, loadConfig } from '../../lib/config.js';
import { BLOCKS, type Block, blocksIn, commandsOf } from '../support/docs/blocks.js';
import { freshDirectory, ROOT } from '../support/process.js';

const run = promisify(execFile);

/** Languages whose blocks are checked here, one way or another. */
const CHECKED: ReadonlySet<string> = new Set(['js', 'ts', 'toml', 'conf', 'sh', 'console', 'yaml']);
/** Those of which nothing can be run: pictures, grammars, answers. */
const SHOWN: ReadonlySet<string> = new Set(['text', 'abnf', 'json']);

function unmarked(...languages: string[]): Block[] {
  return BLOCKS.filter(
    ({ language, resetStall, runBy }) => languages.includes(language) && !resetStall && !runBy,
  );
}

function title({ page, line }: Block): string {
  return `${page}:${line}`;
}

const TARGETS = new Set(
  [...readFileSync('Makefile', 'utf8').matchAll(/^([a-z-]+):/gm)].map(([, target]) => target),
);
const SCRIPTS = Object.keys(
  (JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: object }).scripts,
);

/** What is wrong with a command, or undefined. */
function fault(command: string): string | undefined {
  const [program = '', ...words] = (command.match(/"[^"]*"|'[^']*'|\S+/g) ?? []).map((word) =>
    word.replace(/^(["'])(.*)\1$/, '$2'),
  );
  switch (program) {
    case 'make': {
      const unknown = words.filter((word) => !/^[A-Z]+=/.test(word) && !TARGETS.has(word));
      return unknown.length === 0 ? undefined : `make has no ${unknown}`;
    }
    case 'sluice':
    case './nats-server':
      try {
        const own = words.slice(0, words.includes('>') ? words.indexOf('>') : undefined);
        const subcommand = program === 'sluice' && SUBCOMMANDS.find(({ name }) => name === own[0]);
        if (subcommand) new Options(subcommand, own.slice(1));
        else parseArguments(own, 'sluice');
        return undefined;
      } catch (error) {
        return (error as Error).message;
      }
    case 'node':
      try {
        // As a reader of the page would: in a shell, something typed into it.
        const said = execFileSync(command, {
          shell: true as unknown as string,
          input: 'secret\n',
          stdio: 'pipe',
        });
        return said.length > 0 ? undefined : `${command}: said nothing`;
      } catch (error) {
        return (error as Error).message;
      }
    case 'npm':
      if (words[0] === 'ci' || words[0] === 'test') return undefined;
      if (words[0] === 'run' && SCRIPTS.includes(words[1] ?? '')) return undefined;
      return `npm ${words.join(' ')}: not known here`;
    case '.ci/run':
      return existsSync(program) ? undefined : `there is no ${program}`;
    default:
      return `${program}: neither run nor checked here; above the block: <!-- not run: WHY -->`;
  }
}

describe('code in the documentation', () => {
  it('says what language it is in', () => {
    const others = BLOCKS.filter(({ language }) => !CHECKED.has(language) && !SHOWN.has(language));
    expect(others.map((block) => `${title(block)}: ${block.language || 'no language'}`)).to.deep.equal([]);
  });

  it('that is run by another spec is run by one that there is', () => {
    const wrong = BLOCKS.filter(({ page, runBy }) => {
      return runBy && !(existsSync(runBy) && readFileSync(runBy, 'utf8').includes(page));
    });
    expect(wrong.map(title)).to.deep.equal([]);
  });

  it('in yaml is YAML', () => {
    for (const block of BLOCKS.filter(({ language }) => language === 'yaml'))
      expect(() => parse(block.code, { strict: true }), title(block)).not.to.throw();
  });

  for (const [language, strict] of [
    ['js', false], // such as which listeners a broker has: only the JavaScript tells
    ['ts', true],
  ] as const) {
    it(`in ${language} compiles`, async () => {
      const scripts = BLOCKS.filter((block) => block.language === language && !block.resetStall);
      expect(scripts).not.to.deep.equal([]);
      // Within the checkout, where the packages are found, sluice among them.
      const directory = join(ROOT, 'build', 'snippets', language);
      rmSync(directory, { recursive: true, force: true });
      mkdirSync(directory, { recursive: true });
      for (const { page, line, code } of scripts) {
        const name = `${page.replace(/\W/g, '-')}-${line}.${language}`;
        // Lines are numbered as they are on the page.
        writeFileSync(join(directory, name), `${'\n'.repeat(line - 1)}${code}export {};\n`);
      }
      const compilerOptions = {
        rootDir: ROOT,
        noEmit: true,
        allowJs: true,
        checkJs: true,
        noUnusedLocals: false,
        noUnusedParameters: false,
      };
      const options = strict
        ? compilerOptions
        : { ...compilerOptions, strict, exactOptionalPropertyTypes: false };
      const config = { extends: '../../../tsconfig.json', compilerOptions: options, include: ['.'] };
      writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(config));
      const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
      const { stdout } = await run(process.execPath, [tsc, '-p', directory]).catch(
        (error: { stdout: string }) => error,
      );
      expect(stdout).to.equal('');
    });
  }

  for (const block of unmarked('toml', 'conf')) {
    it(`at ${title(block)} is a right configuration`, async () => {
      const directory = freshDirectory();
      const file = join(directory, `page.${block.language}`);
      writeFileSync(file, block.code);
      writeFileSync(join(directory, 'more.conf'), ''); // which one includes
      const { config } = await loadConfig({ file });
      expect(config).not.to.deep.equal(configFrom());
    });
  }

  for (const block of unmarked('sh', 'console')) {
    it(`at ${title(block)} are commands there are`, () => {
      const commands = commandsOf(block);
      expect(commands).not.to.deep.equal([]);
      expect(commands.flatMap((command) => fault(command) ?? [])).to.deep.equal([]);
    });
  }

  it('is found by what looks for it', () => {
    const page =
      '# A\n\n```js\na();\n```\n<!-- not run: no use -->\n```sh\nfoo \\\n  bar # c\n# d\n```\n- e\n\n  ```\n  f\n  ```\n';
    const blocks = blocksIn('a.md', page);
    expect(
      blocks.map(({ line, language, code, resetStall }) => [line, language, code, resetStall]),
    ).to.deep.equal([
      [4, 'js', 'a();\n', undefined],
      [8, 'sh', 'foo \\\n  bar # c\n# d\n', 'no use'],
      [15, '', 'f\n', undefined],
    ]);
    expect(commandsOf(blocks[1]!)).to.deep.equal(['foo bar']);
    expect(fault('make test')).to.equal(undefined);
    expect(fault('make nothing')).to.equal('make has no nothing');
    expect(fault('sluice --port 1')).to.equal(undefined);
    expect(fault('sluice --prot 1')).to.include('--prot');
    expect(fault('curl x')).to.match(/^curl: neither run nor checked/);
  });
});
