import { expect } from 'chai';
import { pino } from 'pino';
import { Reloader } from '../../lib/cli/reload.js';
import { type Config, configFrom } from '../../lib/config.js';
import { SluiceError } from '../../lib/domain/errors.js';

interface Logged {
  readonly level: number;
  readonly msg: string;
  readonly changed?: string[];
  readonly reason?: string;
}

describe('cli/reload', () => {
  const before = configFrom();
  const after = configFrom({ server_name: 'new' });
  let logged: Logged[];
  let done: string[];
  let broker: (config: Config) => Promise<string[]>;
  let load: () => { config: Config; warnings: readonly string[] };
  let keep: () => string[];

  beforeEach(() => {
    logged = [];
    done = [];
    broker = async () => ['server_name'];
    load = () => ({ config: after, warnings: [] });
    keep = () => ['pid_file'];
  });

  function reloader(): Reloader {
    const logger = pino({}, { write: (line: string) => logged.push(JSON.parse(line) as Logged) });
    const prepare = async () => ({
      apply: () => {
        done.push('apply');
        return ['log.level'];
      },
      cancel: () => done.push('cancel'),
    });
    return new Reloader(
      before,
      {
        broker: { reload: (config) => broker(config) },
        log: { logger, prepare },
        files: { keep: () => keep() },
      },
      async () => load(),
    );
  }

  it('says all that changed, after the warnings', async () => {
    load = () => ({ config: after, warnings: ['odd'] });
    const subject = reloader();
    await subject.reload();
    expect(logged.map(({ msg }) => msg)).to.deep.equal(['odd', 'configuration reloaded']);
    expect(logged[1]?.changed).to.deep.equal(['server_name', 'log.level', 'pid_file']);
    expect(subject.config).to.equal(after);
    expect(done).to.deep.equal(['apply']);
  });

  it('says every reason why the configuration is wrong, and keeps the old one', async () => {
    load = () => {
      throw new SluiceError('CONFIG_INVALID', 'one\ntwo');
    };
    const subject = reloader();
    await subject.reload();
    expect(logged.map(({ reason }) => reason)).to.deep.equal(['one', 'two']);
    expect(logged.every(({ level, msg }) => level === 50 && msg === 'configuration not reloaded')).to.equal(
      true,
    );
    expect(subject.config).to.equal(before);
    expect(done).to.deep.equal([]);
  });

  it('changes nothing else when the broker refuses', async () => {
    broker = () => Promise.reject(new SluiceError('CONFIG_INVALID', 'listener: needs a restart'));
    keep = () => expect.fail('the files must stay');
    const subject = reloader();
    await subject.reload();
    expect(logged[0]).to.include({ level: 50, reason: 'listener: needs a restart' });
    expect(done).to.deep.equal(['cancel']);
    expect(subject.config).to.equal(before);
  });

  it('survives a fault of its own', async () => {
    broker = () => Promise.reject(new TypeError('oops'));
    await reloader().reload();
    expect(logged[0]).to.include({ level: 50, msg: 'configuration not reloaded' });
  });

  it('keeps what is in force when a file cannot be written', async () => {
    keep = () => {
      throw new SluiceError('LOG_UNWRITABLE', 'pid_file = "x": read-only');
    };
    const subject = reloader();
    await subject.reload();
    expect(logged.map(({ msg }) => msg)).to.deep.equal(['file not written', 'configuration reloaded']);
    expect(subject.config).to.equal(after);
  });

  it('takes one after the other', async () => {
    const order: string[] = [];
    let count = 0;
    broker = async () => {
      const n = ++count;
      order.push(`begin ${n}`);
      await new Promise((resolve) => setImmediate(resolve));
      order.push(`end ${n}`);
      return [];
    };
    const subject = reloader();
    await Promise.all([subject.reload(), subject.reload()]);
    expect(order).to.deep.equal(['begin 1', 'end 1', 'begin 2', 'end 2']);
  });

  it('makes one of all that are asked for while another is under way', async () => {
    let loads = 0;
    load = () => {
      loads++;
      return { config: after, warnings: [] };
    };
    const subject = reloader();
    await Promise.all(Array.from({ length: 200 }, () => subject.reload()));
    expect(loads).to.equal(2);
    await subject.reload();
    expect(loads).to.equal(3);
  });
});
