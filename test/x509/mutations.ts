/** Damages certificates in the ways that files get damaged and attackers damage them: byte by byte, and element by element. */
import * as fc from 'fast-check';
import { encodeElement, readElement, Tag } from '../../src/x509';

/** An element with its children, where its content is elements. */
interface Node {
  tag: number;
  /** What stands between the header and the children: the count of unused bits of a BIT STRING. */
  prefix: Uint8Array;
  content: Uint8Array;
  children?: Node[];
}

/** Takes well-formed DER apart. Strings whose content is DER are taken apart too, so that extensions and keys get damaged inside. */
function parse(bytes: Uint8Array, start = 0, end = bytes.length): Node[] {
  const nodes: Node[] = [];
  for (let position = start; position < end;) {
    const element = readElement(bytes, position, end);
    const prefixLength = element.tag === Tag.BIT_STRING ? 1 : 0;
    const contentStart = element.contentStart + prefixLength;
    const opens = element.tag & 0x20 || element.tag === Tag.OCTET_STRING || element.tag === Tag.BIT_STRING;
    nodes.push({
      tag: element.tag,
      prefix: bytes.slice(element.contentStart, contentStart),
      content: bytes.slice(contentStart, element.end),
      children: opens ? parseOrLeave(bytes, contentStart, element.end) : undefined,
    });
    position = element.end;
  }
  return nodes;
}

function parseOrLeave(bytes: Uint8Array, start: number, end: number): Node[] | undefined {
  try {
    return parse(bytes, start, end);
  } catch {
    // Octets that are no DER, such as the point of a key, stay octets.
    return undefined;
  }
}

function encode(node: Node): Uint8Array {
  return encodeElement(node.tag, node.prefix, ...(node.children ? node.children.map(encode) : [node.content]));
}

function flatten(nodes: Node[]): Array<{ node: Node; siblings: Node[] }> {
  return nodes.flatMap((node) => [{ node, siblings: nodes }, ...flatten(node.children ?? [])]);
}

/** One way to damage a certificate, with another one at hand for spare parts. */
type Mutation = (der: Uint8Array, other: Uint8Array) => Uint8Array;

/** A place, as a part of the whole, so that it fits a certificate of any size. */
const place = fc.noBias(fc.nat(999_999)).map((number) => number / 1_000_000);
const at = (bytes: Uint8Array, part: number) => Math.floor(part * bytes.length);

function join(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

const bitFlip = fc.tuple(place, fc.nat(7)).map(([where, bit]): Mutation => (der) => {
  const flipped = Uint8Array.from(der);
  flipped[at(der, where)] ^= 1 << bit;
  return flipped;
});

const truncation = place.map((where): Mutation => (der) => der.slice(0, at(der, where)));

const insertion = fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 8 })).map(([where, bytes]): Mutation => (der) => (
  join(der.subarray(0, at(der, where)), bytes, der.subarray(at(der, where)))
));

const removal = fc.tuple(place, fc.integer({ min: 1, max: 8 })).map(([where, count]): Mutation => (der) => (
  join(der.subarray(0, at(der, where)), der.subarray(at(der, where) + count))
));

const splice = fc.tuple(place, place, fc.nat(40)).map(([where, from, count]): Mutation => (der, other) => (
  join(der.subarray(0, at(der, where)), other.subarray(at(other, from), at(other, from) + count), der.subarray(at(der, where) + count))
));

/** The first length octet of some element becomes another one. */
const lengthChange = fc.tuple(place, fc.oneof(fc.constantFrom(0x00, 0x01, 0x7f, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x88, 0xfe, 0xff), fc.nat(255)))
  .map(([where, octet]): Mutation => (der) => {
    const headers = headersOf(der);
    const changed = Uint8Array.from(der);
    if (headers.length > 0) {
      changed[headers[Math.floor(where * headers.length)] + 1] = octet;
    }
    return changed;
  });

function headersOf(bytes: Uint8Array, start = 0, end = bytes.length): number[] {
  const headers: number[] = [];
  try {
    for (let position = start; position < end;) {
      const element = readElement(bytes, position, end);
      headers.push(position, ...(element.tag & 0x20 ? headersOf(bytes, element.contentStart, element.end) : []));
      position = element.end;
    }
  } catch {
    // Already damaged from here on: what was found before will do.
  }
  return headers;
}

/** Changes one element and writes all lengths around it anew, so that the damage reaches the readers of fields. */
function structural(change: (target: { node: Node; siblings: Node[] }, spare: Node) => void): (wheres: [number, number]) => Mutation {
  return ([where, from]) => (der, other) => {
    const nodes = parseOrLeave(der, 0, der.length);
    const spares = flatten(parse(other));
    const targets = flatten(nodes ?? []);
    if (nodes === undefined || targets.length === 0) {
      return der;
    }
    change(targets[Math.floor(where * targets.length)], spares[Math.floor(from * spares.length)].node);
    return join(...nodes.map(encode));
  };
}

const places = fc.tuple(place, place);
const exchange = places.map(structural(({ node, siblings }, spare) => siblings.splice(siblings.indexOf(node), 1, spare)));
const addition = places.map(structural(({ node, siblings }, spare) => siblings.splice(siblings.indexOf(node), 0, spare)));
const loss = places.map(structural(({ node, siblings }) => siblings.splice(siblings.indexOf(node), 1)));
const doubling = places.map(structural(({ node, siblings }) => siblings.splice(siblings.indexOf(node), 0, node)));
const newTag = fc.tuple(places, fc.oneof(fc.constantFrom(...Object.values(Tag), 0x80, 0x82, 0x84, 0x86, 0xa0, 0xa3, 0xa4), fc.nat(255)))
  .map(([wheres, tag]): Mutation => structural(({ node }) => {
    node.tag = tag;
  })(wheres));
const newContent = fc.tuple(places, fc.uint8Array({ maxLength: 24 })).map(([wheres, content]): Mutation => structural(({ node }) => {
  node.children = undefined;
  node.content = content;
})(wheres));

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  bitFlip, truncation, insertion, removal, splice, lengthChange, exchange, addition, loss, doubling, newTag, newContent,
);

/** One to three damages to one of the given certificates. */
export function damaged(certificates: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const one = fc.constantFrom(...certificates);
  return fc.tuple(one, one, fc.array(mutation, { minLength: 1, maxLength: 3 }))
    .map(([certificate, other, mutations]) => mutations.reduce((der, mutate) => mutate(der, other), certificate));
}
