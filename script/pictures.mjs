// Draws docs/pipeline.svg, docs/accounts.svg and docs/flow.svg: `node script/pictures.mjs`. Boxes and arrows are data; colours follow the reader's theme.
import { writeFileSync } from 'node:fs';

const WIDTH = 920;

const STYLE = `
  svg { color-scheme: light dark; font: 14px system-ui, sans-serif; }
  .box { fill: #eef4fb; stroke: #3b6ea5; } .core { fill: #fdf1dc; stroke: #b07a1c; } .wire { fill: #f1f1f1; stroke: #777; }
  text { fill: #1b1f24; text-anchor: middle; } .small { font-size: 12px; fill: #57606a; } .left { text-anchor: start; } .right { text-anchor: end; } .arrow.plain { marker-end: none; }
  .arrow { stroke: #57606a; fill: none; marker-end: url(#head); } .back { stroke: #b3372f; fill: none; stroke-dasharray: 5 4; marker-end: url(#backhead); }
  .head { fill: #57606a; } .backhead, .red { fill: #b3372f; }
  @media (prefers-color-scheme: dark) {
    .box { fill: #16283c; stroke: #6ea8e0; } .core { fill: #3a2c10; stroke: #d9a441; } .wire { fill: #2a2d31; stroke: #8b949e; }
    text { fill: #e6edf3; } .small { fill: #9da7b1; } .arrow { stroke: #9da7b1; } .head { fill: #9da7b1; }
    .back { stroke: #ff7b72; } .backhead, .red { fill: #ff7b72; }
  }`;

/** A box with up to two lines of text, `(x, y)` its upper left corner. */
const box = (x, y, width, kind, title, subtitle) => `
  <rect class="${kind}" x="${x}" y="${y}" width="${width}" height="52" rx="7"/>
  <text x="${x + width / 2}" y="${y + 23}">${title}</text>
  <text class="small" x="${x + width / 2}" y="${y + 41}">${subtitle}</text>`;

const arrow = (x1, y1, x2, y2, kind = 'arrow') => `<path class="${kind}" d="M${x1} ${y1} L${x2} ${y2}"/>`;
const label = (x, y, text, kind = 'small') => `<text class="${kind}" x="${x}" y="${y}">${text}</text>`;

/** One publisher's way in and one subscriber's way out, at height y. */
const lane = (y, dialect) =>
  [
    box(16, y, 92, 'wire', 'wire', `${dialect} peer`),
    arrow(108, y + 26, 138, y + 26),
    box(140, y, 100, 'box', 'Decoder', 'Transform'),
    arrow(240, y + 26, 270, y + 26),
    box(272, y, 92, 'box', 'tail', 'Writable'),
    box(556, y, 92, 'box', 'outbox', 'a turn’s runs'),
    arrow(648, y + 26, 678, y + 26),
    box(680, y, 100, 'box', 'Encoder', 'Transform'),
    arrow(780, y + 26, 810, y + 26),
    box(812, y, 92, 'wire', 'wire', `${dialect} peer`),
  ].join('');

const lanes = [64, 152, 240];
const dialects = ['NATS', 'NATS', 'line'];
const parts = [
  ...lanes.map((y, i) => lane(y, dialects[i])),
  `<rect class="core" x="408" y="92" width="104" height="172" rx="9"/>`,
  label(460, 158, 'core', ''),
  label(460, 177, 'one Writable'),
  label(460, 194, 'synchronous'),
  label(460, 211, 'global FIFO'),
  ...lanes.map((y, i) => arrow(364, y + 26, 404, [128, 178, 228][i])),
  ...lanes.map((y, i) => arrow(512, [128, 178, 228][i], 552, y + 26)),
  label(190, 44, 'bytes → command batches'),
  label(730, 44, 'delivery runs → bytes'),
  `<path class="back" d="M858 296 C 858 338, 700 340, 460 340 C 240 340, 62 338, 62 298"/>`,
  label(
    460,
    362,
    'backpressure: a slow reader’s pending bytes hold the publishers that feed it, and only those',
    'small red',
  ),
];

/** A whole picture; `about` is what it shows, for who cannot see it. */
const picture = (name, height, about, parts) =>
  writeFileSync(
    new URL(`../docs/${name}.svg`, import.meta.url),
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${about}">
<style>${STYLE}</style>
<defs>
  <marker id="head" markerWidth="8" markerHeight="8" refX="7" refY="4" orient="auto"><path class="head" d="M0 0 L8 4 L0 8 z"/></marker>
  <marker id="backhead" markerWidth="8" markerHeight="8" refX="7" refY="4" orient="auto"><path class="backhead" d="M0 0 L8 4 L0 8 z"/></marker>
</defs>
${parts.join('\n')}
</svg>
`,
  );

picture(
  'pipeline',
  372,
  'The sluice pipeline: each wire through a Decoder and a tail into one core Writable, out through an outbox and an Encoder',
  parts,
);

/** One account: its sublist, at `x`, and its clients beside it. */
const account = (x, name, clientsX, clients) =>
  [
    `<rect class="core" x="${x}" y="40" width="150" height="240" rx="9"/>`,
    label(x + 75, 66, `account ${name}`, ''),
    label(x + 75, 84, 'a sublist of its own'),
    ...clients.map((text, i) => box(clientsX, [64, 186][i], 132, 'box', 'client', text)),
  ].join('');

picture(
  'accounts',
  316,
  'Two accounts: a stream import leads what is published in one into the other, a service import leads requests there and replies back',
  [
    account(196, 'STOCK', 16, ['publishes', 'answers']),
    account(574, 'SHOP', 772, ['subscribes', 'asks']),
    arrow(148, 90, 192, 90),
    arrow(724, 90, 768, 90),
    arrow(772, 203, 728, 203),
    arrow(728, 226, 768, 226, 'back'),
    arrow(196, 203, 152, 203),
    arrow(152, 226, 192, 226, 'back'),
    box(376, 64, 168, 'wire', 'StreamImport', 'new.&gt; → stock.new.&gt;'),
    arrow(346, 90, 374, 90),
    arrow(544, 90, 572, 90),
    box(386, 158, 148, 'wire', 'ServiceImport', 'ask.* → count.*'),
    arrow(574, 184, 536, 184),
    arrow(386, 184, 348, 184),
    box(386, 222, 148, 'wire', 'Responses', '_R_.… → its reply'),
    arrow(346, 248, 382, 248, 'back'),
    arrow(534, 248, 570, 248, 'back'),
    label(460, 306, 'a way is a subscription without a client; red: replies'),
  ],
);

/** A mark on the scale of pending bytes, and what becomes of messages above it. */
const mark = (y, name, size) =>
  `<path class="arrow plain" d="M300 ${y} L470 ${y}"/>${label(290, y + 4, name, 'right')}${label(385, y - 6, size)}`;

const policies = [
  ['pause', 'its publishers are held', 'until it is at low_water'],
  ['drop', 'the newest go nowhere, counted', 'until it is at low_water'],
  ['disconnect', 'they pile up', 'until max_pending'],
];

const flow = [
  label(385, 24, 'pending bytes of one connection'),
  `<rect class="wire" x="340" y="40" width="90" height="300" rx="5"/>`,
  `<rect class="box" x="340" y="200" width="90" height="140" rx="5"/>`,
  mark(70, 'flow.max_pending', '64 MiB'),
  mark(200, 'flow.high_water', '1 MiB'),
  mark(290, 'flow.low_water', '256 KiB'),
  label(385, 320, 'they pass'),
  box(16, 290, 110, 'box', 'publishers', 'read from'),
  arrow(126, 316, 334, 316),
  arrow(430, 316, 520, 316),
  box(522, 290, 110, 'wire', 'reader', 'slow'),
  ...policies.flatMap(([name, what, end], i) => [
    box(520, 86 + i * 62, 110, 'core', name, 'flow.policy'),
    label(650, 107 + i * 62, what, 'left'),
    label(650, 126 + i * 62, end, 'small left'),
  ]),
  ...policies.map((_, i) => arrow(432, 150, 516, 112 + i * 62)),
  label(520, 40, 'above max_pending, or nothing taken', 'left red'),
  label(520, 60, 'for flow.write_deadline: slow consumer, cut off', 'left red'),
  `<path class="back" d="M520 106 C 440 10, 60 -60, 71 286"/>`,
  label(84, 232, 'held: not read from,', 'small red left'),
  label(84, 250, 'TCP pushes back', 'small red left'),
];

picture(
  'flow',
  356,
  'Pending bytes of one connection: up to flow.high_water messages pass; above it publishers are held, messages are dropped, or pile up; above flow.max_pending, or when nothing is taken for flow.write_deadline, it is cut off',
  flow,
);

/** One way to use leaf links, from height `y` on. */
const use = (y, title, parts) => [label(16, y, title, 'left'), ...parts.map((part) => part(y + 16))];
const at = (x, width, kind, name, about) => (y) => box(x, y, width, kind, name, about);
const joins = (from, to, text) => (y) =>
  arrow(from, y + 26, to, y + 26) + label((from + to) / 2, y + 18, text);

picture(
  'leaf',
  330,
  'Three uses of leaf links: an edge gateway that joins a cluster, tests that join a hub of their own, sluice as the hub',
  [
    ...use(24, 'edge: a gateway or a desktop program joins the cluster, and works on while it is away', [
      at(16, 130, 'wire', 'clients', 'of the machine'),
      joins(146, 206, ''),
      at(208, 150, 'box', 'sluice', 'in the program'),
      joins(358, 556, 'one TLS connection'),
      at(558, 170, 'core', 'nats-server', 'hub of a cluster'),
      joins(728, 768, ''),
      at(770, 130, 'core', 'nats-server', 'JetStream'),
    ]),
    ...use(130, 'test: each test process has a broker of its own, which sees the streams of one hub', [
      at(16, 130, 'wire', 'a test', 'memory transport'),
      joins(146, 206, ''),
      at(208, 150, 'box', 'sluice', 'createBroker'),
      joins(358, 556, 'allow, deny'),
      at(558, 170, 'core', 'nats-server', 'of the team'),
    ]),
    ...use(236, 'hub: sluice accepts leafs, sluices and nats-servers', [
      at(16, 130, 'box', 'sluice', 'leaf'),
      joins(146, 366, 'leaf.remotes'),
      at(368, 180, 'core', 'sluice', 'leaf.listener'),
      joins(728, 552, 'leafnodes.remotes'),
      at(730, 170, 'box', 'nats-server', 'leaf'),
    ]),
  ],
);
