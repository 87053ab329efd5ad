/** Where PINs come from, and that none is tried twice that was wrong. */
import { Pins } from '../../../signer/pkcs11/pins';
import { parsePkcs11Uri } from '../../../signer/pkcs11/uri';

const FILES: Record<string, string> = { '/pin': 'from file\r\n', '/bare': 'bare', '/empty': '\n', '/two': 'a\nb\n' };

function pinsWith(answers: string[], isGiven = false): Pins {
  return new Pins(async () => answers.shift()!, async (path) => new TextEncoder().encode(FILES[path]), isGiven);
}

const uris = (...texts: string[]) => texts.map(parsePkcs11Uri);

test.each([
  ['the URI that names one', ['pkcs11:token=a', 'pkcs11:?pin-value=1'], { value: '1', source: 'the PIN in the URI (pin-value)', asked: false }],
  ['the first of several', ['pkcs11:?pin-source=/pin', 'pkcs11:?pin-value=1'], { value: 'from file', source: 'the PIN in /pin (pin-source)', asked: false }],
  ['a file without a line end', ['pkcs11:?pin-source=file:///bare'], { value: 'bare', source: 'the PIN in /bare (pin-source)', asked: false }],
  ['an empty one, if it says so', ['pkcs11:?pin-value='], { value: '', source: 'the PIN in the URI (pin-value)', asked: false }],
  ['somebody', ['pkcs11:token=a'], { value: 'answer', source: 'the PIN', asked: true }],
])('%s', async (_, texts, expected) => {
  expect(await pinsWith(['answer']).find('place', 'token', uris(...texts))).toEqual(expected);
});

test('a setting is nobody', async () => {
  const pins = pinsWith(['answer', 'answer'], true);
  expect([(await pins.find('place', 'token', [])).asked, (await pins.askAgain('key')).asked]).toEqual([false, false]);
});

test.each([['/empty', 'it is empty'], ['/two', 'it has more']])('%s is no file of a PIN', async (path, message) => {
  await expect(pinsWith([]).find('place', 'token', uris(`pkcs11:?pin-source=${path}`))).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining(message) });
});

test('what was right is remembered for its place, and nobody is asked again', async () => {
  const pins = pinsWith(['one', 'two']);
  pins.accept('first', await pins.find('first', 'token', []));
  expect([(await pins.find('first', 'token', [])).value, (await pins.find('second', 'token', [])).value]).toEqual(['one', 'two']);
});

test('what was wrong is refused for its place, wherever it comes from', async () => {
  const pins = pinsWith(['one', 'one', 'two']);
  pins.refuse('first', await pins.find('first', 'token "a"', []));
  await expect(pins.find('first', 'token "a"', uris('pkcs11:?pin-value=one'))).rejects.toMatchObject({
    code: 'PIN_WRONG', message: 'the PIN in the URI (pin-value) was refused before by token "a"; it is not tried again, since wrong PINs lock a token',
  });
  const again = await pins.askAgain('key');
  expect(() => pins.unlessRefused('first', 'token "a"', again)).toThrow(expect.objectContaining({ code: 'PIN_WRONG' }));
  expect(pins.unlessRefused('third', 'token "a"', again)).toBe(again);
  expect((await pins.find('first', 'token "a"', [])).value).toBe('two');
  expect((await pins.find('second', 'token "b"', uris('pkcs11:?pin-value=one'))).value).toBe('one');
});

test('what turns out to be wrong later is forgotten', async () => {
  const pins = pinsWith(['one', 'two']);
  const pin = await pins.find('place', 'token', []);
  pins.accept('place', pin);
  pins.refuse('place', pin);
  expect((await pins.find('place', 'token', [])).value).toBe('two');
});
