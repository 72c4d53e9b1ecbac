import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';

/** Code that runs in the process of tests; the command is a process of its own, the web codecs have no timers. */
const FILES = readdirSync('lib', { encoding: 'utf8', recursive: true })
  .map((path) => `lib/${path.replaceAll('\\', '/')}`)
  .filter((path) => path.endsWith('.ts') && !/^lib\/(?:cli|web)\//.test(path));

const TIMERS = [
  ...['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate'],
  ...['queueMicrotask', 'performance'],
];

/** Uses of a global timer, and of `process.nextTick`, which test libraries replace. */
function globalTimers(path: string): string[] {
  const code = readFileSync(path, 'utf8').replace(
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|^ {2}\w+\(\w+: [^)]*\): \w+ \{/gm,
    '',
  ); // no comments, no methods of that name
  const imported = new Set(
    [...code.matchAll(/^import \{([^}]*)\} from 'node:/gm)].flatMap(
      ([, names]) => names!.match(/\w+/g) ?? [],
    ),
  );
  const used = TIMERS.filter((name) => new RegExp(`(?<![.\\w'])${name}\\b(?=[(,).])`).test(code));
  return [...used.filter((name) => !imported.has(name)), ...(code.match(/process\.nextTick/g) ?? [])];
}

describe('timers', () => {
  it('are imported from Node, so that fake timers of a test do not stop a broker in its process', () => {
    expect(FILES.length).to.be.above(100);
    const found = FILES.map((path) => [path, globalTimers(path)] as const).filter(
      ([, names]) => names.length > 0,
    );
    expect(found, "import them from 'node:timers', 'node:perf_hooks' and 'node:process'").to.deep.equal([]);
  });
});
