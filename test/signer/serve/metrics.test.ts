import { metricsText, RequestCounts } from '../../../signer/serve/metrics';

test('the text is what Prometheus reads', () => {
  const requests = new RequestCounts();
  requests.add('credentials', 200);
  requests.add('credentials', 200);
  requests.add('token', 400);
  const text = metricsText({
    requests,
    refresh: { refreshes: 3, failures: 2, isFailing: true, lastSuccess: new Date(1_000_000), expiration: new Date(4_600_000) },
    failures: new Map([['TIMED_OUT', 2]]),
    tokensIssued: 7,
    certificateNotAfter: new Date(9_000_000),
    runtime: 'Test "1.0"\n',
    startedAt: new Date(500_000),
  });
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  expect(samples).toEqual([
    expect.stringMatching(/^roles_anywhere_signer_build_info\{version="[^"]+",commit="[^"]+",runtime="Test _1\.0__"\} 1$/),
    'roles_anywhere_signer_start_timestamp_seconds 500',
    'roles_anywhere_signer_http_requests_total{page="credentials",status="200"} 2',
    'roles_anywhere_signer_http_requests_total{page="token",status="400"} 1',
    'roles_anywhere_signer_metadata_tokens_issued_total 7',
    'roles_anywhere_signer_refreshes_total 3',
    'roles_anywhere_signer_refresh_failures_total{code="TIMED_OUT"} 2',
    'roles_anywhere_signer_refresh_failing 1',
    'roles_anywhere_signer_last_refresh_timestamp_seconds 1000',
    'roles_anywhere_signer_credentials_expiry_timestamp_seconds 4600',
    'roles_anywhere_signer_certificate_not_after_timestamp_seconds 9000',
  ]);
  // Each metric is announced once, by two lines before its samples.
  for (const name of new Set(samples.map((line) => /^\w+/.exec(line)![0]))) {
    expect(text.split(`# HELP ${name} `)).toHaveLength(2);
    expect(text.split(`# TYPE ${name} `)).toHaveLength(2);
  }
  expect(text.endsWith('\n')).toBe(true);
});

test('what is not known is left out', () => {
  const text = metricsText({
    requests: new RequestCounts(), refresh: { refreshes: 0, failures: 0, isFailing: false }, failures: new Map(), tokensIssued: 0, runtime: 'x', startedAt: new Date(0),
  });
  expect(text).not.toMatch(/^roles_anywhere_signer_(?:credentials_expiry|certificate|last_refresh)/m);
});
