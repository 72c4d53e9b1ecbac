import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Files, NODE_FILES } from '../../../../lib/jetstream/store/log/files.js';
import { LogStorage } from '../../../../lib/jetstream/store/log/log-storage.js';
import type { KeptStream } from '../../../../lib/jetstream/store/storage.js';
import { JournaledModel } from '../../../support/jetstream/journaled-model.js';
import { resourcesOn } from '../../../support/jetstream/log-rig.js';
import { SimulatedDisk } from '../../../support/jetstream/simulated-disk.js';
import { seeded } from '../../../support/random.js';
import { specDirectory } from '../../../support/run-directory.js';

const AT = { ms: 1_700_000_000_000, ns: 123 };

function newDirectory(): string {
  return join(mkdtempSync(join(specDirectory(), 'js-')), 'jetstream');
}

async function reopened(directory: string, files: Files = NODE_FILES) {
  const resources = resourcesOn(files);
  const storage = new LogStorage(directory, resources);
  return { storage, kept: await storage.recover(), warnings: resources.warnings };
}

function summary(kept: readonly KeptStream[]) {
  return kept.map(({ account, name, meta, storage, consumers }) => ({
    ...{ account, name, meta },
    messages: storage.store.state.messages,
    consumers: consumers.map((each) => ({
      name: each.name,
      meta: each.meta,
      delivered: each.state?.delivered,
    })),
  }));
}

describe('Log storage', () => {
  it('has streams and consumers again as they were', async () => {
    const directory = newDirectory();
    const { storage, kept } = await reopened(directory);
    expect(kept).to.deep.equal([]);
    const stream = await storage.createStream('A/B', 'Orders', { max: 1 }, 1);
    stream.store.append('orders.1', Buffer.from('NATS/1.0\r\n\r\nx'), 12, AT);
    await stream.save({ max: 2 });
    const journal = await stream.createConsumer('Worker', { wait: 1 });
    await journal.save({ wait: 2 });
    const place = { consumer: 1, stream: 1 };
    journal.changed(
      new JournaledModel().become({
        delivered: place,
        ackFloor: place,
        pending: new Map(),
        deliveries: new Map(),
      }),
    );
    await (await storage.createStream('A/B', 'orders', {}, 5)).createConsumer('fresh', {});
    await storage.close();
    const again = await reopened(directory);
    const [one, other] = summary(again.kept).sort((a, b) => (a.name < b.name ? -1 : 1));
    expect(one).to.deep.equal({
      ...{ account: 'A/B', name: 'Orders', meta: { max: 2 }, messages: 1 },
      consumers: [{ name: 'Worker', meta: { wait: 2 }, delivered: place }],
    });
    expect(other).to.deep.equal({
      ...{ account: 'A/B', name: 'orders', meta: {}, messages: 0 },
      consumers: [{ name: 'fresh', meta: {}, delivered: undefined }],
    });
    const store = again.kept.find(({ name }) => name === 'Orders')?.storage.store;
    expect(store?.get(1)).to.deep.equal({
      ...{ sequence: 1, at: AT, subject: 'orders.1', headerBytes: 12 },
      body: Buffer.from('NATS/1.0\r\n\r\nx'),
    });
    await again.storage.close();
  });

  it('lets one broker have a directory', async () => {
    const directory = newDirectory();
    const { storage } = await reopened(directory);
    let refusal = '';
    await reopened(directory).catch((error: unknown) => {
      refusal = String(error);
    });
    expect(refusal).to.contain('in use');
    await storage.close();
    await (await reopened(directory)).storage.close();
  });

  it('removes what is deleted, and takes the name again at once', async () => {
    const directory = newDirectory();
    const { storage } = await reopened(directory);
    const stream = await storage.createStream('A', 's', {}, 1);
    stream.store.append('s', Buffer.from('old'), 0, AT);
    const journal = await stream.createConsumer('c', {});
    const gone = journal.delete();
    await stream.createConsumer('c', { is: 'new' });
    await gone;
    const deleted = stream.delete();
    const next = await storage.createStream('A', 's', { is: 'new' }, 1);
    await deleted;
    expect(next.store.state.messages).to.equal(0);
    await storage.close();
    const again = await reopened(directory);
    expect(summary(again.kept)).to.deep.equal([
      { account: 'A', name: 's', meta: { is: 'new' }, messages: 0, consumers: [] },
    ]);
    expect(readdirSync(join(directory, '%41', 'streams'))).to.deep.equal(['s']);
    await again.storage.close();
  });

  it('opens the other streams where one is damaged, and leaves that as it is', async () => {
    const directory = newDirectory();
    const { storage } = await reopened(directory);
    for (const name of ['a', 'b']) await storage.createStream('A', name, {}, 1);
    await storage.close();
    const meta = join(directory, '%41', 'streams', 'a', 'meta.json');
    writeFileSync(meta, '{"format":1,"crc":1}\n{}\n');
    const again = await reopened(directory);
    expect(again.kept.map(({ name }) => name)).to.deep.equal(['b']);
    expect(again.warnings.join()).to.contain('meta.json is damaged');
    expect(readdirSync(join(directory, '%41', 'streams')).sort()).to.deep.equal(['a', 'b']);
    await again.storage.close();
  });

  it('has each stream as a whole or not at all after a loss of power at any moment', async () => {
    for (let stopAt = 1; stopAt < 60; stopAt++) {
      const disk = new SimulatedDisk();
      const { storage } = await reopened(`/before-${stopAt}`, disk);
      const isDone = { created: false, consumer: false, deleted: false };
      const work = (async () => {
        const old = await storage.createStream('a', 'old', { is: 'old' }, 1);
        isDone.created = true;
        await old.createConsumer('c', { is: 'c' });
        isDone.consumer = true;
        await old.delete();
        isDone.deleted = true;
      })();
      disk.stopAt = disk.operations + stopAt;
      const isOver = work.catch((error: unknown) => {
        if (!disk.isStopped) throw error;
      });
      await Promise.race([isOver, turnsUntil(() => disk.isStopped)]);
      const left = disk.afterPowerLoss(seeded(stopAt));
      left.rename(`/before-${stopAt}`, `/after-${stopAt}`);
      const { kept } = await reopened(`/after-${stopAt}`, left);
      const names = kept.map(({ name }) => name);
      if (isDone.deleted) expect(names).to.deep.equal([]);
      else if (isDone.created && names.length === 0)
        expect(isDone.consumer).to.equal(true, 'it was being deleted');
      for (const { meta, consumers } of kept) {
        expect(meta).to.deep.equal({ is: 'old' });
        if (isDone.consumer) expect(consumers.map(({ name }) => name)).to.deep.equal(['c']);
      }
      if (isDone.deleted) break;
      expect(stopAt).to.be.lessThan(59);
    }
  });
});

async function turnsUntil(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
