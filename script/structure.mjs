// The folders of lib/ and what each may import: `node script/structure.mjs` writes the rules to script/structure.json, which
// biome.json extends so that `make lint` enforces them, and draws docs/structure.svg from the imports that there are.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/**
 * Lines of a file, of which Biome counts a comment as one, however long it is. So lib/embed/settings-types.ts is within it, which is
 * written from the schema and mostly comments; spec/project/structure.spec.ts counts every line of the others.
 */
const MAX_LINES = 400;

const upToClients = ['domain', 'frame', 'dialects', 'clients'];
const upToServices = [...upToClients, 'routing', 'services'];
const upToConnection = [
  ...upToServices,
  'limits',
  'config',
  'transport',
  'auth',
  'log',
  'monitor',
  'system',
  'connection',
];

/** Each folder, from the bottom up: its name, what it has, and which folders it may import, by type as well. */
export const FOLDERS = [
  ['domain', 'errors, limits, subjects, account names, permissions', []],
  ['frame', 'batches of commands and the memory they lie in', ['domain']],
  ['dialects', 'what dialects share; the NATS and the line dialect', ['domain', 'frame']],
  [
    'clients',
    'a connection as the core sees it: subscriptions, outbox, flow control',
    ['domain', 'frame', 'dialects'],
  ],
  ['routing', 'who gets what: subscriptions by subject, router, core', upToClients],
  [
    'services',
    'subjects that the server itself serves; imports between accounts',
    [...upToClients, 'routing'],
  ],
  ['limits', 'accept rate, connection limits, ingress rates', ['domain', 'frame']],
  ['config', 'flags, environment, TOML and nats-server files; the schema', ['domain']],
  ['transport', 'listeners, TLS, outgoing connections', ['domain', 'frame', 'limits']],
  ['auth', 'users, nkeys, certificates, JWTs, bcrypt', ['domain', 'frame', 'dialects', 'clients', 'config']],
  ['log', 'pino’s lines, their formats and where they go', ['domain', 'config']],
  ['monitor', 'HTTP endpoints, one file each', ['domain', 'config', 'transport', 'log']],
  ['system', 'requests and events of the system account', [...upToServices, 'monitor']],
  [
    'connection',
    'one connection, from its socket to the core',
    [...upToClients, 'routing', 'limits', 'transport', 'auth', 'log'],
  ],
  ['links', 'links to other servers', [...upToConnection]],
  ['jetstream', 'streams, consumers, and what they are kept in', upToServices],
  ['broker', 'builds, starts, reloads and shuts down a broker', [...upToConnection, 'links', 'jetstream']],
  ['embed', 'the broker as a library', [...upToConnection, 'links', 'jetstream', 'broker']],
  ['testing', 'test brokers for other projects', [...upToConnection, 'broker', 'embed']],
  ['web', 'the codecs for Web Streams', ['domain', 'frame', 'dialects']],
  ['cli', 'the command', [...upToConnection, 'broker', 'embed']],
];

/**
 * Files at the top of lib/, and the folder whose exports each has: what may import that may import the file. No folder may
 * import one that has none. Any may import version.ts.
 */
const TOP_FILES = [
  ['broker', 'broker'],
  ['config', 'config'],
  ['cli', undefined],
  ['codecs', undefined],
  ['corpus', undefined],
  ['index', undefined],
  ['nats-transport', undefined],
];

/** Modules of Node that a folder may not import, by type neither: sockets and TLS are not for it. */
const NO_SOCKETS = ['frame', 'dialects', 'clients', 'routing', 'services'];
const SOCKETS = ['node:net', 'node:tls'];

/** Biome's rules that come of that. */
export function overrides() {
  const names = FOLDERS.map(([name]) => name);
  const arrows = FOLDERS.flatMap(([name, , may]) => {
    const others = names.filter((other) => other !== name && !may.includes(other));
    const message = `lib/${name} may import ${may.length === 0 ? 'no other folder' : may.join(', ')}: see script/structure.mjs`;
    const folders = { group: others.map((other) => `../**/${other}/**`), message };
    const files = TOP_FILES.filter(([, folder]) => !may.includes(folder));
    const sockets = NO_SOCKETS.includes(name)
      ? { paths: Object.fromEntries(SOCKETS.map((each) => [each, `lib/${name} has to do with no sockets`])) }
      : {};
    // `../config.js` is the one at the top for files of the folder itself; in folders of that it may be the folder's own.
    return [
      [`lib/${name}/*`, ['../']],
      [`lib/${name}/*/**`, ['../../', '../../../']],
    ].map(([includes, ups]) => {
      const group = ups.flatMap((up) => files.map(([file]) => `${up}${file}.js`));
      const options = { ...sockets, patterns: [folders, { group, message }] };
      return {
        includes: [includes],
        linter: { rules: { style: { noRestrictedImports: { level: 'error', options } } } },
      };
    });
  });
  const size = { level: 'error', options: { maxLines: MAX_LINES } };
  return [
    { includes: ['lib/**'], linter: { rules: { style: { noExcessiveLinesPerFile: size } } } },
    ...arrows,
  ];
}

/** The imports between files of lib/, as paths below it. */
function imports() {
  const lib = join(ROOT, 'lib');
  const files = readdirSync(lib, { recursive: true }).filter((name) => name.endsWith('.ts'));
  return files.flatMap((from) =>
    [...readFileSync(join(lib, from), 'utf8').matchAll(/(?:from|import\(|import) ?'(\.[^']+)'/g)].map(
      ([, to]) => ({
        from,
        to: relative(lib, join(lib, dirname(from), to)),
      }),
    ),
  );
}

const STYLE = `
  svg { color-scheme: light dark; font: 13px system-ui, sans-serif; }
  text { fill: #1b1f24; } .about { font-size: 12px; fill: #57606a; } .number { text-anchor: middle; font-size: 11px; }
  .cell { fill: #3b6ea5; } .own { fill: #d0d7de; } .wrong { fill: #b3372f; } .line { stroke: #d0d7de; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .about { fill: #9da7b1; } .cell { fill: #6ea8e0; } .own { fill: #30363d; } .line { stroke: #30363d; }
  }`;
const CELL = 26;
const LEFT = 500;
const TOP = 84;

/** Rows import columns. Everything left of the grey diagonal: nothing imports what is above it. */
export function picture() {
  const names = FOLDERS.map(([name]) => name);
  const counts = new Map();
  for (const { from, to } of imports()) {
    const [one, other] = [from.split('/')[0], to.split('/')[0]];
    if (one !== other) counts.set(`${one} ${other}`, (counts.get(`${one} ${other}`) ?? 0) + 1);
  }
  const parts = names.map((name, column) => {
    const x = LEFT + column * CELL + CELL / 2;
    return `<text transform="translate(${x + 4} ${TOP - 8}) rotate(-60)">${name}</text>`;
  });
  for (const [row, [name, about, may]] of FOLDERS.entries()) {
    const y = TOP + row * CELL;
    parts.push(
      `<text x="8" y="${y + 17}">${name}</text><text class="about" x="84" y="${y + 17}">${about}</text>`,
    );
    parts.push(`<path class="line" d="M8 ${y} H${LEFT + names.length * CELL}"/>`);
    parts.push(`<rect class="own" x="${LEFT + row * CELL}" y="${y}" width="${CELL}" height="${CELL}"/>`);
    for (const [column, other] of names.entries()) {
      const count = counts.get(`${name} ${other}`);
      if (count === undefined) continue;
      const kind = may.includes(other) ? 'cell' : 'wrong';
      const x = LEFT + column * CELL;
      const opacity = Math.min(0.75, 0.12 + Math.sqrt(count) / 10).toFixed(2);
      parts.push(
        `<rect class="${kind}" fill-opacity="${opacity}" x="${x}" y="${y}" width="${CELL}" height="${CELL}"/>`,
      );
      parts.push(`<text class="number" x="${x + CELL / 2}" y="${y + 17}">${count}</text>`);
    }
  }
  const [width, height] = [LEFT + names.length * CELL + 40, TOP + names.length * CELL + 10];
  const about =
    'Imports between the folders of lib, from each row to each column; all are below the diagonal.';
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${about}">
<style>${STYLE}</style>
${parts.join('\n')}
</svg>
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(
    join(ROOT, 'script/structure.json'),
    `${JSON.stringify({ overrides: overrides() }, undefined, 2)}\n`,
  );
  writeFileSync(join(ROOT, 'docs/structure.svg'), picture());
}
