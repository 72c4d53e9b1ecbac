/** Two byte streams joined back to back in memory: those that `broker.connect` gives. */
export { duplexPair } from '../../lib/transport/duplex-pair.js';
