import { byId, setText } from './dom.js';
import { short } from './numbers.js';

/** Pictures that are kept for the charts, and the fewest that they have room for. */
const HISTORY = 120;
const SHORTEST = 30;
const SVG = 'http://www.w3.org/2000/svg';

const history = [];
/** When each of them was made, in milliseconds of Unix time. */
const times = [];

/** How many pictures the charts have room for: more as they come. */
function span({ length }) {
  return Math.max(SHORTEST, length);
}

function path(values, width, height, top) {
  const step = width / (span(values) - 1);
  const offset = span(values) - values.length;
  return values
    .map(
      (value, i) =>
        `${i === 0 ? 'M' : 'L'}${((offset + i) * step).toFixed(1)} ${(height - (value / top) * height).toFixed(1)}`,
    )
    .join('');
}

function draw(svg, series, width, height, top) {
  for (const [name, values] of series) {
    const line = values.length < 2 ? '' : path(values, width, height, top);
    const start = ((span(values) - values.length) * width) / (span(values) - 1);
    part(svg, `fill ${name}`).setAttribute(
      'd',
      line === '' ? '' : `${line}L${width} ${height}L${start.toFixed(1)} ${height}Z`,
    );
    part(svg, `trace ${name}`).setAttribute('d', line);
  }
}

/** The path of that class in a chart, made where there is none yet. */
function part(svg, className) {
  for (const child of svg.children) if (child.getAttribute('class') === className) return child;
  const created = document.createElementNS(SVG, 'path');
  created.setAttribute('class', className);
  svg.append(created);
  return created;
}

/** The smallest of 1, 2, 5, 10, 20, … that is no less than `value`. */
function roundUp(value) {
  if (value <= 1) return 1;
  const size = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((factor) => factor * size).find((top) => top >= value);
}

for (const y of [0, 60, 120]) part(byId('chart'), `grid y${y}`).setAttribute('d', `M0 ${y}H600`);

/** Keeps the figures of a picture for the charts. */
export function remember(state) {
  if (state.in === undefined) return; // the first one has no rates
  times.push(state.at);
  if (times.length > HISTORY) times.shift();
  history.push({
    in: state.in,
    out: state.out,
    loop: state.loop?.p99 ?? 0,
    open: state.open,
    pending: state.pending ?? 0,
    cpu: state.cpu,
  });
  if (history.length > HISTORY) history.shift();
}

export function drawCharts() {
  if (history.length === 0) return;
  const top = roundUp(Math.max(...history.map((each) => Math.max(each.in, each.out))));
  draw(
    byId('chart'),
    [
      ['in', history.map((each) => each.in)],
      ['out', history.map((each) => each.out)],
    ],
    600,
    120,
    top,
  );
  setText(byId('chart-scale'), `scale: ${short(top)}/s`);
  const seconds = Math.round((times.at(-1) - times[0]) / 1_000);
  setText(byId('chart-from'), `${Math.max(seconds, SHORTEST - 1)} s ago`);
  for (const key of ['loop', 'open', 'pending', 'cpu']) {
    const values = history.map((each) => each[key]);
    draw(byId(`${key}-spark`), [['', values]], 120, 27, Math.max(1, ...values) * 1.1);
  }
}
