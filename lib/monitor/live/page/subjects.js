import { byId, keyed, make, setText } from './dom.js';
import { short } from './numbers.js';

const tree = byId('subjects');
const collapsed = new Set();
let focusedKey;
let latest;

tree.setAttribute('role', 'tree');

/** Puts `rows` of account, subject and rate into a tree by token; a node has the sum of what is below it. */
function growTree(rows) {
  const root = { children: new Map(), rate: 0 };
  const accounts = new Set(rows.map(([account]) => account));
  for (const [account, subject, rate] of rows) {
    const tokens = accounts.size > 1 ? [account, ...subject.split('.')] : subject.split('.');
    let node = root;
    root.rate += rate;
    for (const [depth, token] of tokens.entries()) {
      let child = node.children.get(token);
      if (child === undefined) {
        const isAccount = accounts.size > 1 && depth === 0;
        child = { token, key: `${node.key ?? ''} ${token}`, children: new Map(), rate: 0, own: 0, isAccount };
        child.subject = isAccount ? '' : node.subject ? `${node.subject}.${token}` : token;
        node.children.set(token, child);
      }
      child.rate += rate;
      node = child;
    }
    node.own += rate;
    node.isSubject = true;
  }
  return root;
}

/** Joins nodes that have one child and no messages of their own with that child. */
function joined(node) {
  let [shown, token] = [node, node.token];
  while (!shown.isSubject && !shown.isAccount && shown.children.size === 1) {
    [shown] = shown.children.values();
    token += `.${shown.token}`;
  }
  return { ...shown, token };
}

export function renderSubjects(subjects) {
  if (subjects === undefined) return;
  latest = subjects;
  const root = growTree(subjects.rows);
  renderNodes(tree, [...root.children.values()], root.rate + subjects.others, 1);
  byId('subjects-empty').hidden = subjects.rows.length > 0;
  const notes = [];
  if (subjects.rows.length > 0) notes.push('published');
  if (subjects.others > 0) notes.push(`and others: ${short(subjects.others)}/s`);
  if (!subjects.isExact) notes.push('estimated');
  setText(byId('subjects-about'), notes.join(' · '));
  const items = [...tree.querySelectorAll('[role="treeitem"]')];
  const current = items.find((item) => item.dataset.key === focusedKey) ?? items[0];
  for (const item of items) item.tabIndex = item === current ? 0 : -1;
}

function renderNodes(parent, nodes, total, level) {
  const sorted = nodes
    .map(joined)
    .sort((one, other) => one.token.localeCompare(other.token, undefined, { numeric: true }));
  keyed(
    parent,
    sorted,
    (node) => node.key,
    () => {
      // Not the list item: its name would be that of everything below it.
      const item = make('li', { role: 'none' });
      const line = make('div', { class: 'node', role: 'treeitem', tabindex: '-1' });
      line.append(
        make('span', { class: 'twist', 'aria-hidden': 'true' }),
        make('span', { class: 'token' }),
        make('button', { type: 'button', class: 'choose', tabindex: '-1', 'aria-hidden': 'true' }, 'tap'),
        make('span', { class: 'meter', 'aria-hidden': 'true' }, make('i')),
        make('span', { class: 'rate' }),
      );
      item.append(line, make('ul', { role: 'group' }));
      return item;
    },
    (item, node) => {
      const [line, group] = item.children;
      const [twist, token, , meter, rate] = line.children;
      const isParent = node.children.size > 0;
      const isOpen = isParent && !collapsed.has(node.key);
      line.dataset.key = node.key;
      line.dataset.subject = node.subject;
      line.setAttribute('aria-level', level);
      if (isParent) line.setAttribute('aria-expanded', isOpen);
      else line.removeAttribute('aria-expanded');
      setText(twist, isParent ? (isOpen ? '▾' : '▸') : '');
      setText(token, node.isAccount ? `account ${node.token}` : node.token);
      token.title = node.subject;
      meter.firstElementChild.style.width = `${total === 0 ? 0 : Math.max(1, (node.rate / total) * 100)}%`;
      setText(rate, `${short(node.rate)}/s`);
      group.hidden = !isOpen;
      renderNodes(group, isOpen ? [...node.children.values()] : [], total, level + 1);
    },
  );
}

function toggle(item, open) {
  if (!item.hasAttribute('aria-expanded')) return;
  if (open) collapsed.delete(item.dataset.key);
  else collapsed.add(item.dataset.key);
  renderSubjects(latest);
}

/** Puts the subject of a node into the form of the tap: with all below it, where there is some. */
function chooseSubject(item) {
  const { subject } = item.dataset;
  byId('tap-subject').value = item.hasAttribute('aria-expanded')
    ? subject === ''
      ? '>'
      : `${subject}.>`
    : subject;
  byId('tap-subject').focus();
}

tree.addEventListener('click', (event) => {
  const item = event.target.closest('[role="treeitem"]');
  if (item === null) return;
  if (event.target.closest('.choose') !== null) return chooseSubject(item);
  focusItem(item);
  if (item.hasAttribute('aria-expanded')) toggle(item, item.getAttribute('aria-expanded') === 'false');
});

function focusItem(item) {
  for (const other of tree.querySelectorAll('[tabindex="0"]')) other.tabIndex = -1;
  item.tabIndex = 0;
  focusedKey = item.dataset.key;
  item.focus();
}

tree.addEventListener('keydown', (event) => {
  const item = event.target.closest('[role="treeitem"]');
  if (item === null || event.altKey || event.ctrlKey || event.metaKey) return;
  const items = [...tree.querySelectorAll('[role="treeitem"]')].filter(
    (each) => each.closest('[hidden]') === null,
  );
  const at = items.indexOf(item);
  const isOpen = item.getAttribute('aria-expanded') === 'true';
  const moves = {
    ArrowDown: () => items[at + 1],
    ArrowUp: () => items[at - 1],
    Home: () => items[0],
    End: () => items.at(-1),
    ArrowRight: () => (isOpen ? items[at + 1] : void toggle(item, true)),
    ArrowLeft: () =>
      isOpen ? void toggle(item, false) : item.closest('[role="group"]')?.previousElementSibling,
    Enter: () => void chooseSubject(item),
    ' ': () => void toggle(item, !isOpen),
  };
  const move = moves[event.key];
  if (move === undefined) return;
  event.preventDefault();
  const next = move();
  if (next) focusItem(next);
});
