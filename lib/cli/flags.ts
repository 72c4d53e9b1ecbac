/** Every flag of the broker, those of nats-server included. */
import { type AnyFlag, type FlagGroup, FlagSet, flagNames } from './flag-set.js';

/** What a flag does. */
export type Effect =
  /** Sets a key of the configuration to its argument; of a switch, to whether it is on, or to the opposite. */
  | { readonly kind: 'key'; readonly key: string; readonly isInverted?: true }
  /** Something of its own, see arguments.ts. */
  | { readonly kind: 'own'; readonly name: Own }
  /** Accepted for compatibility, with a warning. */
  | { readonly kind: 'ignored'; readonly why: string }
  /** Known, but sluice would not be what it is asked to be. */
  | { readonly kind: 'refused'; readonly why: string };

/** Names of the effects that no single key has. */
export type Own =
  | 'addr'
  | 'port'
  | 'line'
  | 'monitor'
  | 'secure-monitor'
  | 'config'
  | 'debug'
  | 'trace'
  | 'tls'
  | 'check'
  | 'print'
  | 'signal'
  | 'version'
  | 'help'
  | 'help-tls';

/** One flag. */
export interface Flag extends AnyFlag {
  readonly effect: Effect;
}

function flag(names: string, argument: string | undefined, about: string, effect: Effect): Flag {
  return { names: flagNames(names), argument, about, effect };
}

const own = (name: Own): Effect => ({ kind: 'own', name });
const key = (name: string): Effect => ({ kind: 'key', key: name });
const ignored = (names: string, argument: string | undefined, why: string): Flag =>
  flag(names, argument, '', { kind: 'ignored', why });
const refused = (names: string, argument: string | undefined, why: string): Flag =>
  flag(names, argument, '', { kind: 'refused', why });

const NO_CLUSTER = 'not supported: sluice does not form clusters';
const WITHOUT_CLUSTER = 'ignored: sluice does not form clusters';
const NO_SYSLOG = 'ignored: there is no syslog here, the log goes to standard error or to --log FILE';

/** All flags, in the order of --help. */
export const GROUPS: readonly FlagGroup<Flag>[] = [
  {
    title: 'Listeners',
    flags: [
      flag('a addr net', 'host', 'host of the NATS listener', own('addr')),
      flag('p port', 'n', 'port of the NATS listener; -1: any free one', own('port')),
      flag('line', 'address', 'line listener, as in 127.0.0.1:8889', own('line')),
      flag('no-line', undefined, 'no line listener', { kind: 'key', key: 'line.enabled', isInverted: true }),
      flag('no-nats', undefined, 'no NATS listener', { kind: 'key', key: 'nats.enabled', isInverted: true }),
      flag('m http_port', 'n', 'port for monitoring over HTTP; -1: any free one', own('monitor')),
      flag(
        'ms https_port',
        'n',
        'the same over HTTPS, with the certificate of --tlscert',
        own('secure-monitor'),
      ),
    ],
  },
  {
    title: 'Configuration',
    flags: [
      flag('c config', 'file', 'configuration file', own('config')),
      flag('n name server_name', 'name', 'server name', key('server_name')),
      flag('js jetstream', undefined, 'serve streams and consumers', key('jetstream.enabled')),
      flag('sd store_dir', 'dir', 'keep streams there, with --jetstream', key('jetstream.store_dir')),
      flag('t', undefined, 'check the configuration and exit', own('check')),
      flag('print-config', undefined, 'print it as TOML, secrets masked, and exit', own('print')),
    ],
  },
  {
    title: 'Clients',
    flags: [
      flag('user', 'name', 'user that clients must present', key('authorization.user')),
      flag('pass', 'password', 'password that clients must present', key('authorization.password')),
      flag('auth', 'token', 'token that clients must present', key('authorization.token')),
      flag('tls', undefined, 'TLS, with --tlscert and --tlskey or what the file says', own('tls')),
      flag('tlscert', 'file', "the server's certificate", key('tls.cert_file')),
      flag('tlskey', 'file', "the certificate's private key", key('tls.key_file')),
      flag('tlscacert', 'file', "authorities for clients' certificates", key('tls.ca_file')),
      flag('tlsverify', undefined, 'clients must present a certificate', key('tls.verify')),
    ],
  },
  {
    title: 'Log',
    flags: [
      flag('D debug', undefined, 'log at debug: every command', own('debug')),
      flag('V trace', undefined, 'log at trace: every delivery; -DV is the same', own('trace')),
      flag('log-level', 'level', 'least severe level that is logged', key('log.level')),
      flag('log-format', 'format', 'how a log line looks', key('log.format')),
      flag('l log', 'file', 'append the log to a file; SIGUSR1 opens it anew', key('log.file')),
      flag(
        'max_traced_msg_len',
        'bytes',
        'bytes of a message that lines at trace show; 0: all',
        key('log.max_traced_payload'),
      ),
      flag('log_size_limit', 'bytes', 'size above which the log file is rotated', key('log.max_file_size')),
      flag('T logtime', undefined, 'time in log lines; -T=false: none', key('log.timestamps')),
      flag('logtime_utc', undefined, 'that time in UTC', key('log.utc')),
    ],
  },
  {
    title: 'Process',
    flags: [
      flag('P pid', 'file', 'write the process id to a file', key('pid_file')),
      flag(
        'ports_file_dir',
        'dir',
        'write the ports to nats-server_<pid>.ports there',
        key('ports_file_dir'),
      ),
      flag('sl signal', 'signal[=pid]', 'send a signal to a running one and exit', own('signal')),
      flag('v version', undefined, 'print the version and exit', own('version')),
      flag('h help', undefined, 'print this help and exit', own('help')),
      flag('help_tls', undefined, 'print how TLS is configured, and exit', own('help-tls')),
    ],
  },
];

/** Flags of nats-server that change nothing here, or cannot be met. */
const UNSUPPORTED: readonly Flag[] = [
  refused('test_reload', 'file', 'not supported: send SIGHUP, a reload that needs a restart is refused'),
  ignored('s syslog', undefined, NO_SYSLOG),
  ignored('r remote_syslog', 'address', NO_SYSLOG),
  ignored('client_advertise', 'address', 'ignored: sluice advertises no other address'),
  refused('routes', 'urls', NO_CLUSTER),
  refused('cluster cluster_listen', 'url', NO_CLUSTER),
  ignored('cluster_name', 'name', WITHOUT_CLUSTER),
  ignored('cluster_advertise', 'address', WITHOUT_CLUSTER),
  ignored('no_advertise', undefined, WITHOUT_CLUSTER),
  ignored('connect_retries', 'n', WITHOUT_CLUSTER),
  refused('profile', 'port', 'not supported: there is no profiling port, see node --cpu-prof'),
];

/** All of them, those that are not in --help included. */
export const FLAGS = new FlagSet<Flag>([...GROUPS.flatMap(({ flags }) => flags), ...UNSUPPORTED]);
