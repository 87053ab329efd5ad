/** The systems that a kit can be for, and what the signer is called there. */
import { readdirSync } from 'fs';

/** The systems that kits differ for. */
export type System = 'linux' | 'darwin' | 'windows' | 'any';

/** A system that a kit can be for. */
export interface Target {
  readonly name: string;
  readonly system: System;
  /** The processor as `uname -m` names it; undefined where any will do. */
  readonly machine?: readonly string[];
  /** Bun's name of the runtime that goes into the binary; undefined where Node.js runs the signer. */
  readonly bunTarget?: string;
}

const X64 = ['x86_64', 'amd64'];
const ARM64 = ['aarch64', 'arm64'];

/**
 * All targets. On x64 it is Bun's baseline build everywhere, because hosts that are worth keeping are often older than the processors (2013)
 * that the other build needs.
 */
export const TARGETS: readonly Target[] = [
  { name: 'linux-x64', system: 'linux', machine: X64, bunTarget: 'bun-linux-x64-baseline' },
  { name: 'linux-arm64', system: 'linux', machine: ARM64, bunTarget: 'bun-linux-arm64' },
  { name: 'linux-x64-musl', system: 'linux', machine: X64, bunTarget: 'bun-linux-x64-musl-baseline' },
  { name: 'linux-arm64-musl', system: 'linux', machine: ARM64, bunTarget: 'bun-linux-arm64-musl' },
  { name: 'darwin-x64', system: 'darwin', machine: X64, bunTarget: 'bun-darwin-x64' },
  { name: 'darwin-arm64', system: 'darwin', machine: ARM64, bunTarget: 'bun-darwin-arm64' },
  { name: 'windows-x64', system: 'windows', machine: X64, bunTarget: 'bun-windows-x64-baseline' },
  { name: 'portable', system: 'any' },
];

/** What can be compiled, with Bun's name for it. */
export const SIGNER_TARGETS: Readonly<Record<string, string>> = Object.fromEntries(
  TARGETS.filter(({ bunTarget }) => bunTarget !== undefined).map(({ name, bunTarget }) => [name, bunTarget!]),
);

/** Begin of the names of binaries. */
export const BINARY_PREFIX = 'roles-anywhere-signer-';

/** The target that this machine can run, or undefined where there is none for it. */
export function ownTarget(): string | undefined {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const isMusl = process.platform === 'linux' && readdirSync('/lib').some((name) => name.startsWith('ld-musl-'));
  const name = `${system}-${process.arch}${isMusl ? '-musl' : ''}`;
  return name in SIGNER_TARGETS ? name : undefined;
}

/** File name of the binary for a target. */
export function signerFileName(target: string): string {
  return `${BINARY_PREFIX}${target}${target.startsWith('windows') ? '.exe' : ''}`;
}
