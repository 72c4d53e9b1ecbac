import { endTap, forgetLogin, hasLogin, setPage, showTapped } from './actions.js';
import { byId, setText } from './dom.js';
import { show, showLatest, showServer } from './pictures.js';

/** Time for which a page in the background stays connected, in milliseconds. */
const HIDDEN_MS = 60_000;
const RETRY_MS = 3_000;

let events;
let retry;
let hiddenTimer;

function setStatus(state, text) {
  byId('status').dataset.state = state;
  setText(byId('status-text'), text);
}

/** Opens the stream of events; when it ends, opens another one. */
export function connect() {
  clearTimeout(retry);
  events?.close();
  const source = new EventSource('./live/events');
  events = source;
  source.addEventListener('hello', (event) => greet(JSON.parse(event.data)));
  source.addEventListener('state', (event) => show(JSON.parse(event.data)));
  source.addEventListener('missed', (event) => {
    byId('missed').hidden = false;
    setText(byId('missed'), `This browser was too slow for ${event.data} updates, which were left out.`);
  });
  source.addEventListener('tap', (event) => showTapped(JSON.parse(event.data)));
  source.addEventListener('untapped', (event) => endTap(JSON.parse(event.data).reason));
  source.addEventListener('loggedout', (event) => forgetLogin(JSON.parse(event.data).reason));
  source.addEventListener('error', () => {
    source.close();
    if (source === events) void lost();
  });
}

function greet({ page: id, server, actions }) {
  setStatus('live', 'Live');
  showServer(server);
  setPage({ id, actions });
}

async function lost() {
  setPage(undefined);
  if (hasLogin()) forgetLogin('The connection was lost.');
  let reason = 'Disconnected, trying again';
  const abort = new AbortController();
  try {
    const answer = await fetch('./live/events', { signal: abort.signal });
    if (!answer.ok) reason = (await answer.text()).trim();
  } catch {
    // What it says already.
  }
  abort.abort();
  setStatus('lost', reason);
  retry = setTimeout(connect, RETRY_MS);
}

document.addEventListener('visibilitychange', () => {
  clearTimeout(hiddenTimer);
  if (document.hidden) {
    // In the background a page costs the server nothing, unless it is logged in.
    hiddenTimer = setTimeout(() => {
      if (hasLogin()) return;
      events?.close();
      events = undefined;
    }, HIDDEN_MS);
  } else if (events === undefined) connect();
  else showLatest();
});
