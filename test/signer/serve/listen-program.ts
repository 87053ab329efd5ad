/** A server under Bun for tests of listening: prints its port (or why there is none), and closes when it is told to on standard input. */
import { handler } from './test-handler';
import { listenBun } from '../../../signer/serve/listen-bun';

async function main([host, port, hopLimit]: readonly string[]): Promise<void> {
  const listener = await listenBun({ host, port: Number(port), ...(hopLimit ? { hopLimit: Number(hopLimit) } : {}) }, handler);
  console.log(`port ${listener.port}`);
  process.stdin.on('data', (grace: Buffer) => void listener.close(Number(grace.toString())).then(() => console.log('closed')));
}

main(process.argv.slice(2)).catch((error: Error & { code?: string }) => {
  console.log(`failed ${error.code}: ${error.message}`);
  process.exit(1);
});
