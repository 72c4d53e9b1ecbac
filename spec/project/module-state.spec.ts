import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect } from 'chai';

/**
 * Variables of modules that may change, and why brokers of one process, or threads, may have them in common. Whatever is
 * not listed belongs to a broker.
 */
const ALLOWED: Readonly<Record<string, string>> = {
  'auth/callout.ts granted': 'keyed by a grant, which belongs to one broker',
  'auth/nkeys.ts nkeys': 'a module that is loaded on first use',
  'auth/operator-login.ts shownFor': 'keyed by a grant, which belongs to one broker',
  'auth/secrets.ts bcryptPool': 'threads for hashing: as many as there are cores, for all brokers together',
  'config/config.ts descriptions': 'keyed by a configuration, which belongs to one broker and is frozen',
  'config/config.ts digests': 'keyed by a configuration, which belongs to one broker and is frozen',
  'config/config.ts made': 'keyed by a configuration, which belongs to one broker and is frozen',
  'dialects/nats/frames.ts known': 'the last INFO rendered, found by the identity of an object of one broker',
  'dialects/nats/plain-lines.ts sids': 'the decimal text of small numbers',
  'embed/publication.ts known': 'the last subject that was valid; whether one is depends on its text alone',
  'frame/copy.ts lastView': 'a view found by the identity of the memory it shows',
  'frame/memory.ts codecs': 'memory of codecs that belong to no broker; in use within one call only',
  'jetstream/store/log/lock.ts locked': 'folders that a broker of this process has, which no other may have',
  'jetstream/store/subject-matcher.ts known':
    'keyed by a filter, of which it says nothing but what the filter says',
  'log/nats.ts offsetMs': 'the difference between two clocks of the process',
  'routing/match.ts builds': 'numbers results; each number is used once, whichever core it is for',
  'transport/websocket/attached-server.ts served':
    'paths of HTTP servers by the server, which brokers may share',
};

/** A declaration at the top of a module, up to the line that ends it. */
const DECLARATION =
  /^(?:export )?(let|var|const) (\w+)(?:: ([^\n]*?))?(?:;| =\s+(.*(?:\n(?: .*|[\])}].*|(?=\n)))*))/gm;
/** Types whose values nothing changes. */
const READONLY_TYPE = /^(?:Readonly|readonly |\(readonly )/;
/** Values that may hold state: objects of classes, lists to be filled, bytes to write to. */
const STATEFUL =
  /^(?:new (?!\w+Array\(0\)|DataView\(new ArrayBuffer\(0\)\))|\[\]|Buffer\.alloc(?:Unsafe|UnsafeSlow)?\((?!0\)))/;
/** Objects that nothing changes once they have been made, and tables that are filled while their module is loaded. */
const CONSTANT: ReadonlySet<string> = new Set([
  'cli/flags.ts FLAGS',
  'dialects/nats/trace-headers.ts DESTINATION',
  'dialects/nats/trace-headers.ts DESTINATION_VIEW',
  'dialects/nats/trace-headers.ts PARENT',
  'dialects/nats/trace-headers.ts WORDS',
  'embed/responder.ts UNREPORTED',
  'web/buffer.ts encoder',
  'web/buffer.ts lenient',
  'web/buffer.ts strict',
]);
/** An object whose methods change its own fields. */
const CHANGES_ITSELF = /\bthis\.\w+(?:\.\w+)* *(?:=(?![=>])|\+=|-=|\|=|\?\?=|\+\+|--)|\+\+this\.|--this\./;

/** Names of the variables of a module that may change after it has been loaded. */
function changingVariables(source: string): string[] {
  const found: string[] = [];
  for (const [, kind, name, type, value] of source.matchAll(DECLARATION)) {
    const isReadonly = type !== undefined && READONLY_TYPE.test(type);
    const isStateful =
      value !== undefined && (STATEFUL.test(value) || (value.startsWith('{') && CHANGES_ITSELF.test(value)));
    if (kind !== 'const' || (isStateful && !isReadonly)) found.push(name!);
  }
  return found;
}

function* sources(folder: string): Iterable<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (path.endsWith('.ts')) yield path;
  }
}

describe('modules of lib', () => {
  it('have no variables that change, but for those whose sharing does no harm', () => {
    const found: string[] = [];
    for (const path of sources('lib'))
      for (const name of changingVariables(readFileSync(path, 'utf8')))
        found.push(`${relative('lib', path)} ${name}`);
    expect(found.sort()).to.deep.equal([...Object.keys(ALLOWED), ...CONSTANT].sort());
  });

  for (const [source, names] of [
    ['let count = 0;', ['count']],
    ['let known: { readonly info: object } | undefined;', ['known']],
    ['export const table = new Map<string, number>();', ['table']],
    ['const names: ReadonlySet<string> = new Set(["a"]);', []],
    ['const free: Block[] = [];', ['free']],
    ['const NONE: readonly never[] = [];', []],
    ['const scratch = Buffer.alloc(64);', ['scratch']],
    ['const LF = Buffer.from("\\n");\nconst NOTHING = Buffer.alloc(0);', []],
    [
      'export const arena = {\n  blocks: 0,\n\n  take(): number {\n    return this.blocks++;\n  },\n};\n',
      ['arena'],
    ],
    ['const kinds = {\n  size: 1,\n};\nfunction f() {\n  let inner = 1;\n  return inner++;\n}', []],
  ] as const)
    it(`are searched: ${JSON.stringify(source.slice(0, 50))}`, () =>
      expect(changingVariables(source)).to.deep.equal(names));
});
