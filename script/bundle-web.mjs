/**
 * Joins the codecs for Web Streams into one file that needs nothing but what browsers have: dist/codecs-web.js. Where the
 * code they share with Node's codecs says Buffer, they get lib/web/buffer.ts instead.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import nodeResolve from '@rollup/plugin-node-resolve';
import { rollup } from 'rollup';

const DIST = fileURLToPath(new URL('../dist/', import.meta.url));
const THROUGH2 = fileURLToPath(new URL('../node_modules/through2/', import.meta.url));
const BUFFER = join(DIST, 'web', 'buffer.js');

const withoutNode = {
  name: 'without-node',
  resolveId: (id) => (id === 'node:buffer' || id === 'node:crypto' ? BUFFER : null),
  transform(code, id) {
    if (id === BUFFER || !/\bBuffer\b/.test(code)) return null;
    return { code: `import { WebBuffer as Buffer } from ${JSON.stringify(BUFFER)};\n${code}`, map: null };
  },
};

const { version } = JSON.parse(readFileSync(`${THROUGH2}package.json`, 'utf8'));
const licence = readFileSync(`${THROUGH2}LICENSE.md`, 'utf8').trim();

const bundle = await rollup({
  input: `${DIST}web/index.js`,
  plugins: [withoutNode, nodeResolve({ exportConditions: ['browser'] })],
  onwarn(warning) {
    throw new Error(warning.message);
  },
});
await bundle.write({
  file: `${DIST}codecs-web.js`,
  format: 'es',
  generatedCode: 'es2015',
  banner: `/*!\nIn here is a part of through2 ${version}.\n\n${licence}\n*/`,
});
await bundle.close();
