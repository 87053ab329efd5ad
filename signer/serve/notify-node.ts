/** Tells the service manager through the program systemd-notify, since Node.js has no datagrams of Unix sockets. */
import { execFile } from 'node:child_process';
import type { Notify } from './supervisor';
import { oneLine } from '../../src/credentials/errors';

/** Milliseconds that the program may take. */
const TIMEOUT = 5_000;

/** The message comes from another process than this one, so the unit needs `NotifyAccess=all`. */
export const notifyWithProgram: Notify = (socket, assignments) => new Promise((resolve, reject) => {
  const monotonic = assignments.includes('RELOADING=1') ? [`MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`] : [];
  const env = { ...process.env, NOTIFY_SOCKET: socket };
  execFile('systemd-notify', [...assignments, ...monotonic], { env, timeout: TIMEOUT }, (error, _, stderr) => {
    if (error === null) {
      resolve();
    } else if (error.code === 'ENOENT') {
      reject(new Error('there is no program systemd-notify, which is needed under Node.js; install it, or use the standalone binary'));
    } else {
      reject(new Error(`systemd-notify failed: ${oneLine(stderr, 200) || error.message}`));
    }
  });
});
