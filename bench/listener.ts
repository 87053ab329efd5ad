/** A TLS listener on loopback that answers every POST the same: the other side of bench credential-process, in a process of its own. */
import { readFileSync } from 'fs';
import { createServer } from 'https';
import { AddressInfo } from 'net';

const [keyFile, certificateFile] = process.argv.slice(2);

const BODY = JSON.stringify({
  credentialSet: [{
    assumedRoleUser: { arn: 'arn:aws:sts::111122223333:assumed-role/Bench/0123', assumedRoleId: 'AROAEXAMPLE:0123' },
    credentials: {
      accessKeyId: 'ASIAEXAMPLEEXAMPLE',
      secretAccessKey: 'x'.repeat(40),
      // About the size that sessions with tags have.
      sessionToken: 'y'.repeat(1200),
      expiration: '2030-01-01T00:00:00Z',
    },
    packedPolicySize: 10,
    roleArn: 'arn:aws:iam::111122223333:role/Bench',
    sourceIdentity: 'CN=bench',
  }],
  subjectArn: 'arn:aws:rolesanywhere:eu-west-2:111122223333:subject/1',
});

const server = createServer({ key: readFileSync(keyFile), cert: readFileSync(certificateFile) }, (request, response) => {
  request.resume();
  request.on('end', () => response.writeHead(201, { 'content-type': 'application/json' }).end(BODY));
});
server.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port));
// The bench has ended, however it ended.
process.on('disconnect', () => process.exit(0));
