/** Writes what a run leaves. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { documents, PICTURES } from './documents.js';
import { LEAF_CHART, LEAF_PAGE, leafChart, leafPart } from './leaf-page.js';
import { splice } from './markdown.js';
import { type ResultFile, serialize } from './results.js';
import { WEBSOCKET_PAGE, websocketPart } from './websocket-page.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** The committed results, that the documents are made of. */
export const LATEST_RESULTS = join(ROOT, 'tools/bench/results/latest.json');
/** Those of WebSockets beside TCP. */
export const WEBSOCKET_RESULTS = join(ROOT, 'tools/bench/results/websocket.json');
/** Those of leaf links. */
export const LEAF_RESULTS = join(ROOT, 'tools/bench/results/leaf.json');
/** Those of a whole run that the documents are not made of. */
export const QUICK_RESULTS = join(ROOT, 'tools/bench/results/quick.json');

/** Writes a file and says so; nothing without a path. */
export function save(path: string | undefined, content: () => string): void {
  if (path === undefined) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content());
  console.log(`wrote ${path}`);
}

/** Writes the documents of a stored run; pictures that it does not have are removed. */
export function saveDocuments(file: ResultFile): void {
  const all = documents(file, (path) => readFileSync(join(ROOT, path), 'utf8'));
  mkdirSync(join(ROOT, PICTURES), { recursive: true });
  for (const name of readdirSync(join(ROOT, PICTURES))) {
    if (name.endsWith('.svg') && name !== LEAF_CHART && !all.has(`${PICTURES}/${name}`))
      rmSync(join(ROOT, PICTURES, name));
  }
  for (const [path, content] of all) save(join(ROOT, path), () => content);
}

/** Writes the tables of WebSockets beside TCP. */
export function saveWebSocketPage(file: ResultFile): void {
  const path = join(ROOT, WEBSOCKET_PAGE);
  save(path, () => splice(readFileSync(path, 'utf8'), 'bench-websocket', websocketPart(file)));
}

/** Writes the results of WebSockets beside TCP, and the tables that are made of them. */
export function saveWebSocket(file: ResultFile): void {
  save(WEBSOCKET_RESULTS, () => serialize(file));
  saveWebSocketPage(JSON.parse(serialize(file)) as ResultFile);
}

/** Writes the tables and the chart of leaf links. */
export function saveLeafPage(file: ResultFile): void {
  const path = join(ROOT, LEAF_PAGE);
  save(path, () => splice(readFileSync(path, 'utf8'), 'bench-leaf', leafPart(file, PICTURES.split('/')[1])));
  const chart = leafChart(file);
  if (chart !== undefined) save(join(ROOT, PICTURES, chart.name), () => chart.svg);
}

/** Writes the results of leaf links, and what is made of them. */
export function saveLeaf(file: ResultFile): void {
  save(LEAF_RESULTS, () => serialize(file));
  saveLeafPage(JSON.parse(serialize(file)) as ResultFile);
}

/** Writes the results and all that is made of them. */
export function saveAll(file: ResultFile): void {
  save(LATEST_RESULTS, () => serialize(file));
  // From what was stored, so that whoever draws them again gets the same.
  saveDocuments(JSON.parse(serialize(file)) as ResultFile);
}
