import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createLogger, type Log, type LogOptions } from '../../lib/log/index.js';
import { Rotation } from '../../lib/log/rotation.js';

const BACKUP = /^n\.log\.\d{4}\.\d\d\.\d\d\.\d\d\.\d\d\.\d\d\.\d{9}$/;
const LINE = 'x'.repeat(90);

describe('log/rotation', () => {
  let directory: string;
  let file: string;
  let log: Log | undefined;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sluice-rotation-'));
    file = join(directory, 'n.log');
  });
  afterEach(async () => {
    await log?.close();
    rmSync(directory, { recursive: true });
  });

  async function open(options: Partial<LogOptions>): Promise<Log> {
    log = await createLogger({ level: 'info', format: 'json', file, ...options });
    return log;
  }

  async function write(count: number): Promise<void> {
    for (let n = 0; n < count; n++) {
      log!.logger.info(LINE);
      await log!.flush();
    }
  }

  const backups = () =>
    readdirSync(directory)
      .filter((name) => BACKUP.test(name))
      .sort();
  const linesIn = (name: string) => readFileSync(join(directory, name), 'utf8').split(LINE).length - 1;

  it('renames a file that has become too large, and loses no line', async () => {
    await open({ maxFileBytes: 1_000 });
    await write(40);
    const names = backups();
    expect(names.length).to.be.greaterThan(2);
    expect(readdirSync(directory)).to.have.members([...names, 'n.log']);
    const counts = [...names, 'n.log'].map(linesIn);
    expect(counts.reduce((sum, count) => sum + count)).to.equal(40);
    for (const name of names) {
      const { length } = readFileSync(join(directory, name));
      expect(length).to.be.within(1_001, 1_400);
    }
    expect(readFileSync(file, 'utf8')).to.include(`"file":${JSON.stringify(join(directory, names.at(-1)!))}`);
  });

  it('keeps as many files as it is told, and removes no others', async () => {
    writeFileSync(join(directory, 'n.log.old'), 'mine');
    writeFileSync(join(directory, 'm.log.2020.01.01.01.01.01.000000000'), 'mine');
    writeFileSync(join(directory, 'n.log.2020.01.01.01.01.01.000000000'), 'from an earlier run');
    await open({ maxFileBytes: 500, maxFiles: 3 });
    await write(40);
    expect(backups()).to.have.lengthOf(2);
    expect(backups()[0]).to.not.match(/2020/);
    expect(readdirSync(directory)).to.include.members(['n.log.old', 'm.log.2020.01.01.01.01.01.000000000']);
  });

  it('counts what the file had before', async () => {
    writeFileSync(file, 'x'.repeat(2_000));
    await open({ maxFileBytes: 1_000 });
    await write(1);
    expect(backups()).to.have.lengthOf(1);
  });

  it('writes on where the file cannot be renamed, and tries again at twice the size', async () => {
    const failures: number[] = [];
    const fail = () => expect.fail('nothing to rotate');
    const events = {
      onRotated: fail,
      onRemoved: fail,
      onFailure: (_error: Error, nextBytes: number) => failures.push(nextBytes),
    };
    writeFileSync(file, '');
    const descriptor = openSync(file, 'a');
    const rotation = new Rotation(file, descriptor, { maxBytes: 100, maxFiles: 0 }, events);
    closeSync(descriptor);
    rmSync(file);
    for (let n = 0; n < 10; n++) expect(rotation.written(50)).to.equal(undefined);
    expect(failures).to.deep.equal([300, 700]);
  });

  it('says in nats-server words what it has done', async () => {
    await open({ maxFileBytes: 300, maxFiles: 2, format: 'nats' });
    await write(20);
    const text = readFileSync(file, 'utf8') + readFileSync(join(directory, backups()[0]!), 'utf8');
    expect(text).to.match(/\[INF\] Rotated log, backup saved as ".*n\.log\.\d{4}.*"/);
    expect(text).to.match(/\[INF\] Purged log file ".*n\.log\.\d{4}.*"/);
  });

  it('begins, changes and ends at a reload', async () => {
    await open({});
    await write(20);
    expect(backups()).to.deep.equal([]);
    const next: LogOptions = { level: 'info', format: 'json', file, maxFileBytes: 500 };
    expect((await log!.prepare(next)).apply()).to.deep.equal(['log.max_file_size']);
    await write(1);
    expect(backups()).to.have.lengthOf(1);
    (await log!.prepare({ ...next, maxFileBytes: 0 })).apply();
    await write(40);
    expect(backups()).to.have.lengthOf(1);
  });
});
