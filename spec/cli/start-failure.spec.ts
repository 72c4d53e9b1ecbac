import { expect } from 'chai';
import { natsPortsFailure, natsStartFailure } from '../../lib/cli/start-failure.js';
import { SluiceError } from '../../lib/domain/errors.js';
import { listenError } from '../../lib/transport/listen-error.js';

describe('cli/start-failure', () => {
  const errno = (code: string) => Object.assign(new Error(code), { code });
  const rows: readonly [listener: string, host: string, code: string, line: string][] = [
    [
      'nats listener',
      '127.0.0.1',
      'EADDRINUSE',
      'Error listening on port: 127.0.0.1:4222, "listen tcp 127.0.0.1:4222: bind: address already in use"',
    ],
    [
      'nats listener',
      '*',
      'EACCES',
      'Error listening on port: 0.0.0.0:4222, "listen tcp 0.0.0.0:4222: bind: permission denied"',
    ],
    [
      'nats listener',
      '::1',
      'EADDRNOTAVAIL',
      'Error listening on port: [::1]:4222, "listen tcp [::1]:4222: bind: cannot assign requested address"',
    ],
    [
      'nats listener',
      'no.such',
      'ENOTFOUND',
      'Error listening on port: no.such:4222, "listen tcp: lookup no.such: no such host"',
    ],
    [
      'monitor.listener',
      '127.0.0.1',
      'EADDRINUSE',
      "Can't start monitoring: can't listen to the monitor port: listen tcp 127.0.0.1:4222: bind: address already in use",
    ],
  ];
  for (const [listener, host, code, line] of rows) {
    it(`says of ${code} on ${host} what nats-server says`, () =>
      expect(natsStartFailure(listenError(listener, { host, port: 4222 }, errno(code)))).to.equal(line));
  }

  it('says why there is no pid file, and nothing of other errors', () => {
    const pid = new SluiceError('LOG_UNWRITABLE', 'pid_file = "/x/y.pid": no such file or directory');
    expect(natsStartFailure(pid)).to.equal(
      'Could not write pidfile: open /x/y.pid: no such file or directory',
    );
    expect(natsStartFailure(new SluiceError('CONFIG_INVALID', 'a: b'))).to.equal(undefined);
  });

  it('of a ports file is no reason to stop in nats-server', () => {
    const path = `/none/nats-server_${process.pid}.ports`;
    const unwritable = (key: string) =>
      natsPortsFailure(new SluiceError('LOG_UNWRITABLE', `${key} = "/none": no such file or directory`));
    expect(unwritable('ports_file_dir')).to.equal(
      `Error writing ports file (${path}): open ${path}: no such file or directory`,
    );
    expect(unwritable('pid_file')).to.equal(undefined);
  });
});
