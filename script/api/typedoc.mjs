/**
 * Writes docs/api from the doc comments of whatever the package exports, a folder for each entry point. Any warning,
 * such as a link that leads nowhere, is a failure. `make api` installs what it needs beside this file.
 */
import { readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Application } from 'typedoc';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const OUT = join(ROOT, 'docs', 'api');
const require = createRequire(import.meta.url);
const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

/** What the types of an entry point are compiled from: `./dist/x.d.ts` comes of `lib/x.ts`. */
function sourceOf({ types }) {
  return join(ROOT, types.replace(/^\.\/dist\//, 'lib/').replace(/\.d\.ts$/, '.ts'));
}

const app = await Application.bootstrapWithPlugins({
  entryPoints: Object.values(exports)
    .filter((each) => typeof each === 'object')
    .map(sourceOf),
  tsconfig: join(ROOT, 'tsconfig.json'),
  // The second one adds the types that exported ones are made of, which are not exported themselves.
  plugin: ['typedoc-plugin-markdown', 'typedoc-plugin-missing-exports'].map((name) => require.resolve(name)),
  out: OUT,
  name: 'sluice',
  readme: 'none',
  disableGit: true,
  disableSources: true,
  // What Node's own streams document is not repeated.
  externalSymbolLinkMappings: { '@types/node': { '*': '#' } },
  excludeInternal: true,
  excludePrivate: true,
  excludeExternals: true,
  logLevel: 'Warn',
});
const project = await app.convert();
if (project !== undefined) {
  app.validate(project);
  rmSync(OUT, { recursive: true, force: true });
  await app.generateOutputs(project);
}
if (project === undefined || app.logger.hasErrors() || app.logger.hasWarnings()) process.exitCode = 1;
