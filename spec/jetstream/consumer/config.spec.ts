import { expect } from 'chai';
import { NATS_LEVEL } from '../../../lib/version.js';
import { Harness } from '../../support/harness.js';
import { JsPeer } from '../../support/jetstream/js-peer.js';

const MS = 1e6;
const EXPLICIT = { ack_policy: 'explicit' };

describe('the configuration of a consumer', () => {
  let harness: Harness;
  let peer: JsPeer;

  before(async () => {
    harness = await Harness.start({ jetstream: { enabled: true } });
    peer = await JsPeer.connect(harness);
    await peer.stream('T', { subjects: ['t.*'], consumer_limits: { max_ack_pending: 2_000 } });
    await peer.stream('W', { subjects: ['w.*'], retention: 'workqueue' });
    await peer.consumer('T', 'known', { description: 'known' });
    await peer.consumer('W', 'known', { filter_subject: 'w.a' });
  });
  after(() => harness.stop());

  async function refusal(subject: string, request: object): Promise<string> {
    const { error } = await peer.api(`CONSUMER.${subject}`, request);
    return error === undefined ? 'none' : `${error.code} ${error.err_code} ${error.description}`;
  }

  describe('is refused', () => {
    const ROWS: readonly (readonly [error: string, config: object, stream?: string])[] = [
      ['400 10133 replicas count cannot be negative', { num_replicas: -1 }],
      ['500 10074 replicas > 1 not supported in non-clustered mode', { num_replicas: 3 }],
      ['400 10184 consumer backoff needs to be positive', { ...EXPLICIT, backoff: [1, -1] }],
      ['400 10183 consumer ack wait needs to be positive', { ...EXPLICIT, ack_wait: -1 }],
      [
        '400 10116 max deliver is required to be > length of backoff values',
        { ...EXPLICIT, max_deliver: 1, backoff: [1 * MS, 2 * MS] },
      ],
      [
        '400 10107 consumer description is too long, maximum allowed is 4096',
        { description: 'x'.repeat(4_097) },
      ],
      ['400 10079 consumer deliver subject has wildcards', { deliver_subject: 'd.*' }],
      ['400 10081 consumer deliver subject forms a cycle', { deliver_subject: 't.d' }],
      ['400 10112 invalid push consumer deliver subject', { deliver_subject: 'd..d' }],
      ['400 10080 consumer in push mode can not set max waiting', { deliver_subject: 'd', max_waiting: 1 }],
      [
        '400 10082 consumer requires ack policy for max ack pending',
        { deliver_subject: 'd', ack_policy: 'none', max_ack_pending: 1 },
      ],
      [
        '400 10083 consumer idle heartbeat needs to be >= 100ms',
        { deliver_subject: 'd', ack_policy: 'all', idle_heartbeat: 99 * MS },
      ],
      ['400 10086 consumer in pull mode can not have rate limit set', { rate_limit_bps: 1 }],
      ['400 10088 consumer idle heartbeat requires a push based consumer', { idle_heartbeat: 1_000 * MS }],
      ['400 10089 consumer flow control requires a push based consumer', { flow_control: true }],
      ['400 10115 consumer max request expires needs to be >= 1ms', { max_expires: 1 }],
      [
        '400 10121 consumer max ack pending exceeds system limit of 2000',
        { ...EXPLICIT, max_ack_pending: 2_001 },
      ],
      ['400 10090 consumer direct requires a push based consumer', { direct: true }],
      [
        '400 10136 consumer cannot have both FilterSubject and FilterSubjects specified',
        { filter_subject: 't.a', filter_subjects: ['t.b'] },
      ],
      ['400 10139 consumer filter in FilterSubjects cannot be empty', { filter_subjects: [''] }],
      ['400 10138 consumer subject filters cannot overlap', { filter_subjects: ['t.a', 't.*'] }],
      [
        '400 10094 consumer delivery policy is deliver all, but optional start sequence is also set',
        { opt_start_seq: 3 },
      ],
      [
        '400 10094 consumer delivery policy is deliver by start sequence, but optional start sequence is not set',
        { deliver_policy: 'by_start_sequence' },
      ],
      [
        '400 10094 consumer delivery policy is deliver by start time, but optional start time is not set',
        { deliver_policy: 'by_start_time' },
      ],
      [
        '400 10094 consumer delivery policy is deliver last per subject, but optional filter subject is not set',
        { deliver_policy: 'last_per_subject' },
      ],
      [
        '400 10095 failed to parse consumer sampling configuration: strconv.Atoi: parsing "x": invalid syntax',
        { sample_freq: 'x%' },
      ],
      [
        '400 10108 consumer with flow control also needs heartbeats',
        { deliver_subject: 'd', ack_policy: 'all', flow_control: true },
      ],
      ['400 10135 consumer metadata exceeds maximum size of 128KB', { metadata: { a: 'x'.repeat(131_072) } }],
      ['400 10098 workqueue stream requires explicit ack', { ack_policy: 'all' }, 'W'],
      [
        '400 10084 consumer in pull mode requires explicit ack policy on workqueue stream',
        { ack_policy: 'none', max_ack_pending: 0 },
        'W',
      ],
      [
        '400 10101 consumer must be deliver all on workqueue stream',
        { ...EXPLICIT, deliver_policy: 'new' },
        'W',
      ],
      ['400 10099 multiple non-filtered consumers not allowed on workqueue stream', EXPLICIT, 'W'],
      [
        '400 10100 filtered consumer not unique on workqueue stream',
        { ...EXPLICIT, filter_subject: 'w.*' },
        'W',
      ],
    ];
    for (const [error, config, stream = 'T'] of ROWS)
      it(error, async () => {
        const request = { stream_name: stream, config: { ...config, name: 'new' } };
        expect(await refusal(`CREATE.${stream}.new`, request)).to.equal(error);
      });
  });

  describe('has to go with the subject of the request', () => {
    const ROWS: readonly (readonly [error: string, subject: string, config: object])[] = [
      [
        '400 10020 consumer expected to be ephemeral but a durable name was set in request',
        'CREATE.T',
        { durable_name: 'd' },
      ],
      [
        '400 10017 consumer name in subject does not match durable name in request',
        'CREATE.T.new',
        { durable_name: 'd' },
      ],
      [
        '400 10131 Consumer create request did not match filtered subject from create subject',
        'CREATE.T.new.t.a',
        { filter_subject: 't.b' },
      ],
      [
        '400 10137 consumer with multiple subject filters cannot use subject based API',
        'CREATE.T.new.t.a',
        { filter_subjects: ['t.a'] },
      ],
      [
        '400 10018 consumer expected to be durable but a durable name was not set',
        'DURABLE.CREATE.T.new',
        {},
      ],
      [
        '400 10017 consumer name in subject does not match durable name in request',
        'DURABLE.CREATE.T.new',
        { durable_name: 'd' },
      ],
      ['400 10056 stream name in subject does not match request', 'CREATE.other.new', {}],
      ['400 10127 Consumer name can not contain path separators', 'CREATE.T.a/b', {}],
    ];
    for (const [error, subject, config] of ROWS)
      it(error, async () => {
        expect(await refusal(subject, { stream_name: 'T', config })).to.equal(error);
      });

    it('404 10059 stream not found', async () => {
      expect(await refusal('CREATE.none.c', { stream_name: 'none', config: {} })).to.match(/^404 10059 /);
    });
  });

  describe('of one that there is', () => {
    const known = { durable_name: 'known', ack_policy: 'explicit' };
    const ROWS: readonly (readonly [error: string, config: object, action?: string])[] = [
      ['none', { description: 'known' }, 'create'],
      ['400 10148 consumer already exists', { description: 'other' }, 'create'],
      ['none', { description: 'known' }, 'update'],
      ['500 10012 deliver policy can not be updated', { deliver_policy: 'new' }],
      ['500 10012 ack policy can not be updated', { ack_policy: 'all' }],
      ['500 10012 replay policy can not be updated', { replay_policy: 'original' }],
      ['500 10012 max waiting can not be updated', { max_waiting: 3 }],
      ['500 10012 storage type can not be updated', { mem_storage: true }],
      ['500 10012 can not update pull consumer to push based', { deliver_subject: 'd' }],
    ];
    for (const [error, config, action = ''] of ROWS)
      it(`${error} ${action}`, async () => {
        const request = { stream_name: 'T', action, config: { ...known, ...config } };
        expect(await refusal('CREATE.T.known', request)).to.equal(error);
      });

    it('400 10149 consumer does not exist', async () => {
      const request = { stream_name: 'T', action: 'update', config: {} };
      expect(await refusal('CREATE.T.none', request)).to.equal('400 10149 consumer does not exist');
    });

    it('changes what it delivers', async () => {
      await peer.store('t.a', 't.b', 't.a');
      const { num_pending: before } = await peer.consumer('T', 'u');
      const { num_pending: after } = await peer.consumer('T', 'u', { filter_subject: 't.a' });
      expect([before, after]).to.deep.equal([3, 2]);
    });
  });

  it('has defaults', async () => {
    const { config } = await peer.api('CONSUMER.CREATE.T', { stream_name: 'T', config: {} });
    expect(config).to.deep.equal({
      ...{ deliver_policy: 'all', ack_policy: 'none', replay_policy: 'instant', max_deliver: -1 },
      ...{ max_waiting: 512, max_ack_pending: 2_000, inactive_threshold: 5_000 * MS, num_replicas: 0 },
      metadata: { '_nats.level': '1', '_nats.req.level': '0', '_nats.ver': NATS_LEVEL },
    });
  });

  it('is listed by name, and in full', async () => {
    await peer.stream('L', { subjects: ['l'] });
    expect(await peer.api('CONSUMER.NAMES.L')).to.deep.include({
      total: 0,
      offset: 0,
      limit: 1024,
      consumers: [],
    });
    await peer.consumer('L', 'b');
    await peer.consumer('L', 'a');
    expect(await peer.api('CONSUMER.NAMES.L', { offset: 1 })).to.deep.include({ total: 2, consumers: ['b'] });
    const { consumers, limit } = await peer.api('CONSUMER.LIST.L');
    expect([(consumers as { name: string }[]).map(({ name }) => name), limit]).to.deep.equal([
      ['a', 'b'],
      256,
    ]);
    expect(await peer.api('CONSUMER.DELETE.L.a')).to.include({ success: true });
    expect(await refusal('INFO.L.a', {})).to.equal('404 10014 consumer not found');
    expect(await refusal('DELETE.L.b', { x: 1 })).to.equal('400 10038 expected an empty request payload');
  });
});
