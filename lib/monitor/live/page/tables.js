import { byId, fill, keyed, make, setText } from './dom.js';
import { bytes, short, span, whole } from './numbers.js';

function clientName(row) {
  return row.name || row.peer || `${row.type} ${row.cid}`;
}

/** What makes a connection wait, or others wait for it, as chips: text and kind. */
function chipsOf({ flow, type }, names) {
  const named = (cid) => (names.has(cid) ? `${names.get(cid)} (#${cid})` : `#${cid}`);
  if (flow === undefined) return [];
  const chips = [];
  if (flow.waitsFor.length > 0) {
    const more = flow.waitsForMore > 0 ? ` and ${flow.waitsForMore} more` : '';
    chips.push([`held, waits for ${flow.waitsFor.map(named).join(', ')}${more}`, 'warn']);
  }
  if (flow.congested && flow.policy === 'drop') chips.push(['congested, messages are dropped', 'bad']);
  else if (flow.congested && flow.holding > 0)
    chips.push([`congested, holds ${flow.holding} publisher${flow.holding > 1 ? 's' : ''}`, 'bad']);
  else if (flow.congested)
    chips.push([flow.detached ? 'congested, holds none any more' : 'congested', 'bad']);
  if (flow.dropped > 0) chips.push([`${short(flow.dropped)} dropped`, 'warn']);
  if (chips.length > 0) return chips;
  const [longest] = flow.heldBy;
  if (longest !== undefined && longest[1] >= 1_000)
    chips.push([`was held ${span(longest[1])} by ${named(longest[0])}`, 'plain']);
  else if (flow.heldOthersMs >= 1_000) chips.push([`held others for ${span(flow.heldOthersMs)}`, 'plain']);
  else chips.push([type === 'local' ? 'in process' : 'flowing', 'plain']);
  return chips;
}

export function renderConnections({ rows, others }, open) {
  const accounts = new Set(rows.map((row) => row.account));
  const names = new Map(rows.filter(({ name }) => name).map(({ cid, name }) => [cid, name]));
  byId('connections').classList.toggle('one-account', accounts.size < 2);
  keyed(
    byId('connection-rows'),
    rows,
    (row) => row.cid,
    () => {
      const cell = (attributes) => make('td', { role: 'cell', ...attributes });
      const row = make('tr', { role: 'row' });
      row.append(
        make('th', { scope: 'row', role: 'rowheader' }),
        cell({ class: 'account' }),
        cell({ class: 'num', 'data-label': 'in/s' }),
        cell({ class: 'num', 'data-label': 'out/s' }),
        cell({ class: 'num', 'data-label': 'pending' }),
        cell({ class: 'state' }),
      );
      return row;
    },
    (element, row) => {
      const [who, account, input, output, pending, state] = element.children;
      const details = [`#${row.cid}`, row.type, row.name ? row.peer : undefined, row.user];
      fill(who, clientName(row) + details, () => [
        make(
          'span',
          { class: 'who' },
          make('span', {}, clientName(row)),
          make('small', {}, details.filter(Boolean).join(' · ')),
        ),
      ]);
      setText(account, row.account ?? '');
      setText(input, short(row.in));
      setText(output, short(row.out));
      setText(pending, row.pending === 0 ? '0' : bytes(row.pending));
      const chips = chipsOf(row, names);
      fill(state, chips.join(';'), () => [
        make(
          'span',
          { class: 'chips' },
          ...chips.map(([text, kind]) => make('span', { class: `chip ${kind}` }, text)),
        ),
      ]);
    },
  );
  byId('connections-empty').hidden = rows.length > 0;
  setText(
    byId('connections-about'),
    others > 0 ? `${rows.length} of ${whole.format(open)}, those that wait first` : 'those that wait first',
  );
}

export function renderAccounts({ rows, others }) {
  keyed(
    byId('account-rows'),
    rows,
    (row) => row.name,
    () => {
      const row = make('tr');
      row.append(
        make('th', { scope: 'row' }),
        make('td', { class: 'num' }),
        make('td', { class: 'num opt' }),
        make('td', { class: 'num' }),
        make('td', { class: 'num' }),
      );
      return row;
    },
    ({ children }, row) => {
      const texts = [
        row.name,
        whole.format(row.connections),
        short(row.subscriptions),
        short(row.in),
        short(row.out),
      ];
      for (const [i, text] of texts.entries()) setText(children[i], text);
    },
  );
  setText(byId('accounts-about'), others > 0 ? `and ${whole.format(others)} others` : '');
}

export function renderSlow(rows, total, now) {
  keyed(
    byId('slow-rows'),
    rows,
    (row) => row.cid,
    () => {
      const row = make('tr');
      row.append(
        make('th', { scope: 'row' }),
        make('td'),
        make('td', { class: 'num' }),
        make('td', { class: 'num' }),
      );
      return row;
    },
    ({ children }, row) => {
      fill(children[0], clientName(row), () => [
        make(
          'span',
          { class: 'who' },
          make('span', {}, clientName(row)),
          make('small', {}, [`#${row.cid}`, row.user].filter(Boolean).join(' · ')),
        ),
      ]);
      setText(children[1], row.why.replace(/^Slow Consumer \((.*)\)$/, '$1').toLowerCase());
      setText(children[2], bytes(row.pending));
      setText(children[3], `${span(Math.max(0, now - row.at))} ago`);
    },
  );
  byId('slow-table').hidden = rows.length === 0;
  byId('slow-empty').hidden = rows.length > 0;
  setText(byId('slow-about'), total === 0 ? '' : `${whole.format(total)} cut off so far`);
}
