import type * as web from 'sluice/codecs/web';

/** What a trial found: how many cases there were, which of them went wrong, and what of Node there was. */
export interface Report {
  readonly cases: number;
  readonly wrong: readonly string[];
  readonly nodeThings: readonly string[];
}

interface Case {
  readonly about: string;
  readonly name: string;
  readonly from: string;
  readonly options: object;
  readonly wire: { readonly base64: string };
  readonly frames: readonly object[];
  readonly canonical: boolean;
}

/** One dialect in one direction, its types left out. */
interface Codec {
  readonly parser: (options: object) => web.Parser<object>;
  readonly decoder: (options: object) => TransformStream<Uint8Array, object>;
  readonly render: (frame: never) => Uint8Array;
  readonly encoder: () => TransformStream<object, Uint8Array>;
}

/**
 * Runs the files of the corpus through the codecs: at every two-way cut without a stream, whole and byte by byte through
 * the streams. It is taken to places where there is no Node, as its own text: so it uses web globals only, nothing from
 * outside, and gives its report as JSON.
 */
export async function trial(codecs: typeof web, files: readonly string[]): Promise<string> {
  const byName = codecs as unknown as Readonly<Record<string, never>>;
  const codecOf = (direction: string): Codec => {
    const names: Readonly<Record<string, readonly string[]>> = {
      'nats client': ['natsParser', 'natsDecoder', 'renderNats', 'natsEncoder'],
      'nats server': ['natsServerParser', 'natsServerDecoder', 'renderNats', 'natsEncoder'],
      'line client': ['lineParser', 'lineDecoder', 'renderLineCommand', 'lineClientEncoder'],
      'line server': ['lineServerParser', 'lineServerDecoder', 'renderLine', 'lineEncoder'],
    };
    const [parser, decoder, render, encoder] = names[direction]!.map((name) => byName[name]!);
    return { parser: parser!, decoder: decoder!, render: render!, encoder: encoder! };
  };
  const bytesOf = (base64: string) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const base64Of = (bytes: Iterable<number>) =>
    btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  /** Bytes beyond ASCII as their numbers, so that text of the corpus and its bytes look alike. */
  const shownBytes = (bytes: Uint8Array) =>
    Array.from(bytes, (byte) => (byte < 128 ? String.fromCharCode(byte) : `<${byte}>`)).join('');
  const shown = (text: string) =>
    text.replace(/[^\0-\x7f]/gu, (letter) => {
      const escaped = letter.charCodeAt(0) - 0xdc00; // how words have bytes that are no UTF-8
      const isByte = letter.length === 1 && escaped >= 128 && escaped < 256;
      return isByte ? `<${escaped}>` : shownBytes(new TextEncoder().encode(letter));
    });
  const plain = (value: unknown, name = ''): unknown => {
    if (ArrayBuffer.isView(value)) return base64Of(value as Uint8Array);
    if (typeof value === 'string') return shown(value);
    if (value === null || typeof value !== 'object') return value;
    if (Array.isArray(value)) return value.map((each) => plain(each));
    const { base64 } = value as { base64?: string };
    if (base64 !== undefined)
      return name === 'payload' || name === 'headers' ? base64 : shownBytes(bytesOf(base64));
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each, key)]));
  };
  const textOf = (frames: readonly object[]) => JSON.stringify(frames.map((frame) => plain(frame)));
  const through = async <I, O>(chunks: readonly I[], stream: TransformStream<I, O>): Promise<O[]> => {
    const source = new ReadableStream<I>({
      start(controller) {
        for (const chunk of chunks) controller.enqueue(chunk);
        controller.close();
      },
    });
    const found: O[] = [];
    const reader = source.pipeThrough(stream).getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) found.push(next.value);
    return found;
  };

  const wrong: string[] = [];
  let cases = 0;
  for (const file of files) {
    const { dialect, cases: all } = JSON.parse(file) as { dialect: string; cases: readonly Case[] };
    for (const { from, about, name, options, wire, frames, canonical } of all) {
      cases++;
      const codec = codecOf(`${dialect} ${from}`);
      const where = `${dialect}, ${from}, ${about}, ${name}`;
      const bytes = bytesOf(wire.base64);
      const wanted = textOf(frames);
      const isLong = bytes.length > 600;
      for (let at = 0; at < bytes.length; at += isLong ? 97 : 1) {
        const parser = codec.parser(options);
        const found = [bytes.slice(0, at), bytes.slice(at)].flatMap((part) => [...parser.feed(part)]);
        if (textOf(found) !== wanted) wrong.push(`${where}, cut at ${at}`);
      }
      const octets = Array.from(bytes, (byte) => Uint8Array.of(byte));
      for (const chunks of isLong ? [[bytes]] : [[bytes], octets])
        if (textOf(await through(chunks, codec.decoder(options))) !== wanted)
          wrong.push(`${where}, ${chunks.length} chunks`);
      if (!canonical) continue;
      const read = codec.parser(options).feed(bytes);
      const rendered = read.flatMap((frame) => [...codec.render(frame as never)]);
      if (base64Of(rendered) !== wire.base64) wrong.push(`${where}, rendered`);
      const encoded = (await through(read, codec.encoder())).flatMap((chunk) => [...chunk]);
      if (base64Of(encoded) !== wire.base64) wrong.push(`${where}, encoded`);
    }
  }
  const known = ['Buffer', 'process', 'require', 'module', 'global', 'setImmediate'];
  return JSON.stringify({ cases, wrong, nodeThings: known.filter((name) => name in globalThis) });
}
