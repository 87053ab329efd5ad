import { createServer, RequestListener, Server } from 'http';
import { AddressInfo } from 'net';
import { Deadline } from '../../../lambda/crl-sync/deadline';
import { createClient, RolesAnywhereApi } from '../../../lambda/crl-sync/roles-anywhere';

const environment = process.env;
let server: Server;

beforeEach(() => {
  process.env = { ...environment, AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'not-a-secret' };
});
afterEach(async () => {
  process.env = environment;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function apiFor(listener: RequestListener, { interval = 0, milliseconds = 60_000 } = {}): Promise<RolesAnywhereApi> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const end = Date.now() + milliseconds;
  return new RolesAnywhereApi(createClient('eu-west-2', { AWS_ENDPOINT_URL_ROLESANYWHERE: endpoint }), new Deadline(() => end - Date.now(), 0), interval);
}

const answer = (body: object): string => JSON.stringify(body);
const CRL = { crlId: '11111111-2222-3333-4444-555555555555' };

test('a call that is never answered ends before the function does', async () => {
  const api = await apiFor(() => { /* no answer */ }, { milliseconds: 400 });
  const begin = Date.now();
  await expect(api.enableCrl(CRL.crlId)).rejects.toMatchObject({ code: 'SERVICE_ERROR' });
  expect(Date.now() - begin).toBeLessThan(1_000);
});

test('calls of one quota keep their distance, and those of another do not wait for them', async () => {
  const times: [string, number][] = [];
  const api = await apiFor((request, response) => {
    times.push([request.url!.split('?')[0], Date.now()]);
    response.end(answer({ crl: CRL, tags: [], trustAnchor: {} }));
  }, { interval: 300 });
  const begin = Date.now();
  await api.enableCrl(CRL.crlId);
  await api.tags('arn');
  await api.sourceOf('id');
  expect(Date.now() - begin).toBeLessThan(300);
  await api.deleteCrl(CRL.crlId);
  // From before the first call: how long that one took to arrive is no part of the distance.
  expect(times[3][1] - begin).toBeGreaterThanOrEqual(300);
});

test('lists come page by page until the last one', async () => {
  const queries: string[] = [];
  const api = await apiFor((request, response) => {
    queries.push(request.url!);
    response.end(answer(queries.length < 3 ? { crls: [{ crlId: `${queries.length}` }], nextToken: `t${queries.length}` } : { crls: [] }));
  });
  const ids: (string | undefined)[] = [];
  for await (const { crlId } of api.crls()) {
    ids.push(crlId);
  }
  expect(ids).toEqual(['1', '2']);
  expect(queries).toEqual(['/crls', '/crls?nextToken=t1', '/crls?nextToken=t2']);
});
