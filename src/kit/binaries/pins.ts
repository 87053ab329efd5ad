/** What the bundled signer says about the Bun that compiles it. */
import { RuntimePackage } from './runtimes';

/** The content of `runtimes.json` beside the bundled signer. */
export interface RuntimePins {
  /** The version of Bun that compiles, which has to be that of the runtimes. */
  readonly bun: string;
  /** The packages of the runtimes, by Bun's name of the target. */
  readonly runtimes: Readonly<Record<string, RuntimePackage>>;
}
