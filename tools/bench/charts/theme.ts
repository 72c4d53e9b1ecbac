/**
 * The colours of the charts. A chart is drawn in the light ones; its style sheet turns each into its dark counterpart for
 * readers whose theme is dark, as it is one file that a page shows as an image.
 */

/** For what stands beside the drawing. */
export const SMALL_FONT = '11px system-ui, sans-serif';
/** For headings. */
export const BOLD_FONT = 'bold 12px system-ui, sans-serif';

interface Colour {
  readonly light: string;
  readonly dark: string;
}

const COLOURS = {
  text: { light: '#1b1f24', dark: '#e6edf3' },
  faint: { light: '#59636e', dark: '#9da7b1' },
  line: { light: '#d8dee4', dark: '#30363d' },
  strong: { light: '#8c959f', dark: '#768390' },
  subject: { light: '#0a69c8', dark: '#58a6ff' },
  below: { light: '#c9510c', dark: '#ff9a57' },
  expected: { light: '#2b3036', dark: '#cdd6df' },
  peer1: { light: '#b5650d', dark: '#f0a450' },
  peer2: { light: '#8a4fb8', dark: '#cf9bf5' },
  peer3: { light: '#2f8f5b', dark: '#57c98a' },
  floor: { light: '#7d8590', dark: '#8b949f' },
} as const satisfies Record<string, Colour>;

export type ColourName = keyof typeof COLOURS;

/** The colour to draw with. */
export const ink = Object.fromEntries(
  Object.entries(COLOURS).map(([name, { light }]) => [name, light]),
) as Readonly<Record<ColourName, string>>;

const PEERS = ['peer1', 'peer2', 'peer3'] as const;

/** A contender's colour, the same in every chart of a run. */
export function inkOf(
  contenders: readonly { readonly name: string; readonly role: string }[],
  name: string,
): string {
  const role = contenders.find((contender) => contender.name === name)?.role;
  if (role === 'subject') return ink.subject;
  if (role === 'floor') return ink.floor;
  const nth = contenders
    .filter((contender) => contender.role === 'peer')
    .findIndex((peer) => peer.name === name);
  return ink[PEERS[nth % PEERS.length] ?? 'peer1'];
}

/** The style sheet of a chart. */
export function style(): string {
  const dark = Object.values(COLOURS).flatMap(({ light, dark }) => [
    `[fill="${light}"] { fill: ${dark}; }`,
    `[stroke="${light}"] { stroke: ${dark}; }`,
  ]);
  return `svg { color-scheme: light dark; }\n@media (prefers-color-scheme: dark) {\n${dark.join('\n')}\n}`;
}
