/** Bench: reading and verifying the largest revocation list that the service takes against OpenSSL doing the same, and one of 5 MB. */
import { spawnSync } from 'child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { milliseconds, readAndVerify } from './crl-once';
import { Bench, Figure, median, Row, runOnce, timeProcesses } from './figures';
import { bundleProgram } from '../scripts/bundle';
import { projectRoot } from '../scripts/project';
import { MAX_CRL_PEM_BYTES } from '../src/trust-model/crl-rules';
import { encodePem, readCertificate } from '../src/x509';
import { authorityKeyIdentifier, crlExtensions, crlNumber, manyEntries, signCrl, time } from '../test/support/crl-builder';
import { createRootCa, Issued } from '../test/support/pki';

const ROUNDS = 40;
const WARM_UP_ROUNDS = 5;

/** Entries of a list of about 5.9 MB. */
const LONG_LIST_ENTRIES = 140_000;

const HOUR = 3_600_000;
const MEGABYTE = 1_000_000;

/** The bench. */
export const revocationList: Bench = {
  name: 'crl',
  run: async (progress) => {
    const folder = mkdtempSync(join(tmpdir(), 'bench-crl-'));
    try {
      const scene = await setScene(folder);
      progress(`crl: ${ROUNDS} rounds ...`);
      return measure(scene);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

interface Scene {
  readonly caPem: string;
  readonly entries: number;
  /** The largest list, in both forms. */
  readonly pem: string;
  readonly der: Uint8Array;
  /** A list that is too large for the service, not for the reader. */
  readonly long: Uint8Array;
  /** Reads and verifies the largest list in a process of its own, and prints how long that part took. */
  readonly once: readonly string[];
  /** Undefined where there is no OpenSSL. */
  readonly openssl?: readonly string[];
}

async function setScene(folder: string): Promise<Scene> {
  const ca = await createRootCa('C=AU, O=Example, CN=Bench Root');
  const entries = mostEntries(ca);
  const der = listOf(ca, entries);
  const pem = encodePem('X509 CRL', der);
  const files = { list: join(folder, 'list.pem'), ca: join(folder, 'ca.pem'), once: join(folder, 'once.cjs') };
  writeFileSync(files.list, pem);
  writeFileSync(files.ca, ca.pem);
  await bundleProgram(join(projectRoot, 'bench', 'crl-once.ts'), files.once, { format: 'cjs' });
  const openssl = ['openssl', 'crl', '-in', files.list, '-CAfile', files.ca, '-verify', '-noout'];
  return {
    caPem: ca.pem,
    entries,
    pem,
    der,
    long: listOf(ca, LONG_LIST_ENTRIES),
    once: [process.execPath, files.once, files.list, files.ca],
    ...(verifies(openssl) ? { openssl } : {}),
  };
}

/** The most entries of a list that the service takes: 16-octet serial numbers, every second one with a reason. */
function mostEntries(ca: Issued): number {
  let fits = 1;
  let exceeds = 16_384;
  while (exceeds - fits > 1) {
    const middle = Math.floor((fits + exceeds) / 2);
    if (encodePem('X509 CRL', listOf(ca, middle)).length <= MAX_CRL_PEM_BYTES) {
      fits = middle;
    } else {
      exceeds = middle;
    }
  }
  return fits;
}

function listOf(ca: Issued, entries: number): Uint8Array {
  return signCrl(ca, {
    thisUpdate: time(new Date(Date.now() - HOUR)),
    nextUpdate: time(new Date(Date.now() + 24 * HOUR)),
    revokedCertificates: manyEntries(entries),
    crlExtensions: crlExtensions(crlNumber('01'), authorityKeyIdentifier(readCertificate(ca.der).subjectKeyIdentifier!)),
  });
}

/** Whether OpenSSL is there and finds the list good; it says so on standard error only. */
function verifies([command, ...args]: readonly string[]): boolean {
  const { error, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (!error && !stderr.includes('verify OK')) {
    throw new Error(`OpenSSL does not take the list of this bench: ${stderr.trim()}`);
  }
  return !error;
}

function measure({ caPem, entries, pem, der, long, once, openssl }: Scene): Figure[] {
  const warm: number[] = [];
  const cold: number[] = [];
  const peer: number[] = [];
  const short: number[] = [];
  const linear: number[] = [];
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    const times = [
      [warm, milliseconds(() => readAndVerify(pem, caPem))],
      [cold, Number(runOnce({ command: once }))],
      [peer, openssl ? timeProcesses([{ command: openssl }], 1)[0] : 0],
      [short, milliseconds(() => readAndVerify(der, caPem))],
      [linear, milliseconds(() => readAndVerify(long, caPem))],
    ] as const;
    // Rounds below zero warm up: the disk's cache, and the compiler of this process.
    times.forEach(([list, duration]) => round >= 0 && list.push(duration));
  }
  const opensslRow = (goal?: number): Row => ({
    label: 'openssl crl -verify, whole process',
    ...(openssl ? { value: median(peer), ...(goal === undefined ? {} : { goal }) } : { note: 'there is no openssl on the PATH' }),
  });
  const title = `CRL of ${pem.length} bytes PEM with ${entries} entries, read and verified`;
  return [
    { title, unit: 'ms', subject: { label: 'ours, in process', value: median(warm) }, peers: [opensslRow(1)] },
    {
      title: `${title}, first thing in a new process`,
      unit: 'ms',
      subject: { label: 'ours', value: median(cold), note: 'without the start of Node' },
      peers: [opensslRow()],
    },
    {
      title: `CRL of ${(long.length / MEGABYTE).toFixed(1)} MB DER with ${LONG_LIST_ENTRIES} entries, read and verified: time for each MB`,
      unit: 'ms/MB',
      subject: { label: 'ours', value: median(linear) / (long.length / MEGABYTE), note: `${median(linear).toFixed(1)} ms in all` },
      peers: [{ label: `the same for ${(der.length / MEGABYTE).toFixed(1)} MB`, value: median(short) / (der.length / MEGABYTE), goal: 1.2 }],
    },
  ];
}
