import { startTestBroker } from '../../lib/testing/index.js';
import { BATCH_EXCHANGES } from '../support/jetstream/batch-exchanges.js';
import { CONSUMED_EXCHANGES } from '../support/jetstream/consumed-exchanges.js';
import { runExchange } from '../support/jetstream/exchanges.js';
import { INGEST_EXCHANGES } from '../support/jetstream/ingest-exchanges.js';
import { MIRROR_EXCHANGES } from '../support/jetstream/mirror-exchanges.js';
import { PRIORITY_EXCHANGES } from '../support/jetstream/priority-exchanges.js';
import { SOURCE_EXCHANGES } from '../support/jetstream/source-exchanges.js';
import { STREAM_EXCHANGES } from '../support/jetstream/stream-exchanges.js';
import { connect } from '../support/patient-client.js';

const GROUPS = [
  ['the API of streams', STREAM_EXCHANGES],
  ['publishing to streams', INGEST_EXCHANGES],
  ['direct gets of several messages', BATCH_EXCHANGES],
  ['mirrors', MIRROR_EXCHANGES],
  ['streams and their consumers', CONSUMED_EXCHANGES],
  ['pulls of groups, and pauses', PRIORITY_EXCHANGES],
  ['streams with sources', SOURCE_EXCHANGES],
] as const;

for (const [group, exchanges] of GROUPS)
  describe(group, () => {
    for (const exchange of exchanges)
      it(exchange.title, async () => {
        await using broker = await startTestBroker({ jetstream: true });
        const connection = await connect({ servers: broker.url });
        try {
          await runExchange(connection, exchange);
        } finally {
          await connection.close();
        }
      });
  });
