import { announce, byId, make, setText } from './dom.js';
import { bytes, short, whole } from './numbers.js';

/** Messages of a tap that stay on the page. */
const MAX_MESSAGES = 100;

/** The id of this page, and whether it takes a login to act; undefined: it is not connected. */
let page;
let login;
let isTapping = false;
let tapped = 0;
let omitted = 0;

/** Asks the server. Throws an error whose message is for the person at the page. */
async function post(path, body) {
  const answer = await fetch(`./live/${path}`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      ...(page && { 'Sluice-Page': page.id }),
      ...(login && { 'Sluice-Token': login.token }),
    },
    body: JSON.stringify(body),
  });
  const result = await answer.json().catch(() => ({}));
  if (answer.ok) return result;
  if (answer.status === 401 && login !== undefined) forgetLogin(undefined);
  throw new Error(result.error ?? `The server answered with status ${answer.status}.`);
}

function say(id, text, kind = 'bad') {
  const element = byId(id);
  element.dataset.kind = kind;
  setText(element, text);
}

export function hasLogin() {
  return login !== undefined;
}

/** The page has been connected, or has lost its connection. */
export function setPage(connected) {
  page = connected;
  if (page === undefined) return;
  byId('tap-panel').hidden = page.actions === 'none';
  byId('publish-panel').hidden = page.actions === 'none';
  if (login === undefined) showLogin();
}

function showLogin() {
  const isNeeded = page?.actions === 'login' && login === undefined;
  byId('login').hidden = !isNeeded;
  byId('login-insecure').hidden = isSecureContext;
  for (const id of ['tap', 'publish']) for (const field of byId(id).elements) field.disabled = isNeeded;
  const user = login?.user ? `${login.user} in ${login.account}` : login && `account ${login.account}`;
  const state = byId('login-state');
  state.replaceChildren();
  if (login === undefined) return;
  state.append(`as ${user}`);
  if (page?.actions !== 'login') return;
  const out = make('button', { type: 'button', class: 'quiet' }, 'Log out');
  out.addEventListener('click', async () => {
    await post('logout', {}).catch(() => {});
    forgetLogin(undefined);
  });
  state.append(' ', out);
}

export function forgetLogin(reason) {
  login = undefined;
  if (isTapping) endTap('');
  showLogin();
  if (reason) say('login-message', reason);
}

byId('login').addEventListener('submit', async (event) => {
  event.preventDefault();
  const [user, password] = [byId('login-user').value, byId('login-password').value];
  const button = event.submitter;
  button.disabled = true;
  say('login-message', '');
  try {
    login = await post('login', user === '' ? { token: password } : { user, password });
    byId('login-password').value = '';
    showLogin();
    byId('tap-subject').focus();
    announce('Logged in.');
  } catch (error) {
    say('login-message', error.message);
  }
  button.disabled = false;
});

/** Logs in where that takes no credentials. */
async function ensureLogin() {
  if (login !== undefined || page === undefined || page.actions !== 'open') return;
  login = await post('login', {});
  showLogin();
}

byId('tap').addEventListener('submit', async (event) => {
  event.preventDefault();
  say('tap-message', '');
  try {
    if (isTapping) {
      await post('untap', {});
      endTap('');
      return;
    }
    await ensureLogin();
    const { subject } = await post('tap', { subject: byId('tap-subject').value.trim() });
    isTapping = true;
    tapped = 0;
    omitted = 0;
    byId('tap-messages').replaceChildren();
    setText(byId('tap-button'), 'Stop');
    byId('tap-subject').readOnly = true;
    showTapped({ messages: [], omitted: 0 });
    announce(`Tapping ${subject}.`);
  } catch (error) {
    say('tap-message', error.message);
  }
});

export function endTap(reason) {
  isTapping = false;
  setText(byId('tap-button'), 'Tap');
  byId('tap-subject').readOnly = false;
  if (reason) say('tap-message', reason);
}

export function showTapped(report) {
  tapped += report.messages.length;
  omitted += report.omitted;
  const list = byId('tap-messages');
  list.prepend(...report.messages.map(messageItem).reverse());
  while (list.children.length > MAX_MESSAGES) list.lastElementChild.remove();
  const count = byId('tap-count');
  count.hidden = false;
  const left =
    omitted === 0
      ? []
      : [' · ', make('b', {}, `${short(omitted)} left out`), ': a tap shows 20 a second at most'];
  count.replaceChildren(`${whole.format(tapped)} shown`, ...left);
}

function messageItem({ at, subject, reply, headers, bytes: size, text, isText, isCut }) {
  const time = new Date(at);
  const item = make('li');
  item.append(
    make(
      'div',
      { class: 'meta' },
      make('span', { class: 'subject' }, subject),
      reply === undefined ? undefined : make('span', { class: 'dim' }, `reply ${reply}`),
      make(
        'time',
        { class: 'size', datetime: time.toISOString() },
        `${bytes(size)} · ${time.toTimeString().slice(0, 8)}`,
      ),
    ),
  );
  if (headers !== undefined)
    item.append(make('pre', { class: 'headers' }, headers.replace(/^NATS\/1\.0\r\n/, '').trimEnd()));
  if (text !== '') item.append(make('pre', {}, `${isText ? '' : 'hex '}${text}${isCut ? ' …' : ''}`));
  return item;
}

byId('publish').addEventListener('submit', async (event) => {
  event.preventDefault();
  const button = event.submitter;
  button.disabled = true;
  say('publish-message', '');
  try {
    await ensureLogin();
    const { subject } = await post('publish', {
      subject: byId('publish-subject').value.trim(),
      payload: byId('publish-payload').value,
    });
    say('publish-message', `Published to ${subject}.`, 'good');
  } catch (error) {
    say('publish-message', error.message);
  }
  button.disabled = false;
});
