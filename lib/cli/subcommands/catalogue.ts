/** Every subcommand: its flags, its help. What they do is in files of their own. */
import type { FlagGroup } from '../flag-set.js';
import { flag, type Subcommand } from './subcommand.js';

const HELP = flag('h help', undefined, 'print this help and exit');

const CONNECTION: FlagGroup = {
  title: 'Connection',
  flags: [
    flag('s server', 'url', 'nats://[user:password@]host[:port]; default: $NATS_URL or 127.0.0.1:4222'),
    flag('user', 'name', 'user to log in as'),
    flag('pass password', 'password', 'its password'),
    flag('token', 'token', 'token to log in with'),
    flag('creds', 'file', 'credentials file: a JWT and the seed of its key'),
    flag('nkey', 'file', 'file with the seed of an nkey'),
    flag('tls', undefined, 'insist on TLS, as tls:// in the URL does'),
    flag('tlsfirst', undefined, 'TLS before INFO, for brokers that have it so'),
    flag('tlscacert', 'file', "authorities for the broker's certificate; default: those of the system"),
    flag('tlscert', 'file', 'certificate to present'),
    flag('tlskey', 'file', "the certificate's private key"),
    HELP,
  ],
};

const VIEW = [
  flag('json', undefined, 'a line of JSON for each, as when the output is no terminal'),
  flag(
    'raw',
    undefined,
    'payloads only, as they are, a line end after each: beware of what they do to a terminal',
  ),
];

const HEADER = flag('H header', 'name:value', 'header to send; may be given several times');

const RUN: Subcommand = {
  name: 'run',
  words: '[--] <command> [arguments]',
  about: 'run a command with a throwaway broker of its own',
  groups: [
    {
      title: 'Options',
      flags: [
        flag('line', undefined, 'a line listener as well; SLUICE_LINE is its host:port'),
        flag('c config', 'file', "configuration of the broker; its listeners' addresses do not count"),
        flag('log-level', 'level', 'log at this level, on standard error; without: the broker says nothing'),
        HELP,
      ],
    },
  ],
  details: [
    'The broker listens on a free port of 127.0.0.1, and NATS_URL says which: nats://127.0.0.1:40151. It is gone when the',
    "command ends, and sluice ends with the command's exit code, or 128 and the number of the signal that killed it; 127:",
    'there is no such command; 126: it cannot be run. Signals are passed on. The command has the terminal to itself.',
    './config.toml is not read, SLUICE_ variables are.',
  ],
  examples: [
    ['run -- npm test', 'tests that connect to $NATS_URL'],
    ['run --line pytest -x', 'and to the line dialect, at $SLUICE_LINE'],
    ["run -c auth.toml -- sh -c 'nats pub greetings hello'", 'with users, limits and all that'],
  ],
  wraps: true,
};

const CHECK: Subcommand = {
  name: 'check',
  words: '[file]',
  about: 'say what is wrong with a configuration',
  groups: [
    {
      title: 'Options',
      flags: [
        flag('c config', 'file', 'the same as the file, as nats-server has it'),
        flag('print', undefined, 'print what it amounts to as TOML, secrets masked'),
        HELP,
      ],
    },
  ],
  details: [
    'The file is TOML or in the language of nats-server; without one it is ./config.toml, if any. SLUICE_ variables count,',
    'and files that it names (certificates, JWTs) are read. Ends with 0 if sluice would start with it, else with 1.',
  ],
  examples: [
    ['check', './config.toml'],
    ['check server.conf', 'a nats-server configuration'],
    ['check --print my.toml', 'with every default'],
  ],
};

const PUB: Subcommand = {
  name: 'pub',
  words: '<subject> [payload | -]',
  about: 'publish',
  groups: [
    {
      title: 'Options',
      flags: [
        flag('lines', undefined, 'every line of standard input is a message'),
        flag('count', 'n', 'publish it n times'),
        flag('size', 'bytes', 'a payload of so many bytes, as in 64KiB'),
        flag('reply', 'subject', 'where replies are to go'),
        HEADER,
      ],
    },
    CONNECTION,
  ],
  details: [
    'The payload is empty without one, and standard input with -. sluice ends when the broker has taken everything; on a',
    'terminal it says how far it is.',
  ],
  examples: [
    ["pub orders.new 'two coffees, please'", 'one message'],
    ['pub orders.new - < order.json', 'a file'],
    ['pub orders.new --lines < orders.ndjson', 'every line of a file'],
    ['pub load.test --size 1KiB --count 1000000', 'a million messages of 1,024 bytes'],
  ],
};

const SUB: Subcommand = {
  name: 'sub',
  words: '<subject>',
  about: 'subscribe, and show what arrives in full',
  groups: [
    {
      title: 'Options',
      flags: [
        flag('queue', 'group', 'as a member of a queue group'),
        flag('max', 'n', 'end after n messages'),
        ...VIEW,
      ],
    },
    CONNECTION,
  ],
  details: [
    'On a terminal, what could do something to it is shown as an escape, \\x1b for one. JSON has payload, or payload_base64',
    'where it is not UTF-8.',
  ],
  examples: [
    ["sub 'orders.*'", ''],
    ['sub orders.new --queue kitchen --max 1 --raw > order.json', 'one payload, to a file'],
    ["sub 'orders.>' | jq .payload", 'JSON, as it is no terminal'],
  ],
};

const REQ: Subcommand = {
  name: 'req',
  words: '<subject> [payload | -]',
  about: 'send a request and show the reply',
  groups: [
    {
      title: 'Options',
      flags: [
        flag('timeout', 'duration', 'how long to wait, as in 500ms; default 2s'),
        flag('replies', 'n', 'wait for n replies, 0: for all that come in time; default 1'),
        HEADER,
        ...VIEW,
      ],
    },
    CONNECTION,
  ],
  details: ['Exits with status 1 when no answer comes: at once when nothing is subscribed to the subject.'],
  examples: [
    ['req time.now', ''],
    ['req stock.count coffee --timeout 500ms', ''],
    ["req '$SRV.PING' --replies 0", 'all answers that arrive within 2 s'],
  ],
};

const TAP: Subcommand = {
  name: 'tap',
  words: '<subject>',
  about: 'watch traffic: a little of each message, so many a second',
  groups: [
    {
      title: 'Options',
      flags: [
        flag('max', 'n/s', 'messages shown a second, 0: all; default 50/s on a terminal, else all'),
        flag('bytes', 'n', 'bytes shown of a payload; default 160 on a terminal, else all'),
        flag('json', undefined, 'a line of JSON for each, as when the output is no terminal'),
      ],
    },
    CONNECTION,
  ],
  details: [
    'How many were not shown is counted. A tap is a subscriber like any other: one that does not keep up, because its',
    'output is not read, may slow publishers down or be cut off, as flow.policy has it.',
  ],
  examples: [
    ["tap '>'", 'everything'],
    ["tap 'orders.>' --max 5/s", ''],
    ["tap '>' | jq -r .subject", 'JSON, as it is no terminal'],
  ],
};

const COMPLETION: Subcommand = {
  name: 'completion',
  words: '<bash | zsh | fish>',
  about: 'print what completes its words in a shell',
  groups: [{ title: 'Options', flags: [HELP] }],
  details: [],
  examples: [
    ['completion bash > ~/.local/share/bash-completion/completions/sluice', ''],
    ['completion zsh > ~/.zfunc/_sluice', 'a directory in $fpath, before compinit'],
    ['completion fish > ~/.config/fish/completions/sluice.fish', ''],
  ],
  choices: ['bash', 'zsh', 'fish'],
};

/** All of them, in the order of --help. */
export const SUBCOMMANDS: readonly Subcommand[] = [RUN, CHECK, TAP, PUB, SUB, REQ, COMPLETION];
