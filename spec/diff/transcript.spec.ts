import { expect } from 'chai';
import { firstDifference, sideBySide } from '../../tools/diff/compare.js';
import { framesOf } from '../../tools/diff/frames.js';
import { knownAs } from '../../tools/diff/known.js';
import type { Session, Step } from '../../tools/diff/session.js';
import { type Heard, printable, type Scene, scenesOf } from '../../tools/diff/transcript.js';

const INFO =
  'INFO {"server_id":"N1","version":"2.10.29","go":"go1.26","host":"127.0.0.1","port":1,"headers":true,' +
  '"max_payload":10,"client_id":5,"client_ip":"127.0.0.1","xkey":"X"} \r\n';

function step(text: string, more: Partial<Step> = {}): Step {
  return { client: 0, items: [Buffer.from(text, 'latin1')], cuts: [], unfinished: false, ...more };
}

function session(clients: number, ...steps: Step[]): Session {
  return { variant: 'plain', clients, steps };
}

function heard(text: string, closed = false): Heard {
  return { text, closed };
}

/** The scenes of one step in which the only client hears `text`. */
function linesFor(text: string, sent = 'PING\r\n', more: Partial<Step> = {}): readonly string[] {
  const [, scene] = scenesOf(session(1, step(sent, more)), [[heard(INFO)], [heard(text)]]);
  return scene!.clients[0]!.lines;
}

describe('diff: frames', () => {
  it('are told apart, and what is none is kept', () => {
    const text = `${INFO}+OK\r\nMSG a 1 r 2\r\n\r\n\r\nHMSG b.c x 3 4\r\nabcd\r\n-ERR 'x'\r\nPING\r\nPONG\r\nMSG a 1 9\r\nshort`;
    const frames = framesOf(text);
    expect(frames.map(({ kind }) => kind)).to.deep.equal([
      'INFO',
      '+OK',
      'MSG',
      'MSG',
      '-ERR',
      'PING',
      'PONG',
      'other',
      'other',
    ]);
    expect(frames.map((frame) => frame.text).join('')).to.equal(text);
    expect(frames[2]!.message).to.deep.equal({
      subject: 'a',
      sid: '1',
      reply: 'r',
      headers: '',
      payload: '\r\n',
      sizes: '2',
    });
    expect(frames[3]!.message).to.deep.equal({
      subject: 'b.c',
      sid: 'x',
      reply: '',
      headers: 'abc',
      payload: 'd',
      sizes: '3 4',
    });
  });

  it('may have line ends in their subjects', () => {
    const [frame] = framesOf('MSG \nfoo\r.a 1 002\r\nhi\r\n');
    expect(frame!.message).to.include({ subject: '\nfoo\r.a', payload: 'hi', sizes: '002' });
  });
});

describe('diff: what is random or names one server', () => {
  it('is not in the greeting, but what all must say is', () => {
    const [scene] = scenesOf(session(1), [[heard(INFO)]]);
    const [other] = scenesOf(session(1), [
      [heard(INFO.replace('N1', 'N2').replace('"xkey":"X"', '"sluice":"1"'))],
    ]);
    expect(other).to.deep.equal(scene);
    const [without] = scenesOf(session(1), [[heard(INFO.replace('"client_id":5,', ''))]]);
    expect(without).not.to.deep.equal(scene);
    const [smaller] = scenesOf(session(1), [[heard(INFO.replace(':10,', ':11,'))]]);
    expect(smaller).not.to.deep.equal(scene);
  });

  it('is the order of one message on several subscriptions', () => {
    const [one, two, ok] = ['MSG a 1 1\r\nx\r\n', 'MSG a 2 1\r\nx\r\n', '+OK\r\n'];
    expect(linesFor(two + one + ok)).to.deep.equal(linesFor(one + two + ok));
    expect(linesFor(two + ok + one)).not.to.deep.equal(linesFor(one + ok + two));
    const other = 'MSG a 1 1\r\ny\r\n';
    expect(linesFor(one + other)).not.to.deep.equal(linesFor(other + one));
  });

  it('is the subscription a 503 comes on', () => {
    const of = (sid: string, status = '503') => `HMSG r ${sid} 16 16\r\nNATS/1.0 ${status}\r\n\r\n\r\n`;
    expect(linesFor(of('1'))).to.deep.equal(linesFor(of('2')));
    const named = 'HMSG r 3 33 33\r\nNATS/1.0 503\r\nNats-Subject: a\r\n\r\n\r\n';
    expect(linesFor(named)).to.deep.equal(linesFor(of('1')));
    expect(linesFor(of('1', '404'))).not.to.deep.equal(linesFor(of('2', '404')));
  });

  it('are PINGs', () => {
    expect(linesFor('PING\r\n+OK\r\n')).to.deep.equal(['+OK']);
  });

  it('is which member of a queue group gets a message, not how many do', () => {
    const talk = session(
      2,
      step('SUB a q 1\r\nSUB a 2\r\n'),
      step('sub a  q  7\r\n', { client: 1 }),
      step('PUB a 1\r\nx\r\n'),
    );
    const quiet = [heard(''), heard('')];
    const scenes = (first: string, second: string) =>
      scenesOf(talk, [quiet, quiet, quiet, [heard(`MSG a 2 1\r\nx\r\n${first}`), heard(second)]]);
    const toFirst = scenes('MSG a 1 1\r\nx\r\n', '');
    expect(scenes('', 'MSG a 7 1\r\nx\r\n')).to.deep.equal(toFirst);
    expect(scenes('', '')).not.to.deep.equal(toFirst);
    expect(scenes('MSG a 1 1\r\nx\r\n', 'MSG a 7 1\r\nx\r\n')).not.to.deep.equal(toFirst);
    expect(scenes('', 'MSG a 7 1\r\ny\r\n')).not.to.deep.equal(toFirst);
    expect(scenes('', '')[3]!.clients[0]!.lines).to.deep.equal(['MSG a 2 1\\r\\nx\\r\\n']);
  });

  it('is whether a publish of several reads is complained of twice', () => {
    const error = "-ERR 'Invalid Publish Subject'\r\n";
    expect(linesFor(error + error, 'PUB * 1\r\nx\r\n')).to.have.lengthOf(2);
    expect(linesFor(error + error, 'PUB * 1\r\nx\r\n', { cuts: [3] })).to.have.lengthOf(1);
    expect(linesFor(error + error, 'PUB * 1\r\n', { unfinished: true })).to.have.lengthOf(1);
    expect(linesFor(error + error, `PUB * 600\r\n${'x'.repeat(600)}\r\n`)).to.have.lengthOf(1);
  });
});

describe('diff: the comparison', () => {
  const talk = session(2, step('PING\r\n'), step('FOO\r\n'));
  const quiet = heard('');
  const greeting = [heard(INFO), heard(INFO)];
  const pong = [heard('PONG\r\n'), quiet];
  const expected = scenesOf(talk, [greeting, pong, [heard("-ERR 'x'\r\n", true), quiet]]);

  it('finds nothing where there is nothing', () => {
    expect(
      firstDifference(expected, scenesOf(talk, [greeting, pong, [heard("-ERR 'x'\r\n", true), quiet]])),
    ).to.equal(undefined);
  });

  for (const [name, last] of [
    ['a text', [heard("-ERR 'y'\r\n", true), quiet]],
    ['a frame', [heard('', true), quiet]],
    ['who is closed', [heard("-ERR 'x'\r\n"), quiet]],
    ['what another client hears', [heard("-ERR 'x'\r\n", true), heard('+OK\r\n')]],
  ] as const) {
    it(`finds the step in which ${name} differs, and shows it`, () => {
      const actual = scenesOf(talk, [greeting, pong, last]);
      const difference = firstDifference(expected, actual)!;
      expect(difference.scene).to.equal(2);
      const shown = sideBySide(talk, expected, actual, difference);
      expect(shown).to.include('A sends\n  FOO\\r\\n');
      expect(shown.split('\n').filter((line) => line.includes('≠'))).to.have.length.above(0);
    });
  }

  it('forgives what a reset connection has lost, not what it has heard', () => {
    const reset = (text: string) => [{ ...heard(text, true), reset: true }, quiet];
    const [whole, nothing] = [[heard("+OK\r\n-ERR 'x'\r\n", true), quiet], reset('')];
    const between = (one: readonly Heard[], other: readonly Heard[]) =>
      firstDifference(
        ...([one, other].map((last) => scenesOf(talk, [greeting, pong, last])) as [Scene[], Scene[]]),
      );
    expect(between(whole, nothing)).to.equal(undefined);
    expect(between(nothing, whole)).to.equal(undefined);
    expect(between(whole, reset('+OK\r\n'))).to.equal(undefined);
    expect(between(reset('+OK\r\n'), nothing)).to.equal(undefined);
    expect(between(whole, reset("-ERR 'x'\r\n"))).to.have.property('scene', 2);
    expect(between(whole, [heard('', true), quiet])).to.have.property('scene', 2);
    expect(between([heard(''), quiet], nothing)).to.have.property('scene', 2);
  });

  it('shows every byte', () => {
    expect(printable('a\r\n\0\x7f\xff"')).to.equal('a\\r\\n\\u0000\\x7f\\xff\\"');
  });
});

describe('diff: known differences', () => {
  const error = "-ERR 'Invalid Publish Subject'\r\n";
  const unknown = "-ERR 'Unknown Protocol Operation'\r\n";

  function nameOf(
    sent: string,
    theirs: Heard,
    ours: Heard,
    variant = 'plain',
    version = 'v2.15.3',
  ): string | undefined {
    const talk = { ...session(1, step(sent)), variant };
    const scenes = [theirs, ours].map((last) => scenesOf(talk, [[heard(INFO)], [last]]));
    const difference = firstDifference(scenes[0]!, scenes[1]!);
    return difference === undefined ? undefined : knownAs(talk, difference, version)?.name;
  }

  it('LF after a payload whose line ended so', () => {
    expect(nameOf('PUB a 1\nx\n', heard(unknown, true), heard('+OK\r\n'))).to.equal('LF after payload');
    expect(nameOf('PUB a 1\r\nx\r\n', heard(unknown, true), heard('+OK\r\n'))).to.equal(undefined);
  });

  it('a CR in a line that nats-server may have read in parts', () => {
    const name = 'a CR in a line of two reads';
    const [theirs, ours] = [heard('+OK\r\n'), heard('', true)];
    expect(nameOf(`PUB ${'a'.repeat(60)} 1\r\r\nx\r\n`, theirs, ours)).to.equal(name);
    expect(nameOf('PUB a 1\r\r\nx\r\n', theirs, ours)).to.equal(undefined);
  });

  it('subscriptions that nats-server 2.10 keeps at a second CONNECT', () => {
    const [kept, ended] = [heard('MSG a 1 1\r\nx\r\n'), heard('')];
    const name = 'subscriptions before a second CONNECT';
    const sent = 'CONNECT {}\r\nSUB a 1\r\nCONNECT {}\r\nPUB a 1\r\nx\r\n';
    expect(nameOf(sent, kept, ended, 'plain', 'v2.10.29')).to.equal(name);
    expect(nameOf(sent, kept, ended)).to.equal(undefined);
    expect(nameOf(`SUB a 1\r\nCONNECT {}\r\n${sent}`, kept, ended, 'plain', 'v2.10.29')).to.equal(name);
    expect(nameOf('SUB a 1\r\nCONNECT {}\r\nCONNECT {}\r\n', kept, ended, 'plain', 'v2.10.29')).to.equal(
      name,
    );
    const once = sent.slice('CONNECT {}\r\n'.length);
    expect(nameOf(once, kept, ended, 'plain', 'v2.10.29')).to.equal(undefined);
    expect(nameOf(once, kept, ended, 'no_auth_user', 'v2.10.29')).to.equal(name);
  });

  it('a CONNECT without the password of no_auth_user, which nats-server 2.10 asks for', () => {
    const [refused, taken] = [heard("-ERR 'Authorization Violation'\r\n", true), heard('+OK\r\n')];
    const name = 'CONNECT after no_auth_user was let in';
    const sent = 'PING\r\nCONNECT {}\r\n';
    expect(nameOf(sent, refused, taken, 'no_auth_user', 'v2.10.29')).to.equal(name);
    expect(nameOf(sent, refused, taken, 'no_auth_user')).to.equal(undefined);
    expect(nameOf(sent, refused, taken, 'users', 'v2.10.29')).to.equal(undefined);
  });

  it('the password of no_auth_user for another user', () => {
    const [taken, refused] = [heard('+OK\r\n'), heard("-ERR 'Authorization Violation'\r\n", true)];
    const sent = (options: string): string => `PING\r\nCONNECT {${options}}\r\n`;
    expect(nameOf(sent('"user":"u"'), taken, refused, 'no_auth_user')).to.equal('password of no_auth_user');
    for (const options of ['"user":"v"', '"user":"u","pass":"p"'])
      expect(nameOf(sent(options), taken, refused, 'no_auth_user')).to.equal(undefined);
    expect(nameOf(sent('"user":"u"'), taken, refused)).to.equal(undefined);
  });

  it('a subscription to more than is allowed', () => {
    const [ok, refused] = [
      heard('+OK\r\n'),
      heard(`-ERR 'Permissions Violation for Subscription to "c.>"'\r\n`),
    ];
    expect(nameOf('SUB c.> 1\r\n', ok, refused)).to.equal('a wider subscription');
    expect(nameOf('SUB c.> 1\r\n', refused, ok)).to.equal(undefined);
    const other = heard(`-ERR 'Permissions Violation for Subscription to "c"'\r\n`);
    expect(nameOf('SUB c 1\r\n', ok, other)).to.equal(undefined);
  });

  it('a message of a subject that is denied in part', () => {
    const message = heard('MSG a.a 1 1\r\nx\r\n');
    expect(nameOf('PUB a.a 1\r\nx\r\n', message, heard(''), 'users')).to.equal('an overlapping denial');
    expect(nameOf('PUB a.a 1\r\nx\r\n', heard(''), message, 'users')).to.equal(undefined);
    expect(nameOf('PUB a.a 1\r\nx\r\n', message, heard(''))).to.equal(undefined);
  });

  it('a bad subject of a publish that never came whole', () => {
    const name = 'a publish is judged whole';
    expect(nameOf('PUB * 1\r\nxx', heard(error + unknown, true), heard(unknown, true))).to.equal(name);
    expect(nameOf('PUB * 1\r\nxx', heard(error + unknown, true), heard('+OK\r\n'))).to.equal(undefined);
    expect(nameOf('HMSG a\r\n\r\n', heard('+OK\r\n'), heard(`${error}+OK\r\n`))).to.equal(undefined);
  });
});
