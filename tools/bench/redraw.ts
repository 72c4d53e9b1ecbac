/** `node build/tools/bench/redraw.js`: makes the parts of the documents that come from the committed results anew. */
import { readFileSync } from 'node:fs';
import { LATEST_RESULTS, saveDocuments } from './publish.js';
import type { ResultFile } from './results.js';

saveDocuments(JSON.parse(readFileSync(LATEST_RESULTS, 'utf8')) as ResultFile);
