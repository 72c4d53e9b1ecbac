import { expect } from 'chai';
import { configOf, problemsOf } from '../../support/config/problems.js';

describe('config/schema/accounts', () => {
  it('reads accounts with what they share', () => {
    const { accounts } = configOf(`
      [accounts.A]
      exports = [
        { stream = "a.>", accounts = [] },
        { service = "req.*", accounts = ["B"], response_type = "chunk", response_threshold = "5s" },
      ]
      [accounts.B]
      imports = [
        { stream = { account = "A", subject = "a.*.x" }, to = "x.$1" },
        { stream = { account = "A", subject = "a.>" }, prefix = "from.A" },
        { service = { account = "A", subject = "req.*" }, to = "{{wildcard(1)}}.r" },
      ]`);
    expect(accounts).to.deep.equal([
      {
        name: 'A',
        exports: [
          { kind: 'stream', subject: 'a.>' },
          {
            kind: 'service',
            subject: 'req.*',
            accounts: ['B'],
            responseType: 'Chunked',
            responseThresholdMs: 5_000,
          },
        ],
        imports: [],
      },
      {
        name: 'B',
        exports: [],
        imports: [
          { kind: 'stream', account: 'A', subject: 'a.*.x', to: 'x.$1' },
          { kind: 'stream', account: 'A', subject: 'a.>', prefix: 'from.A' },
          { kind: 'service', account: 'A', subject: 'req.*', to: '{{wildcard(1)}}.r' },
        ],
      },
    ]);
  });

  /** A exports all kinds of things; B and C are there to import them. */
  const exports = `accounts.C = {}
    accounts.A.exports = [
      { stream = "s.>" }, { service = "r.*" }, { stream = "p.>", accounts = ["B"] }, { stream = "p.c", accounts = ["C"] },
    ]\n`;

  const right: readonly [string, string][] = [
    ['a stream', '{ stream = { account = "A", subject = "s.a" } }'],
    ['a part of one', '{ stream = { account = "A", subject = "s.*.a.>" } }'],
    ['a stream by another name', '{ stream = { account = "A", subject = "s.a" }, to = "mine" }'],
    ['one wildcard for another', '{ stream = { account = "A", subject = "s.*.*" }, to = "*.x.*" }'],
    ['wildcards the other way round', '{ stream = { account = "A", subject = "s.*.*" }, to = "$2.$1" }'],
    ['all that follows', '{ stream = { account = "A", subject = "s.*.>" }, to = "$1.>" }'],
    ['a stream that is for B', '{ stream = { account = "A", subject = "p.x" } }'],
    ['a service', '{ service = { account = "A", subject = "r.*" } }'],
    ['a service for a whole pattern', '{ service = { account = "A", subject = "r.x" }, to = "any.>" }'],
  ];
  for (const [what, text] of right) {
    it(`lets one import ${what}`, () =>
      expect(problemsOf(`${exports}accounts.B.imports = [${text}]`)).to.deep.equal([]));
  }

  it('names the wildcards of the other side by their number', () => {
    const imports = [
      '{ stream = { account = "A", subject = "s.*.*" }, to = "*.x.*" }',
      '{ service = { account = "A", subject = "r.x" }, to = "any.*" }',
    ];
    const { accounts } = configOf(`${exports}accounts.B.imports = [${imports}]`);
    expect(accounts.at(-1)?.imports.map(({ to }) => to)).to.deep.equal(['$1.x.$2', 'any.*']);
  });

  const wrongImports: readonly [string, string][] = [
    [
      '{ stream = { account = "Else", subject = "s.a" } }',
      'stream: Else: no such account, allowed: one of [accounts]',
    ],
    ['{ stream = { account = "A", subject = "t" } }', 'stream: account A exports no stream that covers t'],
    ['{ stream = { account = "A", subject = "s" } }', 'stream: account A exports no stream that covers s'],
    ['{ stream = { account = "A", subject = ">" } }', 'stream: account A exports no stream that covers >'],
    [
      '{ service = { account = "A", subject = "s.a" } }',
      'service: account A exports no service that covers s.a',
    ],
    [
      '{ service = { account = "A", subject = "r.>" } }',
      'service: account A exports no service that covers r.>',
    ],
    // The wider export is for B, but this very subject is for C.
    [
      '{ stream = { account = "A", subject = "p.c" } }',
      'stream: account A does not let account B import p.c',
    ],
    [
      '{ stream = { account = "A", subject = "s.*.a" }, to = "x.$2" }',
      'stream: to names wildcard 2, and s.*.a has 1',
    ],
    [
      '{ stream = { account = "A", subject = "s.*.*" }, to = "x.$2" }',
      'stream: to has places for 1 wildcards, and s.*.* has 2',
    ],
    [
      '{ stream = { account = "A", subject = "s.>" }, to = "x" }',
      'stream: s.> and to must both end in >, or neither',
    ],
    [
      '{ stream = { account = "A", subject = "s.a" }, to = "x.*" }',
      'stream: to has wildcards, and s.a has none',
    ],
    [
      '{ service = { account = "A", subject = "r.*" }, to = "$1.*" }',
      'service: to mixes * with $1, allowed: one of them',
    ],
  ];
  for (const [text, says] of wrongImports) {
    it(`refuses to import ${text}`, () =>
      expect(problemsOf(`${exports}accounts.B.imports = [${text}]`)).to.deep.equal([
        `accounts.B.imports[0].${says}`,
      ]));
  }

  it('refuses the same import twice', () => {
    const one = '{ service = { account = "A", subject = "r.x" }, to = "x" }';
    const other = '{ service = { account = "A", subject = "r.y" }, to = "x" }';
    const stream = '{ stream = { account = "A", subject = "s.a" }, to = "y" }';
    expect(
      problemsOf(`${exports}accounts.B.imports = [${one}, ${other}, ${stream}, ${stream}]`),
    ).to.deep.equal([
      'accounts.B.imports[1].service: x of account A is imported already, by imports[0]',
      'accounts.B.imports[3].stream: s.a of account A is imported already, by imports[2]',
    ]);
  });

  describe('cycles', () => {
    const service = (from: string, subject: string, to = subject) =>
      `{ service = { account = "${from}", subject = "${subject}" }, to = "${to}" }`;
    const account = (name: string, exported: string, ...imports: readonly string[]) =>
      `accounts.${name}.exports = [${exported}]\naccounts.${name}.imports = [${imports.join(', ')}]\n`;
    const stream = (subject: string, to: string) =>
      `{ stream = { account = "A", subject = "${subject}" }, to = "${to}" }`;
    const all = '{ service = ">" }, { stream = ">" }';
    const CYCLE = 'import forms a cycle: what it takes comes back to it';

    const rows: readonly [string, string, readonly string[]][] = [
      [
        'two accounts',
        account('A', all, service('B', 'x')) + account('B', all, service('A', 'x')),
        [`accounts.B.imports[0].service: ${CYCLE}`],
      ],
      [
        'nothing: what an account imports from itself goes no further',
        account('A', all, service('A', 'x'), '{ stream = { account = "A", subject = "x" } }'),
        [],
      ],
      [
        'an account and itself, by two imports',
        account('A', all, service('A', 'x', 'y'), service('A', 'y', 'x')),
        [`accounts.A.imports[1].service: ${CYCLE}`],
      ],
      [
        'an import of the account itself that meets another one, as nats-server has it',
        account('A', all, stream('c', 'a.b'), stream('a.*', 'x.$1'), stream('b', 'd')),
        [`accounts.A.imports[1].stream: import forms a cycle`],
      ],
      [
        'nothing: placeholders meet no token of a subject',
        account('A', all, stream('c', 'a.c'), stream('x.*', 'a.$1')),
        [],
      ],
      [
        'three accounts, with other names',
        account('A', all, service('B', 'b', 'a')) +
          account('B', all, service('C', 'c', 'b')) +
          account('C', all, service('A', 'a', '*')),
        [`accounts.C.imports[0].service: ${CYCLE}`],
      ],
      [
        'streams',
        account('A', all, '{ stream = { account = "B", subject = "x.*" } }') +
          account('B', all, '{ stream = { account = "A", subject = "x.y" } }'),
        [`accounts.B.imports[0].stream: ${CYCLE}`],
      ],
      [
        'nothing: the names part',
        account('A', all, service('B', 'x')) + account('B', all, service('A', 'y')),
        [],
      ],
      [
        'nothing: the prefix parts them',
        account('A', all, '{ stream = { account = "B", subject = "x" }, prefix = "b" }') +
          account('B', all, '{ stream = { account = "A", subject = "x" }, prefix = "a" }'),
        [],
      ],
      [
        'nothing: one is a stream',
        account('A', all, service('B', 'x')) +
          account('B', all, '{ stream = { account = "A", subject = "x" } }'),
        [],
      ],
    ];
    for (const [what, toml, says] of rows) {
      it(`of ${what}`, () => expect(problemsOf(toml)).to.deep.equal(says));
    }
  });

  const ONE_OF = 'needs stream or service, one of them';
  const wrong: readonly [string, ...string[]][] = [
    ['accounts = 3', 'accounts: not a table'],
    [
      'accounts.A = 3',
      'accounts.A: not a table, allowed: users, default_permissions, exports, imports, msg_trace, mappings, limits, jetstream',
    ],
    ['accounts."a b" = {}', 'accounts."a b": not usable as a name, allowed: text without blanks'],
    ['accounts."" = {}', 'accounts."": not usable as a name, allowed: text without blanks'],
    [
      'accounts."$G" = {}',
      'accounts."$G": the account of those who have no other, allowed: authorization.users for its users',
    ],
    ['accounts.A.exprts = []', 'accounts.A.exprts: unknown key, did you mean exports?'],
    ['accounts.A.exports = [{}]', `accounts.A.exports[0]: ${ONE_OF}`],
    ['accounts.A.exports = [{ stream = "a", service = "a" }]', `accounts.A.exports[0]: ${ONE_OF}`],
    [
      'accounts.A.exports = [{ stream = "a", response_type = "Stream" }]',
      'accounts.A.exports[0]: response_type and response_threshold are of services, not of streams',
    ],
    [
      'accounts.A.exports = [{ service = "a", response_type = "none", response_threshold = 3 }]',
      'accounts.A.exports[0].response_type = "none": not a kind of response, allowed: Singleton, Stream, Chunked',
      'accounts.A.exports[0].response_threshold = 3: not a duration, allowed: such as "2s", "500ms" or "2m"',
    ],
    [
      'accounts.A.exports = [{ service = "a" }, { service = "b", accounts = ["AB"] }]',
      'accounts.A.exports[1].accounts[0] = "AB": no such account, did you mean A?',
    ],
    [
      'accounts.A.exports = [{ stream = "a.b", account_token_position = 2 }]',
      'accounts.A.exports[0]: account_token_position is not the place of a * in its subject',
    ],
    [
      'accounts.A.exports = [{ stream = "a.*", account_token_position = 0 }]',
      'accounts.A.exports[0].account_token_position = 0: not a position, allowed: a whole number from 1',
      'accounts.A.exports[0]: account_token_position is not the place of a * in its subject',
    ],
    ...['a.C.x', 'a.*.x', 'a.*.>'].map((subject): [string, string] => [
      `accounts.A.exports = [{ stream = "a.*.>", account_token_position = 2 }]\naccounts.B.imports = [{ stream = { account = "A", subject = "${subject}" } }]`,
      `accounts.B.imports[0].stream: account A does not let account B import ${subject}`,
    ]),
    [
      'accounts.A.exports = [{ stream = "a", allow_trace = true }]',
      'accounts.A.exports[0]: allow_trace is of services; for a stream its import has it',
    ],
    [
      'accounts.A.imports = [{ service = { account = "A", subject = "x" }, allow_trace = true }]',
      'accounts.A.imports[0]: allow_trace is of streams; for a service its export has it',
    ],
    [
      'accounts.A.msg_trace = { dest = "a.*", sampling = 0 }',
      'accounts.A.msg_trace.dest = "a.*": not usable, allowed: a subject without wildcards',
      'accounts.A.msg_trace.sampling = 0: not a number of percent, allowed: 1 to 100',
    ],
    ['accounts.A.imports = [{ to = "x" }]', `accounts.A.imports[0]: ${ONE_OF}`],
    [
      'accounts.A.imports = [{ stream = { subject = "x" } }]',
      'accounts.A.imports[0].stream.account: missing',
    ],
    [
      'accounts.A.imports = [{ stream = { account = "A", subject = "x" }, to = "a", prefix = "b" }]',
      'accounts.A.imports[0]: to and prefix exclude each other',
    ],
    [
      'accounts.A.imports = [{ service = { account = "A", subject = "x" }, prefix = "b" }]',
      'accounts.A.imports[0]: prefix is of streams, not of services',
    ],
    [
      'accounts.A.imports = [{ stream = { account = "A", subject = "x" }, prefix = "b.*" }]',
      'accounts.A.imports[0].prefix = "b.*": not usable, allowed: a subject without wildcards',
    ],
    [
      'accounts.A.limits = { max_connections = -2, max_payload = "1KiB" }',
      'accounts.A.limits.max_connections = -2: not a limit, allowed: a whole number from 0; -1: no limit',
      'accounts.A.limits.max_payload = "1KiB": not a limit, allowed: a whole number from 0; -1: no limit',
    ],
    ['system_account = "SIS"\naccounts.SYS = {}', 'system_account: no such account, did you mean SYS?'],
  ];
  for (const [toml, ...says] of wrong) {
    it(`refuses ${toml}`, () => expect(problemsOf(toml)).to.deep.equal(says));
  }

  it('reads limits, of which -1 is none', () => {
    const [account] = configOf(
      'accounts.A.limits = { max_connections = 5, max_subscriptions = 0, max_payload = -1 }',
    ).accounts;
    expect(account?.limits).to.deep.equal({ maxConnections: 5, maxSubscriptions: 0 });
  });

  it('takes an account of [accounts] or $SYS as the system account', () => {
    expect(configOf('system_account = "S"\naccounts.S = {}').systemAccount).to.equal('S');
    expect(configOf('system_account = "$SYS"').systemAccount).to.equal('$SYS');
  });
});
