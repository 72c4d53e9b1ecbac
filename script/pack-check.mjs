/**
 * Packs the package, installs it into an empty project, and uses all it exports there: as ES modules, as CommonJS, in
 * TypeScript with the resolutions there are, and as a command. Then the two linters of packages have a look at it.
 * Needs `make build`. Prints a line for each check; ends with 1 if one fails.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { install, npm, pack } from './pack/install.mjs';
import { asCommonJs, asCommonTs, useNames, useOf } from './pack/uses.mjs';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const require = createRequire(import.meta.url);

/** Rules of `attw` that do not apply: `require` of an ES module works in every Node of `engines`, and is tried below. */
const IGNORED = ['cjs-resolves-to-esm'];
/** Leaves out the resolution of Node 10, which knows no `exports`: TypeScript has not had it since version 6. */
const ATTW_PROFILE = 'node16';

/** Compilers: ours, and an old one that comes with `attw`. */
const NEW = { name: 'TypeScript 7', tsc: join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc') };
const OLD = {
  name: 'TypeScript 5.6',
  tsc: createRequire(require.resolve('@arethetypeswrong/core')).resolve('typescript/lib/tsc.js'),
};

/** How a project may have its modules looked up. TypeScript lets `require` have ES modules from 5.8 on. */
const RESOLUTIONS = [
  { ...NEW, module: 'node16', moduleResolution: 'node16' },
  { ...NEW, module: 'nodenext', moduleResolution: 'nodenext', hasRequire: true },
  { ...NEW, module: 'esnext', moduleResolution: 'bundler' },
  { ...OLD, module: 'nodenext', moduleResolution: 'nodenext' },
];

const STRICT = {
  target: 'es2022',
  lib: ['es2023', 'esnext.disposable'],
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  verbatimModuleSyntax: true,
  skipLibCheck: false,
  noEmit: true,
};

let failures = 0;

/** Runs a check, and says what came of it. */
async function check(title, run) {
  try {
    const more = await run();
    console.log(`ok      ${title}${more ? `: ${more}` : ''}`);
  } catch (error) {
    failures++;
    console.log(`FAILED  ${title}\n${String(error.message).replace(/^/gm, '        ')}`);
  }
}

/** Runs a Node program in the project; its standard output. */
function node(cwd, ...words) {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, words, {
    cwd,
    encoding: 'utf8',
    timeout: 120_000,
  });
  if (status !== 0) throw new Error(`exit ${status ?? signal}\n${stdout}${stderr}`);
  return stdout;
}

function write(project, name, text) {
  writeFileSync(join(project, name), text);
  return name;
}

const temporary = realpathSync(mkdtempSync(join(tmpdir(), 'sluice-pack-')));
const project = join(temporary, 'project');
try {
  const { tarball, packed } = pack(ROOT, temporary);
  console.log(`${packed.name}-${packed.version}: ${packed.files.length} files, ${packed.unpackedSize} bytes`);
  let installed = false;
  await check('installs into an empty project', () => {
    const how = install(project, tarball, ROOT);
    installed = true;
    return how === 'npm' ? undefined : 'no registry, dependencies copied from this checkout';
  });
  if (!installed) process.exit(1);

  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  await check('npx sluice --version', () => {
    const said = npm(project, 'exec', '--no', '--', 'sluice', '--version').trim();
    if (!said.startsWith(`sluice ${version} `)) throw new Error(`it said ${said}`);
    return said;
  });
  await check('npx sluice -t: a whole configuration', () => {
    npm(project, 'exec', '--no', '--', 'sluice', '-t', '-c', join('node_modules', 'sluice', 'config.toml'));
  });

  const modules = [];
  const commons = [];
  for (const name of useNames(ROOT)) {
    const code = useOf(name);
    await check(`import   ${name}`, () => void node(project, write(project, `${name}.mjs`, code)));
    await check(
      `require  ${name}`,
      () => void node(project, write(project, `${name}.cjs`, asCommonJs(code))),
    );
    modules.push(write(project, `${name}.types.mts`, code));
    commons.push(write(project, `${name}.types.cts`, asCommonTs(code)));
  }
  const apiTypes = readdirSync(join(ROOT, 'spec', 'types')).filter((name) => name.endsWith('.ts'));
  for (const name of apiTypes) {
    const code = readFileSync(join(ROOT, 'spec', 'types', name), 'utf8');
    modules.push(write(project, name.replace(/\.ts$/, '.mts'), code));
  }

  for (const { name, tsc, module, moduleResolution, hasRequire } of RESOLUTIONS) {
    const files = hasRequire ? [...modules, ...commons] : modules;
    await check(`types    ${name}, ${moduleResolution}, ${files.length} files`, () => {
      const config = { compilerOptions: { ...STRICT, module, moduleResolution }, files };
      node(project, tsc, '-p', write(project, 'tsconfig.json', JSON.stringify(config)));
    });
  }

  await check('publint', async () => {
    const { messages, pkg } = await publint({
      pkgDir: join(project, 'node_modules', 'sluice'),
      pack: false,
      strict: true,
    });
    if (messages.length > 0) throw new Error(messages.map((each) => formatMessage(each, pkg)).join('\n'));
  });
  await check('attw', () => {
    const attw = join(ROOT, 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js');
    const rules = ['--profile', ATTW_PROFILE, '--ignore-rules', ...IGNORED];
    node(ROOT, attw, tarball, '--no-definitely-typed', '--no-emoji', '--format', 'ascii', ...rules);
  });
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
if (failures > 0) console.log(`${failures} failed`);
process.exitCode = failures > 0 ? 1 : 0;
