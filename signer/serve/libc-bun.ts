/// <reference path="../pkcs11/bun-ffi.d.ts" />
/** What only the C library of Linux can do: set the hop limit of a socket that listens, and send a datagram to a Unix socket. For Bun. */
import { readdirSync, readFileSync } from 'node:fs';
// eslint-disable-next-line import/no-unresolved
import { dlopen, read } from 'bun:ffi';
import { SignerError } from '../errors';
import { Block, WORD } from '../pkcs11/memory';

/** The C library among the files that this process has mapped: glibc's or musl's. */
const MAPPED_LIBRARY = /\s(\/\S*\/(?:libc\.so\.6|libc-[\d.]+\.so|ld-musl-\w+\.so\.1|libc\.musl-\w+\.so\.1))$/m;

/** Integers of C pass in registers of 8 octets on the systems that this is for, so one type does for all of them. */
const FUNCTIONS = {
  socket: { args: ['u64', 'u64', 'u64'], returns: 'u64' },
  sendto: { args: ['u64', 'ptr', 'u64', 'u64', 'ptr', 'u64'], returns: 'u64' },
  close: { args: ['u64'], returns: 'u64' },
  getsockopt: { args: ['u64', 'u64', 'u64', 'ptr', 'ptr'], returns: 'u64' },
  setsockopt: { args: ['u64', 'u64', 'u64', 'ptr', 'u64'], returns: 'u64' },
  getsockname: { args: ['u64', 'ptr', 'ptr'], returns: 'u64' },
  clock_gettime: { args: ['u64', 'ptr'], returns: 'u64' },
  __errno_location: { args: [], returns: 'u64' },
} as const;

const AF_UNIX = 1;
const AF_INET6 = 10;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_NOSIGNAL = 0x4000;
const SOL_SOCKET = 1;
const SO_ACCEPTCONN = 30;
const IPPROTO_IP = 0;
const IP_TTL = 2;
const IPPROTO_IPV6 = 41;
const IPV6_UNICAST_HOPS = 16;
const CLOCK_MONOTONIC = 1;

/** Octets of the largest address of a socket, and of the path in that of a Unix socket. */
const ADDRESS_LENGTH = 128;
const PATH_LENGTH = 108;
const INT_LENGTH = 4;

type LibC = ReturnType<typeof dlopen<keyof typeof FUNCTIONS>>['symbols'];

let loaded: LibC | undefined;

/** By its path: a bare name would be looked for in the working directory, too. */
function libc(): LibC {
  if (loaded === undefined) {
    const path = MAPPED_LIBRARY.exec(readFileSync('/proc/self/maps', 'utf8'))?.[1];
    if (path === undefined) {
      throw new SignerError('NOT_SUPPORTED', 'the C library cannot be called: it is not among the files that this process has mapped');
    }
    loaded = dlopen(path, FUNCTIONS).symbols;
  }
  return loaded;
}

/** The memory that the call under way was given: an address alone keeps nothing alive. */
const inUse: Block[] = [];

/** Calls a function whose type is int (or fits into one): the upper half of the register that it comes in may hold anything. */
function call(name: keyof typeof FUNCTIONS, ...args: ReadonlyArray<number | Block>): number {
  inUse.push(...args.filter((argument) => argument instanceof Block));
  try {
    const returned = libc()[name](...args.map((argument) => (argument instanceof Block ? argument.address : argument)));
    return Number(BigInt.asIntN(32, returned));
  } finally {
    inUse.length = 0;
  }
}

/** The number of the last error. */
function errno(): number {
  return read.u8(Number(libc().__errno_location()), 0);
}

/**
 * Sets the hop limit of the sockets that listen on a port of this process. Connections take it over from the socket that accepts them.
 *
 * @throws SignerError `NOT_SUPPORTED` where the system does not let it be set
 */
export function setHopLimit(port: number, hopLimit: number): void {
  const descriptors = listeningDescriptors(port);
  if (descriptors.length === 0) {
    throw new SignerError('NOT_SUPPORTED', `--hop-limit is not supported here: the socket that listens on port ${port} is not among the open files`);
  }
  for (const { descriptor, family } of descriptors) {
    // A socket of IPv6 that takes connections of IPv4 as well has both.
    setOption(descriptor, IPPROTO_IP, IP_TTL, hopLimit);
    if (family === AF_INET6) {
      setOption(descriptor, IPPROTO_IPV6, IPV6_UNICAST_HOPS, hopLimit);
    }
  }
}

function listeningDescriptors(port: number): Array<{ readonly descriptor: number; readonly family: number }> {
  return readdirSync('/proc/self/fd').map(Number).flatMap((descriptor) => {
    if (getOption(descriptor, SOL_SOCKET, SO_ACCEPTCONN) !== 1) {
      return [];
    }
    const address = new Block(ADDRESS_LENGTH);
    if (call('getsockname', descriptor, address, intBlock(ADDRESS_LENGTH)) !== 0) {
      return [];
    }
    const view = viewOf(address);
    return view.getUint16(2) === port ? [{ descriptor, family: view.getUint16(0, true) }] : [];
  });
}

/** The value of an option, or undefined where the descriptor has none, or is no socket. */
function getOption(descriptor: number, level: number, option: number): number | undefined {
  const value = intBlock(0);
  return call('getsockopt', descriptor, level, option, value, intBlock(INT_LENGTH)) === 0 ? viewOf(value).getInt32(0, true) : undefined;
}

function setOption(descriptor: number, level: number, option: number, value: number): void {
  if (call('setsockopt', descriptor, level, option, intBlock(value), INT_LENGTH) !== 0) {
    throw new SignerError('NOT_SUPPORTED', `--hop-limit is not supported here: the system refuses to set it (error ${errno()})`);
  }
  const now = getOption(descriptor, level, option);
  if (now !== value) {
    throw new SignerError('NOT_SUPPORTED', `--hop-limit is not supported here: it was set to ${value}, and is ${now}`);
  }
}

function intBlock(value: number): Block {
  const block = new Block(INT_LENGTH);
  viewOf(block).setInt32(0, value, true);
  return block;
}

function viewOf({ octets }: Block): DataView {
  return new DataView(octets.buffer, octets.byteOffset, octets.length);
}

/**
 * Sends a datagram to a Unix socket.
 *
 * @param path of the socket; one that begins with `@` is a name without a file
 * @throws Error that says which call failed, and the number of the system's error
 */
export function sendDatagram(path: string, text: string): void {
  const octets = new TextEncoder().encode(path);
  if (octets.length === 0 || octets.length >= PATH_LENGTH) {
    throw new Error(`the name of the socket has ${octets.length} octets, and can have 1 to ${PATH_LENGTH - 1}`);
  }
  const address = new Block(2 + octets.length);
  viewOf(address).setUint16(0, AF_UNIX, true);
  address.octets.set(octets, 2);
  if (path.startsWith('@')) {
    // Names without a file begin with a zero, and end where the length says.
    address.octets[2] = 0;
  }
  const message = Block.of(new TextEncoder().encode(text));
  // eslint-disable-next-line no-bitwise
  const descriptor = call('socket', AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) {
    throw new Error(`socket() failed with error ${errno()}`);
  }
  try {
    if (call('sendto', descriptor, message, message.length, MSG_NOSIGNAL, address, address.length) < 0) {
      throw new Error(`sendto() failed with error ${errno()}`);
    }
  } finally {
    call('close', descriptor);
  }
}

/** The system's clock that nobody sets, which Bun counts from the start of the process. */
export function monotonicMicroseconds(): bigint {
  const time = new Block(2 * WORD);
  if (call('clock_gettime', CLOCK_MONOTONIC, time) !== 0) {
    throw new Error(`clock_gettime() failed with error ${errno()}`);
  }
  return time.ulong(0) * 1_000_000n + time.ulong(WORD) / 1000n;
}
