import { type Der, elementsOf, oidOf, textOf } from '../domain/der.js';
import { ATTRIBUTE_NAMES, type Attribute, type DistinguishedName } from './distinguished-name.js';

/** The names a certificate goes by. */
export interface CertificateNames {
  readonly emails: readonly string[];
  readonly hosts: readonly string[];
  readonly uris: readonly string[];
  /** The subject, last level first; undefined where it has an attribute without a name or a value that is no text. */
  readonly subject: DistinguishedName | undefined;
  /** The subject written out, as nats-server writes it; the first also has the domain components, if any. */
  readonly written: readonly string[];
}

const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17';
/** The order in which attributes are written, each kind as one level. */
const WRITTEN = ['SERIALNUMBER', 'CN', 'OU', 'O', 'POSTALCODE', 'STREET', 'L', 'ST', 'C'];

/** What is in a certificate in DER form, undefined where it cannot be read. */
export function certificateNames(der: Buffer): CertificateNames | undefined {
  const body = elementsOf(der)?.[0];
  const fields = within(within(body)?.[0]);
  if (fields === undefined) return undefined;
  const [first] = fields;
  // [0] version is there in all certificates that are not of the nineties.
  const subject = fields[first?.tag === 0xa0 ? 5 : 4];
  const levels = within(subject)?.map((set) => within(set)?.map(attributeOf) ?? []);
  if (levels === undefined) return undefined;
  const extensions = within(within(fields.find(({ tag }) => tag === 0xa3))?.[0]) ?? [];
  const names = extensions.flatMap(alternativeNames);
  const of = (tag: number) =>
    names.filter((name) => name.tag === tag).map(({ content }) => content.toString('utf8'));
  return { emails: of(0x81), hosts: of(0x82), uris: of(0x86), ...subjectOf(levels) };
}

function within(element: Der | undefined): Der[] | undefined {
  return element && elementsOf(element.content);
}

/** The names in an extension, if it is the one with names: `SEQUENCE { oid, critical?, OCTET STRING { names } }`. */
function alternativeNames(extension: Der): Der[] {
  const parts = within(extension);
  if (parts?.[0] === undefined || oidOf(parts[0].content) !== SUBJECT_ALTERNATIVE_NAME) return [];
  return within(within(parts.at(-1))?.[0]) ?? [];
}

interface Found {
  readonly oid: string;
  readonly value: string | undefined;
}

function attributeOf(element: Der): Found {
  const [oid, value] = within(element) ?? [];
  return { oid: oid === undefined ? '' : oidOf(oid.content), value: value && textOf(value) };
}

function subjectOf(levels: readonly (readonly Found[])[]): Pick<CertificateNames, 'subject' | 'written'> {
  const named = levels.map((level) =>
    level.flatMap(({ oid, value }): Attribute[] => {
      const type = ATTRIBUTE_NAMES[oid];
      return type === undefined || value === undefined ? [] : [{ type, value }];
    }),
  );
  const all = named.flat();
  const isWhole = levels.flat().length === all.length;
  const level = (type: string) => {
    const values = all
      .filter((attribute) => attribute.type === type)
      .map(({ value }) => `${type}=${escaped(value)}`);
    // There is one common name and one serial number, the last; of the others any number.
    return (type === 'CN' || type === 'SERIALNUMBER' ? values.slice(-1) : values).join('+');
  };
  const line = WRITTEN.map(level)
    .filter((part) => part !== '')
    .join(',');
  const domain = all.filter(({ type }) => type === 'DC').map(({ value }) => `DC=${value}`);
  return {
    subject: isWhole ? [...named].reverse().filter(({ length }) => length > 0) : undefined,
    written: [...(domain.length > 0 ? [[line, ...domain].join(',')] : []), ...(line === '' ? [] : [line])],
  };
}

function escaped(value: string): string {
  return value
    .replace(/[,+"\\<>;]/g, '\\$&')
    .replace(/^[ #]/, '\\$&')
    .replace(/ $/, '\\$&');
}
