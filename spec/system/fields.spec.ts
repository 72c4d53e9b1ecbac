import { expect } from 'chai';
import { type Fields, type RequestOptions, readOptions } from '../../lib/system/fields.js';

const FIELDS: Fields = { name: 'string', on: 'bool', count: 'int', cid: 'uint64', tags: '[]string' };

function read(body: string): RequestOptions | string {
  return readOptions(Buffer.from(body), FIELDS);
}

describe('the body of a request to the server', () => {
  it('has values by their types, whatever the case of their names', () => {
    const options = read(
      '{"name":"a","ON":true,"count":-1,"cid":7,"tags":["x"],"other":{}}',
    ) as RequestOptions;
    const { text, flag, number, list } = {
      text: options.text('name'),
      flag: options.flag('on'),
      number: [options.number('count'), options.number('cid')],
      list: options.list('tags'),
    };
    expect({ text, flag, number, list }).to.deep.equal({
      text: 'a',
      flag: true,
      number: [-1, 7],
      list: ['x'],
    });
  });

  for (const body of ['', 'null', '{}', '{"name":null}', '{"__proto__":{"on":true},"constructor":1}'])
    it(`may leave everything out: ${JSON.stringify(body)}`, () => {
      const options = read(body) as RequestOptions;
      expect([
        options.text('name'),
        options.flag('on'),
        options.number('count'),
        options.list('tags'),
      ]).to.deep.equal(['', false, 0, []]);
    });

  for (const [body, fault] of [
    ['x', /invalid JSON/],
    ['{} {}', /invalid JSON/],
    ['[]', /array/],
    ['7', /number 7/],
    ['{"name":1}', /number 1 into field name of type string/],
    ['{"on":"true"}', /string into field on of type bool/],
    ['{"count":1.5}', /number 1.5 into field count of type int/],
    ['{"cid":-1}', /number -1 into field cid of type uint64/],
    ['{"cid":1e300}', /field cid/],
    ['{"tags":[1]}', /array into field tags/],
  ] as const)
    it(`is refused: ${body}`, () => expect(read(body)).to.match(fault));
});
