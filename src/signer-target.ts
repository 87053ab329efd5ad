/** The systems that hosts have. */
import { TARGETS } from './kit/targets';

/** What a host is, for which the signer is built. */
export class SignerTarget {
  /** Linux with glibc, which most distributions have, on Intel and AMD. */
  public static readonly LINUX_X64 = new SignerTarget('linux-x64');

  /** Linux with glibc on ARM. */
  public static readonly LINUX_ARM64 = new SignerTarget('linux-arm64');

  /** Linux with musl, such as Alpine, on Intel and AMD. */
  public static readonly LINUX_X64_MUSL = new SignerTarget('linux-x64-musl');

  /** Linux with musl on ARM. */
  public static readonly LINUX_ARM64_MUSL = new SignerTarget('linux-arm64-musl');

  /** MacOS on Intel. */
  public static readonly DARWIN_X64 = new SignerTarget('darwin-x64');

  /** MacOS on Apple's processors. */
  public static readonly DARWIN_ARM64 = new SignerTarget('darwin-arm64');

  /** Windows on Intel and AMD. */
  public static readonly WINDOWS_X64 = new SignerTarget('windows-x64');

  /** Linux or macOS with Node.js 20 or newer. It needs no compiler at synth. */
  public static readonly PORTABLE = new SignerTarget('portable');

  /** All of them. */
  public static all(): SignerTarget[] {
    return TARGETS.map(({ name }) => new SignerTarget(name));
  }

  private constructor(
    /** Its name, as in file names and for `cdk-roles-anywhere kit --target`. */
    public readonly name: string,
  ) {}

  /** @internal */
  public get _target() {
    return TARGETS.find(({ name }) => name === this.name)!;
  }
}
