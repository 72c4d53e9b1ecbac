import { connect, type NatsConnection } from '@nats-io/transport-node';
import { expect } from 'chai';
import { MAX_JETSTREAM_DELETED } from '../../../lib/domain/jetstream-limits.js';
import { startTestBroker } from '../../../lib/testing/index.js';

type Body = Readonly<Record<string, unknown>>;

const list = (length: number, of: (n: number) => string) => Array.from({ length }, (_, n) => of(n));

describe('large requests to the API', () => {
  let broker: Awaited<ReturnType<typeof startTestBroker>>;
  let connection: NatsConnection;

  beforeEach(async () => {
    broker = await startTestBroker({ jetstream: true });
    connection = await connect({ servers: broker.url });
  });

  afterEach(async () => {
    await connection.close();
    await broker.close();
  });

  async function ask(route: string, body: object | string = ''): Promise<Body> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return (await connection.request(`$JS.API.${route}`, text, { timeout: 30_000 })).json<Body>();
  }

  const code = (answer: Body) => (answer['error'] as { readonly err_code: number } | undefined)?.err_code;

  async function messages(stream: string): Promise<unknown> {
    return ((await ask(`STREAM.INFO.${stream}`))['state'] as Body)['messages'];
  }

  it('make, change and delete a stream with very many subjects; each message is taken once', async () => {
    const before = list(2_000, (n) => `s.${n}`);
    expect(code(await ask('STREAM.CREATE.S', { name: 'S', subjects: before }))).to.equal(undefined);
    expect(code(await ask('STREAM.CREATE.T', { name: 'T', subjects: ['s.1999'] }))).to.equal(10065);
    let isChanged = false;
    const change = ask('STREAM.UPDATE.S', { name: 'S', subjects: ['s.*', ...list(2_000, (n) => `t.${n}`)] });
    void change.then(() => {
      isChanged = true;
    });
    let published = 0;
    do {
      const { seq } = (await connection.request('s.7')).json<{ readonly seq: number }>();
      expect(seq).to.equal(++published);
    } while (!isChanged);
    expect(code(await change)).to.equal(undefined);
    await connection.request('t.1999');
    expect(await messages('S')).to.equal(published + 1);
    expect(code(await ask('STREAM.CREATE.T', { name: 'T', subjects: ['s.new'] }))).to.equal(10065);
    expect(code(await ask('STREAM.DELETE.S'))).to.equal(undefined);
    expect(code(await ask('STREAM.CREATE.T', { name: 'T', subjects: ['s.7', 't.>'] }))).to.equal(undefined);
    await connection.request('s.7');
    expect(await messages('T')).to.equal(1);
  });

  it('are refused with too many subjects, filters, bytes, or wildcards in common', async () => {
    const subjects = list(16_385, (n) => `s.${n}`);
    const wild = list(1_024, (n) => `${list(10, (bit) => ((n >> bit) & 1 ? '*.' : 'a.')).join('')}${n}`);
    const consumer = (filter_subjects: readonly string[]) =>
      ask('CONSUMER.CREATE.F.c', { stream_name: 'F', config: { name: 'c', filter_subjects } });
    await ask('STREAM.CREATE.F', { name: 'F', subjects: ['>'], no_ack: true });
    expect(code(await ask('STREAM.CREATE.S', { name: 'S', subjects }))).to.equal(10052);
    expect(code(await consumer(subjects))).to.equal(10052);
    expect(code(await consumer(wild))).to.equal(10052);
    expect(code(await consumer(subjects.slice(1)))).to.equal(undefined);
    const names = Object.fromEntries(list(20_000, (n) => `k${n}`).map((name) => [name, name]));
    expect(code(await ask('STREAM.CREATE.S', { name: 'S', metadata: names }))).to.equal(10052);
    expect(
      code(await ask('STREAM.CREATE.S', `${JSON.stringify({ name: 'S' })}${' '.repeat(5_000)}]`)),
    ).to.equal(10025);
  });

  it('are the same again, whatever length they have', async () => {
    await ask('STREAM.CREATE.S', { name: 'S', subjects: ['s'], metadata: { one: '1', two: '2' } });
    const padded = {
      padding: 'x'.repeat(10_000),
      metadata: { two: '2', one: '1' },
      subjects: ['s'],
      name: 'S',
    };
    expect(code(await ask('STREAM.CREATE.S', padded))).to.equal(undefined);
    expect(code(await ask('STREAM.CREATE.S', { ...padded, metadata: { one: '2' } }))).to.equal(10058);
  });

  it('get lists in parts that end before an answer is too long', async () => {
    const description = 'x'.repeat(4_000);
    const metadata = { filler: 'y'.repeat(100_000) };
    const names = list(60, (n) => `S${String(n).padStart(2, '0')}`);
    for (const name of names) await ask(`STREAM.CREATE.${name}`, { name, description, metadata });
    const found: string[] = [];
    let parts = 0;
    while (found.length < names.length) {
      const answer = await ask('STREAM.LIST', { offset: found.length });
      const streams = answer['streams'] as readonly { readonly config: { readonly name: string } }[];
      expect(answer['total']).to.equal(60);
      found.push(...streams.map(({ config }) => config.name));
      parts++;
    }
    expect(found).to.deep.equal(names);
    expect(parts).to.equal(2);
  });

  it('list so many sequences without a message and no more', async () => {
    const mirror = { name: 'M', mirror: { name: 'O' } };
    await ask('STREAM.CREATE.O', { name: 'O', subjects: ['o'] });
    await ask('STREAM.CREATE.M', mirror);
    await connection.request('o', '1', { timeout: 30_000 });
    while ((await messages('M')) !== 1);
    await ask('STREAM.DELETE.O');
    await ask('STREAM.CREATE.O', { name: 'O', subjects: ['o'], first_seq: 9e15 });
    await connection.request('o', '2', { timeout: 30_000 });
    while ((await messages('M')) !== 2);
    const { state } = await ask('STREAM.INFO.M', { deleted_details: true });
    expect((state as { readonly deleted: readonly number[] }).deleted).to.have.length(MAX_JETSTREAM_DELETED);
    expect((state as Body)['num_deleted']).to.equal(9e15 - 2);
  });

  it('with a text of 16 KiB or more are refused', async () => {
    const long = 's.'.repeat(8_192);
    expect(code(await ask('STREAM.CREATE.S', { name: 'S', subjects: [`${long}x`] }))).to.equal(10025);
    expect(
      code(
        await ask('STREAM.CREATE.S', {
          name: 'S',
          subjects: ['s.*'],
          republish: { dest: '$1'.repeat(9_000) },
        }),
      ),
    ).to.equal(10025);
  });

  it('with a destination that would make a subject of megabytes do not rename by it', async () => {
    const dest = Array.from({ length: 1_000 }, () => '$1').join('.');
    const made = await ask('STREAM.CREATE.S', {
      name: 'S',
      subjects: ['s.*'],
      subject_transform: { src: 's.*', dest },
    });
    expect(code(made)).to.equal(undefined);
    const long = `s.${'x'.repeat(2_000)}`;
    await connection.request(long, '1', { timeout: 30_000 });
    await connection.request('s.y', '2', { timeout: 30_000 });
    const { state } = await ask('STREAM.INFO.S', { subjects_filter: '>' });
    const subjects = Object.keys((state as { readonly subjects: object }).subjects);
    expect(subjects).to.have.members([long, Array(1_000).fill('y').join('.')]);
  });
});
