/** The real AWS SDK client against the management API, served by nothing but Node's HTTP server. */
import { createServer, Server } from 'node:http';
import { AddressInfo } from 'node:net';
import { RolesAnywhereClient } from '@aws-sdk/client-rolesanywhere';
import { REGION } from './fixtures';
import { ManagementApi } from '../../src/simulator/management-api';

/** A client as the SDK makes it, which sends one attempt only. */
export function managementClient(endpoint: string, options: { readonly region?: string; readonly maxAttempts?: number } = {}): RolesAnywhereClient {
  return new RolesAnywhereClient({
    endpoint,
    region: options.region ?? REGION,
    maxAttempts: options.maxAttempts ?? 1,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'not-a-secret' },
  });
}

/** A server of a management API. */
export interface ManagementServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves a management API on a port of its own. */
export async function serveManagementApi(api: ManagementApi): Promise<ManagementServer> {
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const [path, query = ''] = (request.url ?? '/').split('?');
      const answer = api.handle({ method: request.method ?? '', path, query, headers: request.headers, body: Buffer.concat(chunks) });
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve, reject) => {
      server.closeAllConnections();
      server.close((error) => (error ? reject(error) : resolve()));
    }),
  };
}
