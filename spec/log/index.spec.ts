import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { SluiceError } from '../../lib/domain/errors.js';
import { createLogger } from '../../lib/log/index.js';

describe('log', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-log-'));
  after(() => rmSync(directory, { recursive: true }));
  let file: string;
  let count = 0;
  beforeEach(() => {
    file = join(directory, `${count++}.log`);
  });
  const lines = () => readFileSync(file, 'utf8').trimEnd().split('\n');

  it('writes JSON, level by name, in order, all of it by the time flush resolves', async () => {
    const log = await createLogger({ level: 'info', format: 'auto', file });
    for (let i = 0; i < 5_000; i++) log.logger.info({ i }, 'message');
    await log.flush();
    const written = lines().map((line) => JSON.parse(line));
    expect(written.map(({ i }) => i)).to.deep.equal(Array.from({ length: 5_000 }, (_, i) => i));
    expect(written[0]).to.include({ level: 'info', msg: 'message' }).and.to.have.property('time');
    await log.close();
  });

  it('appends', async () => {
    for (const text of ['first', 'second']) {
      const log = await createLogger({ level: 'info', format: 'json', file });
      log.logger.info(text);
      await log.close();
    }
    expect(lines()).to.have.lengthOf(2);
  });

  it('leaves out what is below its level', async () => {
    const log = await createLogger({ level: 'warn', format: 'json', file });
    log.logger.info('no');
    log.logger.warn('yes');
    await log.close();
    expect(lines().map((line) => JSON.parse(line).msg)).to.deep.equal(['yes']);
  });

  it('is pretty when asked, without colours in a file', async () => {
    const log = await createLogger({ level: 'info', format: 'pretty', file });
    log.logger.info({ client: 7 }, 'hello');
    await log.close();
    expect(lines()[0]).to.match(/^\[[\d:.]+\] INFO: hello \{"client":7\}$/);
  });

  it('flushes before flushSync returns', async () => {
    const log = await createLogger({ level: 'info', format: 'json', file });
    log.logger.info('hello');
    log.flushSync();
    expect(lines()).to.have.lengthOf(1);
    await log.close();
  });

  it('takes lines after it is closed, and drops them', async () => {
    const log = await createLogger({ level: 'info', format: 'json', file });
    await log.close();
    log.logger.info('late');
    log.flushSync();
    await log.flush();
    expect(readFileSync(file, 'utf8')).to.equal('');
  });

  for (const name of ['password', 'pass', 'token', 'auth_token']) {
    it(`does not show ${name}`, async () => {
      const log = await createLogger({ level: 'info', format: 'json', file });
      log.logger.info({ [name]: 'hunter2', connect: { [name]: 'hunter2' } }, 'hello');
      await log.close();
      expect(lines()[0]).to.include('[REDACTED]').and.not.include('hunter2');
    });
  }

  it('has lines without a time when asked', async () => {
    for (const format of ['json', 'nats'] as const) {
      const log = await createLogger({ level: 'info', format, file, timestamps: false });
      log.logger.info({ n: 1 }, 'hello');
      await log.close();
    }
    expect(lines()).to.deep.equal([
      '{"level":"info","n":1,"msg":"hello"}',
      `[${process.pid}] [INF] hello n=1`,
    ]);
  });

  it('opens its file again by its name', async () => {
    const log = await createLogger({ level: 'info', format: 'json', file, timestamps: false });
    log.logger.info('old');
    await log.flush();
    renameSync(file, `${file}.1`);
    expect(log.reopen()).to.equal(true);
    log.logger.info('new');
    await log.close();
    expect(readFileSync(`${file}.1`, 'utf8')).to.equal('{"level":"info","msg":"old"}\n');
    expect(lines()).to.deep.equal(['{"level":"info","msg":"new"}']);
  });

  it('keeps its file when it cannot be opened again', async () => {
    const log = await createLogger({ level: 'info', format: 'json', file, timestamps: false });
    renameSync(file, `${file}.1`);
    mkdirSync(file);
    expect(() => log.reopen()).to.throw(SluiceError, /^log\.file = /);
    log.logger.info('still');
    await log.close();
    expect(readFileSync(`${file}.1`, 'utf8')).to.equal('{"level":"info","msg":"still"}\n');
  });

  it('changes level, format and file, or nothing', async () => {
    const options = { level: 'info', format: 'json', file, timestamps: false } as const;
    const other = `${file}.other`;
    const log = await createLogger(options);
    (await log.prepare({ ...options, level: 'debug', file: other })).cancel();
    log.logger.debug('no');
    log.logger.info('one');
    await log.flush();
    const change = await log.prepare({ ...options, level: 'debug', format: 'nats', file: other });
    const changed = change.apply();
    expect(changed).to.deep.equal(['log.level', 'log.format', 'log.file']);
    log.logger.debug('two');
    const unwritable = { ...options, file: join(directory, 'none', 'x') };
    expect(await log.prepare(unwritable).catch((error: unknown) => error)).to.be.instanceOf(SluiceError);
    log.logger.debug('three');
    await log.close();
    expect(lines()).to.deep.equal(['{"level":"info","msg":"one"}']);
    expect(readFileSync(other, 'utf8')).to.match(/^\S+ \[DBG\] two\n\S+ \[DBG\] three\n$/);
  });

  it('refuses a file that cannot be opened', async () => {
    const options = { level: 'info', format: 'json', file: join(directory, 'none', 'x') } as const;
    const error = await createLogger(options).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(SluiceError).with.property('code', 'LOG_UNWRITABLE');
    expect(error)
      .to.have.property('message')
      .that.matches(/^log\.file = ".*": no such file or directory$/);
  });
});
