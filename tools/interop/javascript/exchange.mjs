/** What nats-core is asked to do over a WebSocket, in Node and in a page alike. */

/** Around the lengths at which frames of WebSockets are written otherwise, and above what is sent in one. */
const SIZES = [0, 1, 125, 126, 4_096, 65_535, 65_536, 262_144];
const MESSAGES = 200;

function expect(holds, what) {
  if (!holds) throw new Error(what);
}

function payloadOf(i) {
  return new Uint8Array(SIZES[i % SIZES.length]).fill(i & 255);
}

function isSame(one, other) {
  return one.length === other.length && one.every((byte, i) => byte === other[i]);
}

/**
 * Publishes, subscribes and requests. Throws for whatever does not come as it must.
 *
 * @param connect makes a connection
 */
export async function exchange(connect) {
  const [one, other] = [await connect(), await connect()];
  const subscription = other.subscribe('ws.sizes', { max: MESSAGES });
  await other.flush();
  for (let i = 0; i < MESSAGES; i++) one.publish('ws.sizes', payloadOf(i));
  let heard = 0;
  for await (const { data, subject } of subscription) {
    expect(subject === 'ws.sizes', `subject ${subject}`);
    expect(isSame(data, payloadOf(heard)), `number ${heard}: ${data.length} bytes`);
    heard++;
  }
  expect(heard === MESSAGES, `${heard} messages`);

  const service = other.subscribe('ws.echo.*', {
    callback: (_, message) => message.respond(message.data, { headers: message.headers }),
  });
  await other.flush();
  for (let i = 0; i < 50; i++) {
    const reply = await one.request(`ws.echo.${i}`, `nº ${i}`, { timeout: 10_000 });
    expect(reply.string() === `nº ${i}`, `reply ${i}: ${reply.string()}`);
  }
  service.unsubscribe();
  await other.flush();
  const refusal = await one.request('ws.echo.none', '', { timeout: 10_000 }).catch((error) => error);
  expect(refusal.isNoResponders?.() === true, `without a responder: ${refusal}`);
  await one.drain();
  await other.close();
}
