/**
 * A process that appends to a log until it is killed: `node killed-writer.js DIRECTORY SYNC`. It writes the sequence of what
 * is committed to its output, a line each. See `kill-rounds.ts` for what is to be there afterwards.
 */
import { writeSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { CLOCK } from '../../../lib/domain/clock.js';
import { NODE_FILES } from '../../../lib/jetstream/store/log/files.js';
import { LogStorage } from '../../../lib/jetstream/store/log/log-storage.js';
import { bodyOf, KEPT, subjectOf } from './kill-rounds.js';
import { resourcesOn } from './log-rig.js';

const BLOCK_BYTES = 65_536;

const [, , directory = '', sync = 'always'] = process.argv;
const storage = new LogStorage(directory, {
  ...resourcesOn(NODE_FILES, { sync: sync === 'always' ? 'always' : Number(sync), blockBytes: BLOCK_BYTES }),
  clock: CLOCK,
});
const [kept] = await storage.recover();
const { store } = kept?.storage ?? (await storage.createStream('A', 's', {}, 1));
store.listen({
  committed: (sequence) => writeSync(1, `${sequence}\n`),
  failed: (_, reason) => writeSync(2, `${reason}\n`),
  recovered: () => {},
});
let { lastSequence } = store.state;
for (;;) {
  for (let i = 0; i < 1 + (lastSequence % 40); i++) {
    const sequence = lastSequence + 1;
    lastSequence = store.append(subjectOf(sequence), bodyOf(sequence), 0, { ms: sequence, ns: 0 });
    if (lastSequence > KEPT) store.remove(lastSequence - KEPT, lastSequence % 7 === 0);
  }
  await setImmediate();
}
