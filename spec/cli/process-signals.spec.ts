import { EventEmitter } from 'node:events';
import { expect } from 'chai';
import { HANDLED, ProcessSignals } from '../../lib/cli/process-signals.js';

describe('cli/process-signals', () => {
  it('takes every signal from the start, and passes on what came before there was a handler', () => {
    const source = new EventEmitter();
    const signals = new ProcessSignals(source);
    for (const signal of HANDLED) expect(source.emit(signal), signal).to.equal(true);
    const handled: string[] = [];
    signals.handleWith((signal) => handled.push(signal));
    expect(handled).to.deep.equal([...HANDLED]);
    source.emit('SIGHUP');
    expect(handled).to.deep.equal([...HANDLED, 'SIGHUP']);
  });
});
