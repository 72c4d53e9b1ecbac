/** An empty project that has the packed package in its node_modules, as `npm install sluice` leaves it. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** npm is a script: on Windows only a shell finds it. */
const SHELL = process.platform === 'win32';

/** What npm says when there is no registry to be reached, or nothing in its cache. */
const UNREACHABLE =
  /ENOTCACHED|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|E40[137]|E5\d\d\b/;

/**
 * Runs npm in a directory.
 * @returns its standard output
 * @throws Error with what it said, if it fails
 */
export function npm(cwd, ...words) {
  const { status, stdout, stderr, error } = spawnSync('npm', words, { cwd, encoding: 'utf8', shell: SHELL });
  if (status !== 0) throw new Error(`npm ${words.join(' ')}: ${error?.message ?? stderr}\n${stdout}`);
  return stdout;
}

/** Packs the checkout as it has been built; the path of the tarball, and what npm says is in it. */
export function pack(root, destination) {
  const told = npm(root, 'pack', '--json', '--ignore-scripts', '--pack-destination', destination);
  const [packed] = JSON.parse(told);
  return { tarball: join(destination, packed.filename), packed };
}

/** Paths in node_modules of what the package needs at run time, by the lock file. */
function productionPaths(root) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return Object.entries(packages).flatMap(([path, { dev, devOptional, optional }]) =>
    path === '' || dev || devOptional || optional ? [] : path,
  );
}

/**
 * Installs the tarball with npm; where no registry can be reached, its dependencies are those of the checkout.
 * @returns how the dependencies came
 */
export function install(project, tarball, root) {
  mkdirSync(project, { recursive: true });
  const manifest = (dependencies) => {
    writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, dependencies }));
  };
  manifest({ sluice: `file:${tarball}` });
  let how = 'npm';
  try {
    npm(project, 'install', '--prefer-offline', '--no-audit', '--no-fund', '--fetch-retries=0');
  } catch (error) {
    if (!UNREACHABLE.test(error.message)) throw error;
    how = 'copied';
    const home = join(project, 'node_modules', 'sluice');
    mkdirSync(home, { recursive: true });
    const { status } = spawnSync('tar', ['-xzf', tarball, '--strip-components=1', '-C', home]);
    if (status !== 0) throw new Error(`cannot unpack ${tarball}`);
    for (const path of productionPaths(root))
      cpSync(join(root, path), join(project, path), { recursive: true });
    npm(project, 'rebuild', '--ignore-scripts'); // links the command
  }
  for (const path of ['node_modules/@types/node', 'node_modules/undici-types'])
    cpSync(join(root, path), join(project, path), { recursive: true });
  return how;
}
