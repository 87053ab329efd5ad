/** Revokes a host as a CA would: publishes a list on loopback, and runs the bundled function that imports it. */
import { createServer, Server } from 'http';
import { AddressInfo } from 'net';
import { join } from 'path';
import { runOrFail } from './processes';
import { issueCrl, Issued } from '../test/support/pki';

const PROJECT = join(__dirname, '..');

/** Who revokes whom, and where. */
export interface Revocation {
  /** The CA that issued the host's certificate. */
  readonly issuer: Issued;
  /** Serial number in hexadecimal. */
  readonly serialNumber: string;
  readonly trustAnchorArn: string;
  /** The local endpoint, which has the management API too. */
  readonly endpoint: string;
}

/** Publishes a list with the serial number and has the function bring the trust anchor into step. */
export async function revoke({ issuer, serialNumber, trustAnchorArn, endpoint }: Revocation): Promise<void> {
  const { der } = await issueCrl(issuer, { revoked: [serialNumber] });
  const server = await serve(der);
  try {
    const configuration = {
      syncId: 'demo',
      trustAnchorArn,
      metricNamespace: 'CdkRolesAnywhere',
      requestIntervalMs: 0,
      lists: [{
        id: 'hosts',
        name: 'hosts',
        source: { type: 'url', urls: [`http://127.0.0.1:${(server.address() as AddressInfo).port}/hosts.crl`] },
        issuerCertificates: issuer.pem,
      }],
    };
    await runFunction(configuration, endpoint);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

function serve(der: Uint8Array): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer((_request, response) => response.setHeader('content-type', 'application/pkix-crl').end(der));
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

/** Runs the bundle as Lambda does: its own process, configuration in the environment, and the SDK beside it. */
async function runFunction(configuration: object, endpoint: string): Promise<void> {
  const bundle = join(PROJECT, 'assets', 'crl-sync', 'index.js');
  const program = `require(${JSON.stringify(bundle)}).handler({}, { getRemainingTimeInMillis: () => 60000 })`
    + '.then(console.log, (error) => { console.error(error); process.exitCode = 1; })';
  await runOrFail(process.execPath, ['-e', program], {
    env: {
      CONFIGURATION: JSON.stringify(configuration),
      AWS_ENDPOINT_URL_ROLESANYWHERE: endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'demo',
      AWS_SECRET_ACCESS_KEY: 'demo',
      NODE_PATH: join(PROJECT, 'node_modules'),
    },
  });
}
