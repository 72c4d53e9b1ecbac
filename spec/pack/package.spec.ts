import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect } from 'chai';

interface Packed {
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

interface Locked {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly hasInstallScript?: boolean;
  readonly license?: string;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
}

/** Whatever may be in the package; nothing else may. */
const ALLOWED: readonly RegExp[] = [
  /^(?:package\.json|README\.md|LICENSE|CHANGELOG\.md|config\.toml)$/,
  /^corpus\/(?:README\.md|[\w-]+\.json)$/,
  /^docs\/[\w-]+\.(?:md|svg)$/,
  /^docs\/bench\/[\w-]+\.svg$/,
  /^dist\/(?:[\w-]+\/)*[\w-]+\.(?:js|d\.ts)$/,
  /^dist\/bundle\/THIRD-PARTY\.txt$/,
];

/** Licences that ask for no more than to be named. */
const LICENCES = /^(?:MIT|ISC|0BSD|BSD-[23]-Clause|Apache-2\.0|Unlicense)$/;

/** How far the documented figures may be from what there is. */
const TOLERANCE = 0.1;

/** A JSON file of the checkout. */
function json<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

const manifest = json<Manifest>('package.json');
const { packages } = json<{ packages: Readonly<Record<string, Locked>> }>('package-lock.json');

/** Where the lock file has a package that another one, at `path`, asks for. */
function found(name: string, path: string): string {
  for (let from = path; ; from = from.replace(/(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/]+$/, '')) {
    const place = `${from}${from === '' ? '' : '/'}node_modules/${name}`;
    if (place in packages) return place;
    if (from === '') return expect.fail(`${name}, which ${path} needs, is not in the lock file`);
  }
}

/** What comes along with `npm install sluice`, by path in the lock file. */
function dependencies(): [path: string, Locked][] {
  const paths = new Set(['']);
  for (const path of paths) {
    const { dependencies, optionalDependencies } = packages[path]!;
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies }))
      paths.add(found(name, path));
  }
  paths.delete('');
  return [...paths].map((path) => [path, packages[path]!]);
}

const production = dependencies();

function packed(): Packed {
  // By a shell, as npm is a script that Windows does not find otherwise.
  const told = execFileSync('npm pack --dry-run --json --ignore-scripts', {
    shell: true as unknown as string,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return (JSON.parse(told) as Packed[])[0]!;
}

describe('the package', () => {
  let pack: Packed;
  before(() => {
    pack = packed();
  });

  it('holds what is run, its types and the documentation, nothing else', () => {
    const strangers = pack.files.filter(({ path }) => !ALLOWED.some((pattern) => pattern.test(path)));
    expect(strangers.map(({ path }) => path)).to.deep.equal([]);
  });

  it('holds every file that its package.json names, and every page', () => {
    const paths = pack.files.map(({ path }) => path);
    const entries = Object.values(manifest.exports).flatMap((each) =>
      typeof each === 'string' ? each : [each.types, each.default],
    );
    for (const entry of entries.map((path) => path.replace('./', ''))) {
      const [before = '', after] = entry.split('*');
      const isThere = (path: string) =>
        path === entry || (after !== undefined && path.startsWith(before) && path.endsWith(after));
      expect(paths.some(isThere), entry).to.equal(true);
    }
    expect(paths).to.include.members(['dist/cli.js', 'LICENSE', 'README.md', 'CHANGELOG.md', 'config.toml']);
    const pages = readdirSync('docs').filter((name) => name.endsWith('.md'));
    expect(paths).to.include.members(pages.map((name) => `docs/${name}`));
  });

  it('is as large as the README says', () => {
    const [, megabytes, count] =
      /([\d.]+) MB unpacked, and brings (\d+) packages/.exec(
        readFileSync('README.md', 'utf8').replace(/\s+/g, ' '),
      ) ?? [];
    expect(Number(megabytes) * 1e6).to.be.closeTo(pack.unpackedSize, pack.unpackedSize * TOLERANCE);
    expect(Number(count)).to.be.closeTo(production.length, production.length * TOLERANCE);
  });

  it('runs nothing when it is installed, and neither does what it depends on', () => {
    const installing = Object.keys(manifest.scripts).filter((name) =>
      /^(?:pre|post)?install$|^(?:pre|post)?prepare$|^dependencies$/.test(name),
    );
    expect(installing).to.deep.equal([]);
    expect(production.filter(([, { hasInstallScript }]) => hasInstallScript)).to.deep.equal([]);
    expect(production).to.have.length.of.at.least(Object.keys(manifest.dependencies).length);
  });

  it('brings along nothing for one system only', () => {
    expect(production.filter(([, { os, cpu }]) => os !== undefined || cpu !== undefined)).to.deep.equal([]);
  });

  it('brings along licences that ask for no more than to be named', () => {
    const others = production.filter(([, { license }]) => !LICENCES.test(license ?? ''));
    expect(others.map(([path, { license }]) => `${path}: ${license}`)).to.deep.equal([]);
  });

  it('is used in every part by make pack-check', () => {
    const names = Object.keys(manifest.exports)
      .filter((entry) => !entry.endsWith('.json'))
      .map((entry) => (entry === '.' ? 'index' : entry.slice('./'.length).replaceAll('/', '-')));
    const uses = readdirSync('script/pack/uses').map((file) => basename(file, '.mjs'));
    expect(uses, 'script/pack/uses has one file for each entry of exports').to.have.members(names);
  });

  it('has a lock file without the addresses of a registry', () => {
    for (const path of ['package-lock.json', 'script/api/package-lock.json']) {
      expect(existsSync(path)).to.equal(true);
      expect(readFileSync(path, 'utf8')).not.to.include('"resolved": "http');
    }
  });
});
