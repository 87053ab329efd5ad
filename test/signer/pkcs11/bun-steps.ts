/** Starts run-steps.ts under Bun. */
import { spawn } from 'child_process';
import { verify, X509Certificate } from 'crypto';
import { join } from 'path';
import type { Outcome, Plan } from './run-steps';
import { BUN } from '../../support/runtimes';

/** Runs the steps in a process of their own, which has to end in an orderly way; an outcome a step. */
export function runSteps(plan: Plan, env: Readonly<Record<string, string>>): Promise<Outcome[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(BUN, [join(__dirname, 'run-steps.ts')], { env, timeout: 50_000 });
    const [out, err] = [child.stdout, child.stderr].map((stream) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      return () => Buffer.concat(chunks).toString();
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) {
        resolve(JSON.parse(out()) as Outcome[]);
      } else {
        reject(new Error(`ended with ${signal ?? code}: ${err()}`));
      }
    });
    child.stdin.end(JSON.stringify(plan));
  });
}

/** Whether OpenSSL takes a signature (base64, as on the wire) for one that the certificate's key made. */
export function verifies(der: Uint8Array, message: string, signature: string, hash = 'sha256'): boolean {
  return verify(hash, Buffer.from(message), new X509Certificate(der).publicKey, Buffer.from(signature, 'base64'));
}
