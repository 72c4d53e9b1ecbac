/** `node build/tools/bench/redraw.js`: makes the parts of the documents that come from the committed results anew. */
import { readFileSync } from 'node:fs';
import {
  LATEST_RESULTS,
  LEAF_RESULTS,
  saveDocuments,
  saveLeafPage,
  saveWebSocketPage,
  WEBSOCKET_RESULTS,
} from './publish.js';
import type { ResultFile } from './results.js';

const read = (path: string): ResultFile => JSON.parse(readFileSync(path, 'utf8'));

saveDocuments(read(LATEST_RESULTS));
saveWebSocketPage(read(WEBSOCKET_RESULTS));
saveLeafPage(read(LEAF_RESULTS));
