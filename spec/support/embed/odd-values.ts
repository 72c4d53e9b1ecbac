/** Values that a program may hand over by mistake, or on purpose. None of them is what any function asks for. */

/** A title and how the value is made: anew each time, as some can be used only once. */
export type OddValue = readonly [title: string, make: () => unknown];

class Grant {
  readonly user = 'x';
}

function throwing(): never {
  throw new Error('thrown by the value');
}

const throwingProxy = () =>
  new Proxy(
    {},
    {
      get: throwing,
      getPrototypeOf: throwing,
      ownKeys: throwing,
      has: throwing,
      getOwnPropertyDescriptor: throwing,
    },
  );

/** Neither true, false, null, undefined, text, bytes, a function nor a plain object. */
export const ODD: readonly OddValue[] = [
  ['-1', () => -1],
  ['0', () => 0],
  ['1', () => 1],
  ['NaN', () => Number.NaN],
  ['Infinity', () => Number.POSITIVE_INFINITY],
  ['0n', () => 0n],
  ['1n', () => 1n],
  ['a symbol', () => Symbol('s')],
  ['[]', () => []],
  ['[true]', () => [true]],
  ['[{}]', () => [{}]],
  ['new Map()', () => new Map()],
  ['new Set()', () => new Set([1])],
  ['an Error', () => new Error('no')],
  ['a Date', () => new Date(0)],
  ['a RegExp', () => /x/],
  ['a boxed false', () => Object(false)],
  ['a boxed true', () => Object(true)],
  ['a boxed text', () => Object('true')],
  ['a WeakMap', () => new WeakMap()],
  ['an ArrayBuffer', () => new ArrayBuffer(1)],
  ['a class instance', () => new Grant()],
  ['Object.create(null)', () => Object.create(null)],
  ['Object.create({})', () => Object.create({})],
  ['a Proxy', () => new Proxy({}, {})],
  ['a Proxy that throws', throwingProxy],
  ['a Proxy of a Proxy', () => new Proxy(throwingProxy(), {})],
  ['globalThis', () => globalThis],
  ['an iterator', () => [][Symbol.iterator]()],
  ['an AbortSignal by its prototype', () => Object.create(AbortSignal.prototype)],
];

/** Text and functions, which some places take. */
export const TEXTS_AND_FUNCTIONS: readonly OddValue[] = [
  ["''", () => ''],
  ["'true'", () => 'true'],
  ["'false'", () => 'false'],
  ['a function', () => () => true],
  ['an async function', () => async () => true],
  ['a class', () => Grant],
  ['a Proxy of a function', () => new Proxy(() => true, {})],
];

/** Plain objects with something wrong in them. */
export const ODD_OBJECTS: readonly OddValue[] = [
  ['an unknown key', () => ({ usr: 'x' })],
  ['a symbol as a key', () => ({ [Symbol('user')]: 'x' })],
  ['__proto__ as a key', () => JSON.parse('{"__proto__": {"user": "x"}}')],
  ['constructor as a key', () => ({ constructor: 'x' })],
  ['a hidden key', () => Object.defineProperty({}, 'usr', { value: 1, enumerable: false })],
  [
    'a getter',
    () => ({
      get user() {
        return 'x';
      },
    }),
  ],
  [
    'a getter that throws',
    () => ({
      get permissions() {
        return throwing();
      },
    }),
  ],
  ['a `then` that is no function', () => withThen(1)],
];

/** An object with this `then`. */
export function withThen(then: unknown, object: object = {}): object {
  return Object.defineProperty(object, 'then', { value: then, enumerable: true });
}

type Settle = (value: unknown) => void;

/** Thenables that settle with nothing that anything asks for, or not properly. */
export const ODD_THENABLES: readonly OddValue[] = [
  ['a promise of -1', () => Promise.resolve(-1)],
  ['a promise of []', () => Promise.resolve([])],
  ['a promise of a Proxy', () => Promise.resolve(throwingProxyWithoutThen())],
  ['a rejection', () => Promise.reject(new Error('no'))],
  ['a rejection with undefined', () => Promise.reject(undefined)],
  ['a rejection with a Proxy that throws', () => Promise.reject(throwingProxy())],
  ['a `then` that throws', () => withThen(throwing)],
  ['a getter `then` that throws', () => Object.defineProperty({}, 'then', { get: throwing })],
  [
    'a thenable that resolves twice',
    () =>
      withThen((resolve: Settle) => {
        resolve(-1);
        resolve(true);
      }),
  ],
  [
    'a thenable that rejects, then resolves',
    () =>
      withThen((resolve: Settle, reject: Settle) => {
        reject(new Error('no'));
        resolve(true);
      }),
  ],
  ['a promise with a `then` of its own', () => withThen(throwing, Promise.resolve(false))],
];

/** Settling a promise asks a value for its `then`. */
function throwingProxyWithoutThen(): object {
  return new Proxy({}, { get: (_, key) => (key === 'then' ? undefined : throwing()), ownKeys: throwing });
}

/** Values to throw. */
export const ODD_ERRORS: readonly OddValue[] = [
  ['undefined', () => undefined],
  ['null', () => null],
  ['text', () => 'no'],
  ['Object.create(null)', () => Object.create(null)],
  ['a Proxy that throws', throwingProxy],
  ['an Error whose message throws', () => Object.defineProperty(new Error(), 'message', { get: throwing })],
  ['an Error whose stack throws', () => Object.defineProperty(new Error(), 'stack', { get: throwing })],
  [
    'an Error that is its own cause',
    () => {
      const error = new Error('no');
      error.cause = error;
      return error;
    },
  ],
];
