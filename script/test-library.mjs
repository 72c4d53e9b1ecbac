/** Runs the specs that do not need POSIX: what there is to be tested on Windows. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const FOLDERS = ['auth', 'broker', 'property', 'protocol', 'routing'];
const FILES = ['broker', 'cli/subcommands/child', 'codecs', 'errors', 'limits'];

const specs = [
  ...FOLDERS.map((name) => `build/spec/${name}/**/*.spec.js`),
  ...FILES.map((name) => `build/spec/${name}.spec.js`),
];
const mocha = ['node_modules/mocha/bin/mocha.js', '--no-config', '--forbid-only', '--timeout', '60000'];
const { status } = spawnSync(process.execPath, [...mocha, ...specs], { cwd: ROOT, stdio: 'inherit' });
process.exitCode = status ?? 1;
