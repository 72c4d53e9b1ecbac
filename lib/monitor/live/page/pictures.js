import { drawCharts, remember } from './charts.js';
import { announce, byId, setText } from './dom.js';
import { bytes, ms, short, span, whole } from './numbers.js';
import { renderSubjects } from './subjects.js';
import { renderAccounts, renderConnections, renderSlow } from './tables.js';

let isPaused = false;
let latest;
let lastSlow;
let about = '';

/** Shows which server this is. */
export function showServer({ name, sluice, host, port }) {
  setText(byId('server-name'), name);
  about = `${sluice} · ${host.includes(':') ? `[${host}]` : host}:${port}`;
  document.title = `${name} · sluice`;
}

/** Takes a picture of the broker, and shows it unless the page is paused or in the background. */
export function show(state) {
  latest = state;
  remember(state);
  if (lastSlow !== undefined && state.slowConsumers > lastSlow)
    announce(`${state.slowConsumers - lastSlow} connections were cut off as slow consumers.`);
  lastSlow = state.slowConsumers;
  showLatest();
}

/** Shows the last picture, unless the page is paused or in the background. */
export function showLatest() {
  if (latest !== undefined && !isPaused && !document.hidden) render(latest);
}

byId('pause').addEventListener('click', ({ currentTarget: button }) => {
  isPaused = !isPaused;
  button.setAttribute('aria-pressed', isPaused);
  showLatest();
});

function render(state) {
  setText(byId('rate-in'), state.in === undefined ? '–' : `${short(state.in)}/s`);
  setText(byId('rate-out'), state.out === undefined ? '–' : `${short(state.out)}/s`);
  setText(byId('bytes-in'), state.inBytes === undefined ? '' : `${bytes(state.inBytes)}/s`);
  setText(byId('bytes-out'), state.outBytes === undefined ? '' : `${bytes(state.outBytes)}/s`);
  byId('chart').setAttribute(
    'aria-label',
    `Messages a second, over two minutes. Now ${short(state.in)} published and ${short(state.out)} delivered.`,
  );
  setText(byId('loop'), state.loop === undefined ? '–' : ms(state.loop.p99));
  setText(byId('loop-sub'), state.loop === undefined ? '' : `p99; max ${ms(state.loop.max)}`);
  setText(byId('open'), whole.format(state.open));
  const { delayed } = state.connections;
  setText(
    byId('open-sub'),
    `${delayed === 0 ? 'none delayed' : `${delayed} held or congested`} · ${short(state.subscriptions)} subs`,
  );
  setText(byId('pending'), bytes(state.pending));
  setText(byId('pending-sub'), state.maxPending === undefined ? '' : `of ${bytes(state.maxPending)} allowed`);
  setText(byId('cpu'), `${Math.round(state.cpu)} %`);
  setText(byId('cpu-sub'), `of one core · ${bytes(state.rss)}`);
  setText(
    byId('server-about'),
    [about, `up ${span(state.uptime)}`, state.lameDuck ? 'lame duck' : '']
      .filter((text) => text !== '')
      .join(' · '),
  );
  drawCharts();
  renderConnections(state.connections, state.open);
  renderSubjects(state.subjects);
  renderAccounts(state.accounts);
  renderSlow(state.slow, state.slowConsumers, state.at);
}
