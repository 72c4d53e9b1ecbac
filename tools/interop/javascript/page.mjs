/** nats-core's `wsconnect` in a page of a headless Chromium: `node page.mjs SCENARIO`, or `--version`; see README.md. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import commonjs from '@rollup/plugin-commonjs';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { chromium } from 'playwright-core';
import { rollup } from 'rollup';
import { findBrowser, MISSING } from '../page/browser.mjs';

const [scenario] = process.argv.slice(2);
const executablePath = findBrowser();
if (executablePath === undefined) {
  console.log(`missing: ${MISSING}`);
  process.exit(0);
}

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
if (scenario === '--version') {
  console.log(browser.version());
  process.exit(0);
}

/** nats-core as one module, as a build tool makes it for a page. */
async function bundle() {
  const built = await rollup({
    input: fileURLToPath(import.meta.resolve('@nats-io/nats-core')),
    plugins: [nodeResolve({ browser: true }), commonjs()],
    onwarn: () => {},
  });
  const { output } = await built.generate({ format: 'es' });
  return output[0].code;
}

const files = {
  '/': ['text/html', '<!doctype html><title>nats-core</title>'],
  '/nats.js': ['text/javascript', await bundle()],
  '/exchange.js': ['text/javascript', readFileSync(new URL('exchange.mjs', import.meta.url), 'utf8')],
};
const server = createServer(({ url }, response) => {
  const [type, text] = files[url] ?? [];
  response.writeHead(text === undefined ? 404 : 200, { 'Content-Type': `${type}; charset=utf-8` }).end(text);
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

/** Does what there is to do in a page; what that throws, or undefined. */
async function inPage(scheme, contextOptions = {}) {
  const context = await browser.newContext(contextOptions);
  const page = await context.newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  const failure = await page.evaluate(async (servers) => {
    const { default: core } = await import('/nats.js'); // all of it, as it is CommonJS
    const { exchange } = await import('/exchange.js');
    try {
      await exchange(() => core.wsconnect({ servers, reconnect: false, timeout: 10_000 }));
      return undefined;
    } catch (error) {
      return String(error?.message ?? error);
    }
  }, `${scheme}://127.0.0.1:${process.env.INTEROP_WEBSOCKET_PORT}`);
  await context.close();
  return failure ?? complaints[0];
}

const scenarios = {
  websocket: () => inPage('ws'),
  async 'websocket-tls'() {
    const failure = await inPage('wss', { ignoreHTTPSErrors: true });
    if (failure !== undefined) return failure;
    return (await inPage('wss')) === undefined ? 'let in by a server of an unknown authority' : undefined;
  },
};

const failure = await scenarios[scenario]();
console.log(
  failure === undefined ? `ok ${scenario}` : `not ok ${scenario}: ${failure.replaceAll('\n', ' | ')}`,
);
await browser.close();
process.exit(failure === undefined ? 0 : 1);
