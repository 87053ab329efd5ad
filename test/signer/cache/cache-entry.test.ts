import * as fc from 'fast-check';
import { formatEntry, parseEntry } from '../../../signer/cache/cache-entry';
import { CREDENTIALS } from '../fake-platform';

const entry = { name: 'a'.repeat(64), identity: 'b'.repeat(64), obtainedAt: 1, expiresAt: 2, credentials: CREDENTIALS };
const bytes = (text: string) => new TextEncoder().encode(text);

test('what was written is read', () => {
  expect(parseEntry(bytes(formatEntry(entry)))).toEqual({ format: 1, ...entry });
  const withArn = { ...entry, credentials: { ...CREDENTIALS, assumedRoleArn: 'arn:aws:sts::111122223333:assumed-role/Uploader/0123' } };
  expect(parseEntry(bytes(formatEntry(withArn)))?.credentials).toEqual(withArn.credentials);
});

test('a file that ends early, at whatever place, is damaged', () => {
  const text = formatEntry(entry);
  for (let length = 0; length < text.length; length++) {
    expect(parseEntry(bytes(text.substring(0, length)))).toBeUndefined();
  }
});

test.each<[string, unknown]>([
  ['another format', { ...entry, format: 2 }],
  ['no format', entry],
  ['a number for a text', { format: 1, ...entry, name: 1 }],
  ['a text for a number', { format: 1, ...entry, expiresAt: '2' }],
  ['credentials without a token', { format: 1, ...entry, credentials: { ...CREDENTIALS, sessionToken: undefined } }],
  ['no credentials', { format: 1, ...entry, credentials: null }],
  ['a list', []],
  ['nothing', null],
])('%s is damaged', (_, value) => {
  expect(parseEntry(bytes(JSON.stringify(value)))).toBeUndefined();
});

test('whatever is in the file, reading it does not fail', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (content) => {
    expect(parseEntry(content)).toBeUndefined();
  }));
  fc.assert(fc.property(fc.json(), (text) => {
    expect(parseEntry(bytes(text))).toBeUndefined();
  }));
});
