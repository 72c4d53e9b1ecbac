/** What joins accounts and maps subjects: loaded where there are accounts or mappings. */
export { Mappings } from '../routing/mappings.js';
export { ImportGraph } from '../services/import-graph.js';
