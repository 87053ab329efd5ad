/** Runs steps with a token under Bun, which tests under Node.js start: prints what each step came to as JSON. */
import { execFileSync } from 'child_process';
import { readFileSync } from 'fs';
import { readFile } from 'fs/promises';
import { lazyPkcs11 } from '../../../signer/pkcs11/lazy';
import type { Pkcs11Options } from '../../../signer/pkcs11/opener';
import type { MessageHash } from '../../../src/create-session/algorithms';
import type { Identity, IdentitySource } from '../../../src/credentials/identity';

/** One thing to do. */
export type Step =
  | { readonly do: 'read' }
  /** With the identity of the last `read`, or of the first where it says so. */
  | { readonly do: 'sign'; readonly message: string; readonly hash?: MessageHash; readonly withFirst?: boolean }
  /** Both at once. */
  | { readonly do: 'sign twice'; readonly message: string }
  /** Ends all sessions with every token, behind the back of the identity. */
  | { readonly do: 'end sessions' }
  | { readonly do: 'finalize' }
  | { readonly do: 'close' }
  | { readonly do: 'list'; readonly uri?: string }
  /** Has another process do something. */
  | { readonly do: 'run'; readonly program: string; readonly args: readonly string[] }
  /** Reads and signs so often, with a collection of garbage each time. */
  | { readonly do: 'repeat'; readonly times: number };

/** What to run. */
export interface Plan {
  readonly options: Omit<Pkcs11Options, 'pin' | 'selector' | 'useLatestExpiring' | 'reusePin'>
  & Partial<Pick<Pkcs11Options, 'useLatestExpiring' | 'reusePin'>>
  & { readonly selector?: { readonly subject?: string; readonly issuer?: string; readonly serialNumber?: string } };
  /** What is answered when a PIN is asked for, one after the other. */
  readonly pins?: readonly string[];
  readonly steps: readonly Step[];
}

/** What a step came to. */
export interface Outcome {
  readonly error?: { readonly name: string; readonly code?: string; readonly message: string };
  /** Of `read`: base64 of the certificates. */
  readonly certificate?: string;
  readonly chain?: readonly string[];
  readonly certificateSource?: string;
  readonly keySource?: string;
  /** Of `sign`: base64. */
  readonly signatures?: readonly string[];
  /** Of `list`. */
  readonly found?: ReadonlyArray<{ readonly der: string; readonly uri: string }>;
  /** What was asked for meanwhile. */
  readonly prompts: readonly string[];
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

async function main(plan: Plan): Promise<Outcome[]> {
  const answers = [...plan.pins ?? []];
  let prompts: string[] = [];
  const pin = async (what: string) => {
    prompts.push(what);
    const answer = answers.shift();
    if (answer === undefined) {
      throw new Error('nobody answers');
    }
    return answer;
  };
  const { selector, ...options } = plan.options;
  const source = lazyPkcs11.identity({
    useLatestExpiring: false,
    reusePin: false,
    ...options,
    ...(selector ? { selector: { ...selector, serialNumber: selector.serialNumber === undefined ? undefined : BigInt(`0x${selector.serialNumber}`) } } : {}),
    pin,
  }, async (path) => new Uint8Array(await readFile(path)));
  const runner = new Runner(source, plan.options.library, pin);
  const outcomes: Outcome[] = [];
  for (const step of plan.steps) {
    prompts = [];
    try {
      outcomes.push({ ...await runner.run(step), prompts });
    } catch (error) {
      const { name, code, message } = error as Error & { code?: string };
      outcomes.push({ error: { name, code, message }, prompts });
    }
  }
  return outcomes;
}

class Runner {
  private readonly identities: Identity[] = [];

  public constructor(
    private readonly source: IdentitySource, private readonly library: string | undefined, private readonly pin: (what: string) => Promise<string>,
  ) {}

  public async run(step: Step): Promise<Omit<Outcome, 'prompts'>> {
    switch (step.do) {
      case 'read': {
        const identity = await this.source.read();
        this.identities.push(identity);
        const { certificate, chain, certificateSource, keySource } = identity;
        return { certificate: base64(certificate.raw), chain: chain.map(({ raw }) => base64(raw)), certificateSource, keySource };
      }
      case 'sign':
        return { signatures: [base64(await this.identity(step.withFirst).signer.sign(Buffer.from(step.message), step.hash))] };
      case 'sign twice':
        return { signatures: (await Promise.all([0, 1].map(() => this.identity().signer.sign(Buffer.from(step.message))))).map(base64) };
      case 'end sessions':
        return this.endSessions();
      case 'finalize':
        return this.finalize();
      case 'close':
        await this.source.close();
        return {};
      case 'list': {
        const found = await lazyPkcs11.certificates(this.library, step.uri, this.pin);
        return { found: found.map(({ der, uri }) => ({ der: base64(der), uri })) };
      }
      case 'run':
        execFileSync(step.program, [...step.args], { stdio: 'pipe' });
        return {};
      case 'repeat':
        return this.repeat(step.times);
    }
  }

  private identity(first = false): Identity {
    return this.identities.at(first ? 0 : -1)!;
  }

  private async endSessions(): Promise<Omit<Outcome, 'prompts'>> {
    const { Library } = await import('../../../signer/pkcs11/library.js');
    const library = Library.open(this.library!);
    library.slots().forEach((slot) => library.closeAllSessions(slot));
    library.close();
    return {};
  }

  private async finalize(): Promise<Omit<Outcome, 'prompts'>> {
    const { ModuleFunctions } = await import('../../../signer/pkcs11/functions.js');
    ModuleFunctions.load(this.library!).call('C_Finalize', null);
    return {};
  }

  private async repeat(times: number): Promise<Omit<Outcome, 'prompts'>> {
    const { gc } = (globalThis as unknown as { readonly Bun: { gc(synchronously: boolean): void } }).Bun;
    const signatures: string[] = [];
    for (let i = 0; i < times; i++) {
      const identity = await this.source.read();
      gc(true);
      signatures.push(base64(await identity.signer.sign(Buffer.from(`message ${i}`))));
      gc(true);
    }
    return { signatures };
  }
}

void main(JSON.parse(readFileSync(0, 'utf8')) as Plan).then((outcomes) => {
  process.stdout.write(JSON.stringify(outcomes));
});
