/** How chains are put together from what lies on a token. */
import { execFileSync } from 'child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { buildChain } from '../../../signer/pkcs11/chain';
import { readCertificate } from '../../../src/x509';
import { createRootCa, Issued, issueCa, issueHost, TestKey } from '../../support/pki';
import { BUN, bunMissing, describeUnless, opensslMissing } from '../../support/runtimes';

const read = ({ der }: Issued) => readCertificate(der);
const names = (chain: ReturnType<typeof buildChain>) => chain.map(({ subject }) => subject.toString());

async function line(length: number, key: TestKey): Promise<{ readonly root: Issued; readonly cas: readonly Issued[]; readonly host: Issued }> {
  const root = await createRootCa('CN=Root', { key });
  const cas: Issued[] = [];
  for (let i = 1; i <= length; i++) {
    cas.push(await issueCa(cas.at(-1) ?? root, `CN=CA ${i}`, { key, hash: 'SHA-384' }));
  }
  return { root, cas, host: await issueHost(cas.at(-1) ?? root, 'CN=host') };
}

test.each<TestKey>(['P-256', 'P-384', 'RSA-2048'])('issuers come one after the other, without the root, whatever their order was (%s)', async (key) => {
  const { root, cas, host } = await line(3, key);
  expect(names(buildChain(read(host), [root, ...cas, host].map(read), []))).toEqual(['CN=CA 3', 'CN=CA 2', 'CN=CA 1']);
});

test('a CA with the right name and the wrong key is passed over', async () => {
  const { root, cas, host } = await line(2, 'P-256');
  const twin = await issueCa(root, 'CN=CA 2');
  const rsaTwin = await issueCa(root, 'CN=CA 2', { key: 'RSA-2048' });
  expect(buildChain(read(host), [rsaTwin, twin, cas[1], cas[0]].map(read), []).map(({ raw }) => raw)).toEqual([cas[1].der, cas[0].der]);
});

test('a host that a root issued has no chain', async () => {
  const { root, host } = await line(0, 'P-256');
  expect(buildChain(read(host), [read(root), read(host)], [])).toEqual([]);
});

test('what is given is sent, in its order and once, and connects what lies on the token', async () => {
  const { root, cas, host } = await line(3, 'P-256');
  const other = await createRootCa('CN=Other');
  expect(names(buildChain(read(host), [cas[0], cas[2]].map(read), [root, other, cas[2], cas[1], host].map(read))))
    .toEqual(['CN=CA 3', 'CN=CA 2', 'CN=CA 1', 'CN=Root', 'CN=Other']);
});

test('CAs that certify each other end nowhere', async () => {
  const a = await createRootCa('CN=A');
  const b = await createRootCa('CN=B');
  const aByB = await issueCa(b, 'CN=A');
  const bByA = await issueCa(a, 'CN=B');
  const host = await issueHost(aByB, 'CN=host');
  expect(names(buildChain(read(host), [aByB, bByA].map(read), []))).toEqual(['CN=A']);
});

test('no more than five are taken from the token, and no more than five are sent', async () => {
  const { root, cas, host } = await line(7, 'P-256');
  expect(names(buildChain(read(host), cas.map(read), []))).toEqual(['CN=CA 7', 'CN=CA 6', 'CN=CA 5', 'CN=CA 4', 'CN=CA 3']);
  expect(() => buildChain(read(host), cas.map(read), [read(root)])).toThrow(expect.objectContaining({ name: 'CredentialsError', code: 'CHAIN_TOO_LONG' }));
});

describeUnless(bunMissing ?? opensslMissing, 'where Bun cannot verify a signature', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'chain-'));
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });

  test.each([
    ['a curve it lacks', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:brainpoolP256r1']],
    ['RSASSA-PSS with a long salt', ['-newkey', 'rsa:2048', '-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:222']],
  ])('%s: key identifiers decide', (_, key) => {
    writeFileSync(join(folder, 'ca.ext'), 'basicConstraints=critical,CA:TRUE\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n');
    const pss = key.includes('-sigopt') ? key.slice(2) : [];
    openssl('req', '-x509', ...key, '-nodes', '-keyout', 'root.key', '-out', 'root.pem', '-subj', '/CN=Root');
    // Two CAs of one name, of which the second issued the host's certificate.
    for (const name of ['other', 'ca', 'host']) {
      const [issuer, subject] = name === 'host' ? ['ca', '/CN=host'] : ['root', '/CN=CA'];
      openssl('req', '-new', ...key.slice(0, key[1] === 'ec' ? 4 : 2), '-nodes', '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', subject);
      openssl('x509', '-req', '-in', `${name}.csr`, '-CA', `${issuer}.pem`, '-CAkey', `${issuer}.key`, '-CAcreateserial', '-extfile', 'ca.ext', ...pss, '-out', `${name}.pem`);
    }
    const script = `
      const { buildChain } = require(${JSON.stringify(join(__dirname, '..', '..', '..', 'signer', 'pkcs11', 'chain.ts'))});
      const { readCertificates } = require(${JSON.stringify(join(__dirname, '..', '..', '..', 'src', 'x509', 'index.ts'))});
      const [host, ...pool] = ['host', 'root', 'other', 'ca'].map((name) => readCertificates(require('fs').readFileSync(name + '.pem'))[0]);
      console.log(JSON.stringify(buildChain(host, pool, []).map(({ raw }) => Buffer.from(raw).toString('base64'))));`;
    const chain = JSON.parse(execFileSync(BUN, ['-e', script], { cwd: folder, encoding: 'utf8', env: {} })) as string[];
    expect(chain).toEqual([readFileSync(join(folder, 'ca.pem'), 'utf8').replace(/-----.*-----|\n/g, '')]);
  });
});
