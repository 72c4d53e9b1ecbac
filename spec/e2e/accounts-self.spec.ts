import { expect } from 'chai';
import { info } from '../support/e2e/accounts.js';
import { Harness, msg, pub } from '../support/harness.js';

describe('what an account imports from itself', () => {
  let harness: Harness;
  before(async () => {
    harness = await Harness.start({
      authorization: { no_auth_user: 'u' },
      accounts: {
        A: {
          users: [{ user: 'u', password: 'p' }],
          exports: [{ stream: 's.>' }, { service: 'q.>' }],
          imports: [
            { stream: { account: 'A', subject: 's.a' } },
            { stream: { account: 'A', subject: 's.b.*' }, prefix: 'of' },
            { service: { account: 'A', subject: 'q.a' } },
          ],
        },
      },
    });
  });
  after(() => harness.stop());

  it('arrives once more, a message of a stream', async () => {
    const peer = await harness.connect('nats');
    await peer.send('SUB s.a 1\r\n', pub('s.a', 'x')).expect(msg('s.a', 1, 'x'), msg('s.a', 1, 'x'));
    await peer
      .send('SUB >  2\r\nUNSUB 1\r\n', pub('s.b.c', 'y'))
      .settle()
      .then((frames) => {
        expect(frames).to.have.members([msg('s.b.c', 2, 'y'), msg('of.s.b.c', 2, 'y')]);
      });
  });

  it('arrives once more, a request to a service', async () => {
    const options = { verbose: false, headers: true, no_responders: true };
    const peer = await harness.connect('nats', { options });
    const frames = await peer.send('SUB q.a 1\r\nSUB in 2\r\n', pub('q.a', 'x', 'in')).settle();
    const asked = frames.map((frame) => frame.replace(/,"rtt":\d+/, '').replace(/_R_\.\S+ \d+ \d+/, '_R_'));
    expect(asked).to.have.members([msg('q.a', 1, 'x', 'in'), `HMSG q.a 1 _R_\r\n${info('{"acc":"A"}')}x`]);
    const [, reply] = /(_R_\.\S+)/.exec(frames.join('\n'))!;
    await peer.send(pub(reply!, 'answer')).expect(msg('in', 2, 'answer'));
    await peer.expectSilence();
  });
});
