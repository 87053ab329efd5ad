/** Tells the service manager by a datagram of this process. */
import { monotonicMicroseconds, sendDatagram } from './libc-bun';
import type { Notify } from './supervisor';

/** A unit of the kind `notify-reload` is told by which clock it began to reload. */
export const notifyWithDatagram: Notify = async (socket, assignments) => {
  const monotonic = assignments.includes('RELOADING=1') ? [`MONOTONIC_USEC=${monotonicMicroseconds()}`] : [];
  sendDatagram(socket, [...assignments, ...monotonic].join('\n'));
};
