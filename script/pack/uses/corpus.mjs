import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { readCorpus } from 'sluice/corpus';

const { cases } = readCorpus('nats');
assert(cases.length > 100);
const load = createRequire(join(process.cwd(), 'any.js'));
assert.equal(load('sluice/corpus/nats.json').cases.length, cases.length);
