import { readFileSync, writeFileSync } from 'node:fs';
import type { Transform } from 'node:stream';
import { expect } from 'chai';
import type { Parser } from 'sluice/codecs';
import * as codecs from 'sluice/codecs';
import * as web from 'sluice/codecs/web';
import { type CorpusCase, type CorpusDialect, readCorpus } from 'sluice/corpus';
import { ERRORS } from '../../lib/domain/errors.js';
import { encode, plain } from '../support/codec.js';
import { corpusFiles } from '../support/corpus.js';
import { expectSame, transformed } from '../support/decoder-table.js';
import { leafCases } from '../support/fixtures/leaf.cases.js';
import { lineCases } from '../support/fixtures/line.cases.js';
import { lineServerCases } from '../support/fixtures/line-server.cases.js';
import { natsCases } from '../support/fixtures/nats.cases.js';
import { natsServerCases } from '../support/fixtures/nats-server.cases.js';
import { parsed } from '../support/parsed.js';
import { type Schema, schemaFaults } from '../support/schema.js';
import { inPartsOf, SPLITTINGS } from '../support/splits.js';

type Make<T> = (options: object) => T;
type Render = (frame: never, options?: object) => Uint8Array;

/** One end of a dialect, and what reads and writes it. */
interface Subject {
  readonly dialect: CorpusDialect;
  readonly from: CorpusCase['from'];
  readonly decoder: Make<Transform>;
  readonly parser: Make<Parser<object>>;
  /** Absent for links between servers, which are not for Web Streams. */
  readonly webParser?: Make<Parser<object>>;
  readonly encoder: Make<Transform>;
  readonly render: Render;
  readonly webRender?: Render;
  readonly table: Readonly<Record<string, readonly unknown[]>>;
}

const SUBJECTS: readonly Subject[] = [
  {
    dialect: 'nats',
    from: 'client',
    decoder: codecs.natsDecoder as Make<Transform>,
    parser: codecs.natsParser as Make<Parser<object>>,
    webParser: web.natsParser as Make<Parser<object>>,
    encoder: codecs.natsEncoder as Make<Transform>,
    render: codecs.renderNats as Render,
    webRender: web.renderNats as Render,
    table: natsCases,
  },
  {
    dialect: 'nats',
    from: 'server',
    decoder: codecs.natsServerDecoder as Make<Transform>,
    parser: codecs.natsServerParser as Make<Parser<object>>,
    webParser: web.natsServerParser as Make<Parser<object>>,
    encoder: codecs.natsEncoder as Make<Transform>,
    render: codecs.renderNats as Render,
    webRender: web.renderNats as Render,
    table: natsServerCases,
  },
  {
    dialect: 'leaf',
    from: 'server',
    decoder: codecs.leafDecoder as Make<Transform>,
    parser: codecs.leafParser as Make<Parser<object>>,
    encoder: codecs.leafEncoder as Make<Transform>,
    render: codecs.renderLeaf as Render,
    table: leafCases,
  },
  {
    dialect: 'line',
    from: 'client',
    decoder: codecs.lineDecoder as Make<Transform>,
    parser: codecs.lineParser as Make<Parser<object>>,
    webParser: web.lineParser as Make<Parser<object>>,
    encoder: codecs.lineClientEncoder as Make<Transform>,
    render: codecs.renderLineCommand as Render,
    webRender: web.renderLineCommand as Render,
    table: lineCases,
  },
  {
    dialect: 'line',
    from: 'server',
    decoder: codecs.lineServerDecoder as Make<Transform>,
    parser: codecs.lineServerParser as Make<Parser<object>>,
    webParser: web.lineServerParser as Make<Parser<object>>,
    encoder: codecs.lineEncoder as Make<Transform>,
    render: codecs.renderLine as Render,
    webRender: web.renderLine as Render,
    table: lineServerCases,
  },
];

const FILES = corpusFiles();
const { UPDATE_DOCS } = process.env;
if (UPDATE_DOCS) for (const [path, text] of Object.entries(FILES)) writeFileSync(path, text);

describe('the corpus', () => {
  for (const [path, text] of Object.entries(FILES)) {
    it(`${path} is what the tables say`, () => {
      expect(readFileSync(path, 'utf8') === text, 'UPDATE_DOCS=1 make test writes it').to.equal(true);
    });

    it(`${path} is as corpus/schema.json has it`, () => {
      const schema = JSON.parse(readFileSync('corpus/schema.json', 'utf8')) as Schema;
      expect(schemaFaults(schema, JSON.parse(text))).to.deep.equal([]);
      const wrong = JSON.parse(text.replaceAll(/"from":"(client|server)"/g, '"from":"nobody"')) as unknown;
      expect(schemaFaults(schema, wrong)).not.to.deep.equal([]);
    });
  }

  it('has next to all of the tables', () => {
    for (const { dialect, from, table } of SUBJECTS) {
      const inTables = Object.values(table).flat().length;
      const here = readCorpus(dialect).cases.filter((each) => each.from === from).length;
      expect(here, `${dialect}, ${from}`).to.be.within(inTables * 0.9, inTables);
    }
  });

  it('names its cases apart, and explains its faults', () => {
    for (const dialect of ['nats', 'leaf', 'line'] as const) {
      const { cases, faults } = readCorpus(dialect);
      const names = cases.map(({ about, name, from }) => `${from}: ${about}: ${name}`);
      expect(names.filter((name, at) => names.indexOf(name) !== at)).to.deep.equal([]);
      const used = cases.flatMap(({ frames }) =>
        frames.filter(({ op }) => op === 'FAULT').map(({ code }) => code),
      );
      expect(Object.keys(faults)).to.deep.equal([...new Set(used)].sort());
      for (const [code, about] of Object.entries(faults))
        expect(ERRORS).to.have.nested.property(`${code}.about`, about);
    }
  });

  for (const { dialect, from, decoder, parser, webParser, encoder, render, webRender } of SUBJECTS) {
    describe(`${dialect}, what a ${from} sends`, () => {
      const cases = readCorpus(dialect).cases.filter((each) => each.from === from);
      const byAbout = grouped(cases);
      for (const [about, group] of byAbout) {
        it(`${about}: read alike by parser and web parser at every split, and by the stream`, async () => {
          for (const { wire, frames, options } of group) {
            const wanted = frames.map(plain);
            for (const { cuttings } of SPLITTINGS) {
              for (const parts of cuttings(wire)) {
                expectSame(parsed(parser(options), parts), wanted, parts);
                if (webParser) expectSame(parsed(webParser(options), parts), wanted, parts);
              }
            }
            for (const parts of [[wire], inPartsOf(wire, 1), inPartsOf(wire, 7)])
              expectSame(await transformed(decoder(options), parts), wanted, parts);
          }
        });
      }

      it('written as it was, where it is canonical', async () => {
        for (const { wire, frames } of cases.filter(({ canonical }) => canonical)) {
          const text = wire.toString('latin1');
          const one = frames.map((frame) => Buffer.from(render(frame as never)).toString('latin1'));
          expect(one.join('')).to.equal(text);
          const other = webRender && frames.map((frame) => Buffer.from(webRender(frame as never)));
          if (other) expect(Buffer.concat(other).toString('latin1')).to.equal(text);
          expect((await encode(encoder({}), frames)).toString('latin1')).to.equal(text);
        }
      });
    });
  }

  it('tells faults at their first byte', () => {
    const { earliestFaults } = readCorpus('nats');
    expect(earliestFaults).not.to.have.length(0);
    for (const { wire, code } of earliestFaults) {
      for (const make of [codecs.natsParser, web.natsParser]) {
        const one: { feed(chunk: Uint8Array): Iterable<object> } = make();
        const before = parsed(one, [wire.subarray(0, -1)]);
        expect(before.map(({ op }) => op)).not.to.include('FAULT');
        expect(parsed(one, [wire.subarray(-1)]).at(-1)).to.deep.equal({ op: 'FAULT', code });
      }
    }
  });
});

function grouped(cases: readonly CorpusCase[]): Map<string, CorpusCase[]> {
  const groups = new Map<string, CorpusCase[]>();
  for (const each of cases) groups.set(each.about, [...(groups.get(each.about) ?? []), each]);
  return groups;
}
