import { expect } from 'chai';
import { type Arguments, parseArguments } from '../../lib/cli/arguments.js';
import { SluiceError } from '../../lib/domain/errors.js';

function read(words: string): Arguments {
  return parseArguments(words.split(' ').filter(Boolean), 'sluice');
}

/** What the flags set, as far as the last word on each key goes. */
function settings(words: string): Record<string, unknown> {
  return Object.fromEntries(read(words).flags.given.map(({ field, value }) => [field.key, value]));
}

describe('cli/arguments', () => {
  const rows: readonly [string, Partial<Arguments>][] = [
    ['', { action: 'run', file: undefined, usesDefaultFile: true, wantsTls: false }],
    ['my.toml', { action: 'run', file: 'my.toml', usesDefaultFile: false }],
    ['-c my.toml', { file: 'my.toml', usesDefaultFile: false }],
    ['--config my.toml -t', { action: 'check', file: 'my.toml' }],
    ['-t', { action: 'check', usesDefaultFile: true }],
    ['-t=false', { action: 'run' }],
    ['--print-config', { action: 'print' }],
    ['127.0.0.1:7777', { file: undefined, usesDefaultFile: false }],
    ['127.0.0.1:7777 -c my.toml', { file: 'my.toml', usesDefaultFile: false }],
    ['-D', { usesDefaultFile: true }],
    ['-a 0.0.0.0 -p -1', { host: '0.0.0.0', port: '-1' }],
    ['--net 0.0.0.0 -port=4223', { host: '0.0.0.0', port: '4223' }],
    ['--addr=::1 --p 4223', { host: '::1', port: '4223' }],
    ['-p 1 -p 2', { port: '2' }],
    ['-p4223', { port: '4223' }],
    ['--port=4223', { port: '4223' }],
    ['-- -x.toml', { file: '-x.toml' }],
    ['-v', { action: 'version' }],
    ['-version', { action: 'version' }],
    ['--version', { action: 'version' }],
    ['version', { action: 'version' }],
    ['--cluster x -v', { action: 'version' }],
    ['-h', { action: 'help' }],
    ['-help_tls', { action: 'help-tls' }],
    ['--help_tls', { action: 'help-tls' }],
    ['help', { action: 'help' }],
    ['-sl reload=4711', { action: 'signal', signal: 'reload=4711' }],
    ['--signal ldm', { action: 'signal', signal: 'ldm' }],
    ['--tls', { wantsTls: true }],
    ['--tls=false', { wantsTls: false }],
  ];
  for (const [words, expected] of rows) {
    it(`reads «${words}»`, () => expect(read(words)).to.include(expected));
  }

  const sets: readonly [string, Record<string, unknown>][] = [
    ['-n a', { server_name: 'a' }],
    ['--server_name a', { server_name: 'a' }],
    ['-server-name=a', { server_name: 'a' }],
    ['-D', { 'log.level': 'debug' }],
    ['-debug=true', { 'log.level': 'debug' }],
    ['-V', { 'log.level': 'trace' }],
    ['--trace', { 'log.level': 'trace' }],
    ['-DV', { 'log.level': 'trace' }],
    ['-VV', { 'log.level': 'trace' }],
    ['-DVV', { 'log.level': 'trace' }],
    ['--DVV', { 'log.level': 'trace' }],
    ['-tDV', { 'log.level': 'trace' }],
    ['-D=false', { 'log.level': 'info' }],
    ['-DV=false', { 'log.level': 'info' }],
    ['-D -V=f', { 'log.level': 'debug' }],
    ['--log-level warn -D', { 'log.level': 'warn' }],
    ['-T=false', { 'log.timestamps': false }],
    ['--logtime', { 'log.timestamps': true }],
    ['--logtime_utc', { 'log.utc': true }],
    ['-l a.log --log-format nats', { 'log.file': 'a.log', 'log.format': 'nats' }],
    ['-P a.pid --ports_file_dir d', { pid_file: 'a.pid', ports_file_dir: 'd' }],
    ['--ports-file-dir=d', { ports_file_dir: 'd' }],
    ['-m 8222', { 'monitor.listener': '8222', 'monitor.tls': false }],
    ['--http_port -1 -a ::1', { 'monitor.listener': '[::1]:-1', 'monitor.tls': false }],
    ['-m 0', { 'monitor.listener': '' }],
    ['-ms 8443', { 'monitor.listener': '8443', 'monitor.tls': true }],
    ['--https_port -1 -a 127.0.0.1', { 'monitor.listener': '127.0.0.1:-1', 'monitor.tls': true }],
    ['-ms 0', { 'monitor.listener': '' }],
    ['-ms 0 -m 8222', { 'monitor.listener': '8222', 'monitor.tls': false }],
    [
      '--user a --pass b --auth c',
      {
        'authorization.user': 'a',
        'authorization.password': 'b',
        'authorization.token': 'c',
      },
    ],
    [
      '--tlscert c --tlskey k --tlscacert a --tlsverify',
      {
        'tls.cert_file': 'c',
        'tls.key_file': 'k',
        'tls.ca_file': 'a',
        'tls.verify': true,
      },
    ],
    ['-tls=false', { 'tls.cert_file': '', 'tls.key_file': '', 'tls.ca_file': '', 'tls.verify': false }],
    ['--no-line', { 'line.enabled': false }],
    ['--no-nats', { 'nats.enabled': false }],
    ['--line :7777', { 'line.enabled': true, 'line.listener': ':7777' }],
    ['127.0.0.1:7777', { 'line.enabled': true, 'line.listener': '127.0.0.1:7777' }],
  ];
  for (const [words, expected] of sets) {
    it(`sets ${JSON.stringify(expected)} for «${words}»`, () =>
      expect(settings(words)).to.deep.equal(expected));
  }

  it('shows flags in messages as they were written, but no secrets', () => {
    const { flags } = read('--log-level debug --auth hunter2');
    expect(flags.given.map(({ origin }) => origin)).to.deep.equal(['--log-level debug', '--auth']);
  });

  const warned: readonly [string, number][] = [
    ['-s', 1],
    ['--syslog=false', 0],
    ['-r udp://localhost:514', 1],
    ['-js -sd /tmp/store', 0],
    ['--jetstream --store_dir=/tmp/store', 0],
    ['--client_advertise a', 1],
    ['--cluster_name a --cluster_advertise a --no_advertise --connect_retries 1', 4],
    ['-D', 0],
  ];
  for (const [words, count] of warned) {
    it(`warns ${count} times of «${words}»`, () => expect(read(words).warnings).to.have.length(count));
  }

  const refused = ['cluster a', 'cluster_listen a', 'routes a', 'profile 1', 'test_reload a'];
  for (const words of refused) {
    it(`refuses --${words} by its name`, () => {
      const [name] = words.split(' ');
      const message = name === 'cluster_listen' ? /^--cluster: not supported/ : `--${name}: not supported: `;
      expect(() => read(`--${words}`)).to.throw(SluiceError, message);
    });
  }

  const wrong: readonly [string, string][] = [
    ['-m 1 -ms 2', '--https_port: not beside --http_port, allowed: one of them'],
    ['--prot 1', '--prot: unknown option, did you mean --port?'],
    ['-prot 1', '-prot: unknown option, did you mean -port?'],
    ['--prot=1', '--prot: unknown option, did you mean --port?'],
    ['--colour', '--colour: unknown option, see sluice --help'],
    ['--line-host', '--line-host: unknown option, did you mean --line?'],
    ['--line-port=1', '--line-port: unknown option, did you mean --line?'],
    ['-x', '-x: unknown option, see sluice --help'],
    ['-Dx', '-Dx: unknown option, did you mean -D?'],
    ['--tDV', '--tDV: unknown option, see sluice --help'],
    ['-c', '-c, --config <file>: argument missing'],
    ['-D=perhaps', '--debug=perhaps: not a boolean, allowed: true or false'],
    ['a.toml b.toml', 'b.toml: one word too many, allowed: one ADDRESS or file'],
    ['a.toml -c b.toml', 'a.toml: a second file, allowed: one (--config is another)'],
    [':7777 --line :8888', ':7777: the line listener is given twice, see --line'],
    [':7777 --no-line', ':7777: the line listener is given twice, see --line'],
  ];
  for (const [words, message] of wrong) {
    it(`refuses «${words}»`, () => {
      expect(() => read(words))
        .to.throw(SluiceError)
        .that.includes({ code: 'CONFIG_INVALID', message });
    });
  }
});
