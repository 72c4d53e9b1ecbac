/**
 * Joins what `sluice` loads when it starts into a few files: dist/cli.js, which the compiler has just written, and
 * dist/bundle/. Opening and linking some hundred modules takes longer than running them. The library's entry points
 * stay as the compiler writes them, but for the codecs of browsers (bundle-web.mjs) and the texts of the monitor's live page.
 * Whose code is in there, and on what terms: dist/bundle/THIRD-PARTY.txt.
 */
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import commonjs from '@rollup/plugin-commonjs';
import nodeResolve from '@rollup/plugin-node-resolve';
import { rollup } from 'rollup';
import { minify } from 'terser';

const DIST = fileURLToPath(new URL('../dist/', import.meta.url));
const SHEBANG = '#!/usr/bin/env node\n';

/**
 * What only brings along what Node has itself, or what the command never uses: pino's ways to write, in threads and in
 * several places, for which Node would load modules of its own at every start. By what is asked for, or by the end of a path.
 */
const REPLACED = {
  'readable-stream': "export { Transform } from 'node:stream';",
  'sonic-boom': 'module.exports = class SonicBoom {};',
  '/pino/lib/transport.js': 'module.exports = function transport() {};',
  '/pino/lib/multistream.js': 'module.exports = function multistream() {};',
  worker_threads: 'exports.isMainThread = true;',
  // Only for what JSON.stringify, which pino tries first, cannot show: circles and big integers.
  'safe-stable-stringify': `
    exports.configure = () => (value) => {
      const seen = new Set();
      return JSON.stringify(value, (_key, each) => {
        if (typeof each === 'bigint') return String(each);
        if (seen.has(each)) return '[Circular]';
        if (typeof each === 'object') seen.add(each);
        return each;
      });
    };`,
};

const replaced = {
  name: 'replaced',
  async resolveId(id, importer, options) {
    if (importer === undefined || !importer.includes('node_modules')) return null;
    if (id in REPLACED) return `/replaced/${id}.js`;
    if (!id.startsWith('.')) return null;
    const found = await this.resolve(id, importer, { ...options, skipSelf: true });
    const key = Object.keys(REPLACED).find((end) => end.startsWith('/') && found?.id.endsWith(end));
    return key === undefined ? null : `/replaced${key}`;
  },
  load(id) {
    const path = id.startsWith('/replaced/') ? id.slice('/replaced'.length) : '';
    return REPLACED[path] ?? REPLACED[path.slice(1, -'.js'.length)] ?? null;
  },
};

/** Valibot's schemas without what makes each of them a Standard Schema, which nothing here reads: an object and a function. */
const withoutStandard = {
  name: 'without-standard',
  transform(code, id) {
    if (!id.includes('/node_modules/valibot/')) return null;
    const found = /schema\["~standard"\] = \{[^}]*\}[^}]*\};/;
    if (!found.test(code)) throw new Error('valibot is not as script/bundle.mjs expects it');
    return { code: code.replace(found, ''), map: null };
  },
};

const withoutShebang = {
  name: 'without-shebang',
  transform: (code) => (code.startsWith(SHEBANG) ? { code: code.slice(SHEBANG.length), map: null } : null),
};

/** Declarations of exported numbers, and named imports from files. */
const NUMBER = /^export const ([A-Z][A-Z0-9_]*) = (-?(?:0x[\da-f]+|[\d_]+));$/gm;
const IMPORT = /^import \{([^}]*)\} from '(\.[^']*)';$/gm;

/** By file: many import the same ones. */
const numbers = new Map();

function numbersOf(file) {
  if (!numbers.has(file)) {
    const found = [...readFileSync(file, 'utf8').matchAll(NUMBER)];
    numbers.set(file, new Map(found.map(([, name, value]) => [name, value])));
  }
  return numbers.get(file);
}

/**
 * Declares imported numbers where they are used. What one chunk exports to another is a variable to V8, which it loads each
 * time: with the columns of a row it made a message of 16 bytes 15 % slower.
 */
const withOwnNumbers = {
  name: 'own-numbers',
  transform(code, id) {
    if (!id.startsWith(DIST)) return null;
    const own = [];
    const changed = code.replace(IMPORT, (whole, list, path) => {
      const there = numbersOf(join(dirname(id), path));
      const names = list.split(',').filter((each) => each.trim() !== '');
      const rest = names.filter((each) => {
        const [name, alias = name] = each.trim().split(/\s+as\s+/);
        if (there.has(name)) own.push(`const ${alias} = ${there.get(name)};`);
        return !there.has(name);
      });
      if (rest.length === names.length) return whole;
      return rest.length === 0 ? `import '${path}';` : `import {${rest.join(',')}} from '${path}';`;
    });
    return own.length === 0 ? null : { code: `${own.join('\n')}\n${changed}`, map: null };
  },
};

/** The version in the place of a look for package.json, which takes some milliseconds. */
const withVersion = {
  name: 'version',
  transform(code, id) {
    if (id !== join(DIST, 'version.js')) return null;
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
    const found = /createRequire\(import\.meta\.url\)\('sluice\/package\.json'\)\.version/;
    if (!found.test(code))
      throw new Error('version.js does not read the version as script/bundle.mjs expects');
    return { code: code.replace(found, JSON.stringify(version)), map: null };
  },
};

/** Names that any code assigns to after their declaration. */
function* assigned(node) {
  if (node.type === 'AssignmentExpression' && node.left.type === 'Identifier') yield node.left.name;
  if (node.type === 'UpdateExpression' && node.argument.type === 'Identifier') yield node.argument.name;
  for (const value of Object.values(node))
    for (const each of Array.isArray(value) ? value : [value])
      if (typeof each?.type === 'string') yield* assigned(each);
}

/**
 * Exports copies of a chunk's own functions, classes and constants: what is exported is a variable to V8 in the chunk that
 * exports it as well, and the data path is in one that lends a lot to others.
 */
const exportsCopies = {
  name: 'exports-copies',
  renderChunk(code) {
    const ast = this.parse(code);
    const changing = new Set(assigned(ast));
    let out = '';
    let at = 0;
    for (const { type, source, specifiers, start, end } of ast.body) {
      if (type !== 'ExportNamedDeclaration' || source || specifiers.length === 0) continue;
      const copied = specifiers.filter(({ local }) => !changing.has(local.name));
      const kept = specifiers.filter(({ local }) => changing.has(local.name));
      const copies = copied.map(({ local }, index) => `exported${index} = ${local.name}`).join(', ');
      const names = [
        ...copied.map(({ exported }, index) => `exported${index} as ${exported.name}`),
        ...kept.map(({ local, exported }) => `${local.name} as ${exported.name}`),
      ].join(', ');
      out += `${code.slice(at, start)}${copies === '' ? '' : `const ${copies};\n`}export { ${names} };`;
      at = end;
    }
    return { code: out + code.slice(at), map: null };
  },
};

/** The names of an import, as they are destructured: `a as b` is `a: b`. */
function destructured(specifiers) {
  const names = specifiers
    .filter(({ type }) => type === 'ImportSpecifier')
    .map(({ imported, local }) =>
      imported.name === local.name ? local.name : `${imported.name}: ${local.name}`,
    );
  return names.length === 0 ? [] : [`{ ${names.join(', ')} }`];
}

/**
 * Takes Node's own modules without `import`, for which Node makes a second module with all of its exports, and loads what those
 * export only when it is asked for: it took 2 MiB of memory and some milliseconds.
 */
const builtinsAtOnce = {
  name: 'builtins-at-once',
  renderChunk(code) {
    let out = '';
    let at = 0;
    for (const { type, source, specifiers, start, end } of this.parse(code).body) {
      if (type !== 'ImportDeclaration' || !isBuiltin(source.value)) continue;
      const wholes = specifiers
        .filter((each) => each.type !== 'ImportSpecifier')
        .map(({ local }) => local.name);
      const targets = [...wholes, ...destructured(specifiers)];
      const from = `process.getBuiltinModule('${source.value}')`;
      out += code.slice(at, start) + targets.map((target) => `const ${target} = ${from};`).join(' ');
      at = end;
    }
    return { code: out + code.slice(at), map: null };
  },
};

/**
 * Node reads, and keeps in memory, all of a file at every start: comments, indentation and long names of locals cost time and
 * memory. Functions and classes keep their names, which errors, traces and inspect show; each statement begins a line, which
 * traces name. V8 keeps a file in one byte per character only if no character takes two. Licences are in THIRD-PARTY.txt.
 */
const minified = {
  name: 'minified',
  async renderChunk(code) {
    const { code: shorter } = await minify(code, {
      module: true,
      compress: false,
      keep_classnames: true,
      keep_fnames: true,
      format: { ascii_only: true, comments: false, semicolons: false },
    });
    return { code: shorter, map: null };
  },
};

/** What begins a command that is no broker; with main.js, which begins one. */
const OTHERS = ['dispatch', 'subcommands/clients', 'subcommands/completion', 'subcommands/help'];

/** Every module that one of dist/cli/ imports, and those that they import, at once and not later. */
function reach(name, { getModuleInfo }) {
  const found = new Set([join(DIST, 'cli', `${name}.js`)]);
  for (const id of found) for (const next of getModuleInfo(id)?.importedIds ?? []) found.add(next);
  return found;
}

let common;

/** One chunk for what the broker shares with them: left alone, rollup makes many, and each is a file more to open. */
function chunkOf(id, graph) {
  if (common === undefined) {
    const others = OTHERS.map((name) => reach(name, graph));
    common = new Set([...reach('main', graph)].filter((each) => others.some((other) => other.has(each))));
  }
  return common.has(id) || id.endsWith('commonjsHelpers.js') ? 'common' : undefined;
}

/** Roots of the packages whose files are among `modules`. */
function packagesOf(modules) {
  const roots = modules.map(
    (id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id.replace(/^\0/, '').replaceAll('\\', '/'))?.[0],
  );
  return [...new Set(roots.filter((root) => root !== undefined))].sort();
}

/** Name, version and licence of a package, with the text it ships. */
function notice(root) {
  const { name, version, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const file = readdirSync(root).find((each) => /^licen[cs]e/i.test(each));
  const text = file === undefined ? '' : `\n${readFileSync(join(root, file), 'utf8').trim()}\n`;
  return `${name} ${version}, ${license}\n${text}`;
}

if (readFileSync(join(DIST, 'cli.js'), 'utf8').includes("'./bundle/")) {
  console.error('dist/cli.js is bundled already: compile first');
  process.exit(1);
}
rmSync(join(DIST, 'bundle'), { recursive: true, force: true });

/** Style sheets of the live page, in order. */
const SHEETS = ['base.css', 'layout.css', 'widgets.css', 'media.css'];
const PAGE = fileURLToPath(new URL('../lib/monitor/live/page/', import.meta.url));

/** Writes the texts of the live page into a module: then they need no path, wherever that is bundled into. */
async function writePage() {
  const script = await rollup({ input: join(PAGE, 'main.js'), plugins: [minified] });
  const { output } = await script.generate({ format: 'es' });
  await script.close();
  const read = (name) => readFileSync(join(PAGE, name), 'utf8');
  const texts = { html: read('index.html'), css: SHEETS.map(read).join('\n'), js: output[0].code };
  writeFileSync(
    join(DIST, 'monitor', 'live', 'page-texts.js'),
    `/** The texts of the live page. */\nexport const PAGE = ${JSON.stringify(texts, undefined, 2)};\n`,
  );
}

await writePage();
const bundle = await rollup({
  // The thread is started by its file name, beside the chunk that starts it.
  input: { cli: join(DIST, 'cli.js'), 'bundle/bcrypt-worker': join(DIST, 'auth', 'bcrypt-worker.js') },
  external: (id) => isBuiltin(id) && !(id in REPLACED),
  plugins: [
    withoutShebang,
    withVersion,
    withOwnNumbers,
    replaced,
    withoutStandard,
    nodeResolve({ exportConditions: ['node'] }),
    commonjs(),
    builtinsAtOnce,
    exportsCopies,
    minified,
  ],
  onwarn(warning, warn) {
    if (warning.code !== 'CIRCULAR_DEPENDENCY') warn(warning);
  },
});
const { output } = await bundle.write({
  dir: DIST,
  format: 'es',
  generatedCode: 'es2015',
  manualChunks: chunkOf,
  entryFileNames: '[name].js',
  chunkFileNames: ({ name, facadeModuleId }) =>
    `bundle/${name === 'index' && facadeModuleId ? basename(dirname(facadeModuleId)) : name}.js`,
  banner: ({ name }) => (name === 'cli' ? SHEBANG.trimEnd() : ''),
});
await bundle.close();
chmodSync(join(DIST, 'cli.js'), 0o755);

const notices = packagesOf(output.flatMap(({ modules = {} }) => Object.keys(modules))).map(notice);
const line = `\n${'-'.repeat(100)}\n\n`;
writeFileSync(
  join(DIST, 'bundle', 'THIRD-PARTY.txt'),
  `Parts of dist/bundle/ are these packages.\n${line}${notices.join(line)}`,
);

await import('./bundle-web.mjs');
