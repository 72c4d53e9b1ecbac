import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Find } from '../client.js';
import { run } from '../command.js';
import { runProgram } from '../program.js';
import { ROOT, SOURCES } from './places.js';

const IN_NODE = join(SOURCES, 'javascript', 'node.mjs');
const WITH_JETSTREAM = join(SOURCES, 'javascript', 'jetstream.mjs');
const IN_PAGE = join(SOURCES, 'javascript', 'page.mjs');
/** All that `wsconnect` is tried with: its NATS is that of the other clients of Node, which the specs use. */
const ONLY: ReadonlySet<string> = new Set(['websocket', 'websocket-tls']);

const JETSTREAM: ReadonlySet<string> = new Set(['jetstream-pull', 'jetstream-push', 'key-value']);

function versionOf(name: string): string {
  const file = join(ROOT, 'node_modules', '@nats-io', name, 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version;
}

/** nats-core's `wsconnect` in Node. */
export const findNode: Find = async () => ({
  name: 'nats-core in Node',
  version: versionOf('nats-core'),
  only: ONLY,
  run: (world) => runProgram([process.execPath, IN_NODE], world),
});

/** nats.js with JetStream in Node. */
export const findJetStream: Find = async () => ({
  name: 'nats.js with JetStream',
  version: versionOf('jetstream'),
  only: JETSTREAM,
  run: (world) => runProgram([process.execPath, WITH_JETSTREAM], world),
});

/** nats-core's `wsconnect` in a page of a headless Chromium. */
export const findPage: Find = async () => {
  const name = 'nats-core in Chromium';
  const { code, text } = await run(process.execPath, [IN_PAGE, '--version'], { timeoutMs: 60_000 });
  const missing = /^missing: (.*)$/m.exec(text)?.[1];
  if (missing !== undefined || code !== 0) return { name, reason: missing ?? text };
  return {
    name,
    version: `${versionOf('nats-core')} in ${text.trim()}`,
    only: ONLY,
    run: (world) => runProgram([process.execPath, IN_PAGE], world),
  };
};
