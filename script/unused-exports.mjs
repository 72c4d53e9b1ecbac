// Exports of lib/ that no other file uses: `make lint` fails on them. Entry points of the package use what they export, and
// types may be exported that are part of what their file exports.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Where exports of lib/ may be used. */
const USERS = ['lib', 'spec', 'tools', 'examples', 'docs/examples'];

/** What script/bundle-web.mjs puts in the place of node modules. */
const BUNDLED = ['lib/web/buffer.ts'];

/** Files of the package that others import, or that are run, as paths from the root. */
function entries() {
  const { exports, bin } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const types = Object.values(exports).flatMap((entry) => entry.types ?? []);
  return new Set(
    [...types, ...Object.values(bin), ...BUNDLED].map((path) =>
      path.replace(/^(\.\/)?dist\//, 'lib/').replace(/(\.d\.ts|\.js)$/, '.ts'),
    ),
  );
}

function files() {
  return USERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true })
      .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
      .map((name) => join(folder, name)),
  );
}

/** The names in `{ a, type b as c }`, as [there, here]. */
function namesIn(braces) {
  return braces
    .split(',')
    .map((one) => one.trim().replace(/^type /, ''))
    .filter(Boolean)
    .map((one) => one.split(/ as /))
    .map(([there, here = there]) => [there, here]);
}

/** @param read the text of a file; a test's own */
export function unusedExports(read = (path) => readFileSync(join(ROOT, path), 'utf8'), paths = files()) {
  const exported = new Map();
  const used = new Set();
  const isEntry = entries();
  for (const path of paths) {
    const text = read(path).replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
    const target = (from) => relative('.', join(dirname(path), from)).replace(/\.js$/, '.ts');
    for (const [, what, from] of text.matchAll(
      /(?:import|export)(?: type)? (\*[^']*|[^';]*?)\s*from\s*'(\.[^']+)'/g,
    )) {
      const braces = /\{([^}]*)\}/.exec(what)?.[1];
      if (braces === undefined) used.add(`${target(from)} *`);
      else for (const [name] of namesIn(braces)) used.add(`${target(from)} ${name}`);
    }
    for (const [, from] of text.matchAll(/import\(\s*'(\.[^']+)'/g)) used.add(`${target(from)} *`);
    if (!path.startsWith('lib') || isEntry.has(path)) continue;
    const names = new Set();
    for (const [, kind, name] of text.matchAll(
      /^export (?:abstract )?(?:async )?(class|function\*?|const|let|interface|type|enum) (\w+)/gm,
    )) {
      const isType = kind === 'interface' || kind === 'type';
      if (!isType || text.match(new RegExp(`\\b${name}\\b`, 'g')).length === 1) names.add(name);
    }
    for (const [, braces] of text.matchAll(/^export (?:type )?\{([^}]*)\}/gm))
      for (const [, name] of namesIn(braces)) names.add(name);
    exported.set(path, names);
  }
  return [...exported].flatMap(([path, names]) =>
    used.has(`${path} *`)
      ? []
      : [...names].filter((name) => !used.has(`${path} ${name}`)).map((name) => `${path}: ${name}`),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = unusedExports();
  for (const one of found) console.error(`${one} is exported, but not used by another file`);
  process.exitCode = found.length === 0 ? 0 : 1;
}
