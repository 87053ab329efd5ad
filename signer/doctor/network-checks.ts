/** Checks of the way to the service: proxy, name, connection, TLS, and the two clocks. */
import { isIP } from 'node:net';
import type { Examination } from './examination';
import { Check, failed, ok, Outcome, skipped, warning } from './findings';
import type { Connected } from './network';
import { connectionFailure } from '../../src/credentials/connection-error';
import { readFile } from '../../src/credentials/identity-files';
import { PROXY_VARIABLES, proxyFor, ProxyChoice } from '../../src/credentials/proxy';
import { isCertificateBlock, readPem } from '../../src/x509';
import { SignerError } from '../errors';
import { ExitCode } from '../exit-codes';

/** Milliseconds for one step. */
const TIMEOUT = 10_000;

/** Seconds between the clocks that are worth a word, and that the service refuses. */
const NOTABLE_SKEW = 60;
const REFUSED_SKEW = 300;

function endpointOf(examination: Examination): URL {
  return new URL(examination.target().endpoint);
}

/** @throws SignerError `USAGE` where the proxy is no URL; its text may hold a password, and is not in the message */
function proxyOf(examination: Examination): (ProxyChoice & { readonly parsed: URL }) | undefined {
  const proxy = proxyFor(endpointOf(examination), examination.platform.env, examination.sessionOptions().proxy);
  if (proxy === undefined) {
    return undefined;
  }
  if (!URL.canParse(proxy.url) || !/^https?:$/.test(new URL(proxy.url).protocol)) {
    throw new SignerError('USAGE', `the proxy of ${proxy.origin} is not a URL like http://host:port`);
  }
  return { ...proxy, parsed: new URL(proxy.url) };
}

/** Path of the CA bundle, and who named it. */
function caBundleOf({ settings, platform }: Examination): { readonly path: string; readonly origin: string } | undefined {
  const path = settings.text('ca-bundle') ?? (platform.env.AWS_CA_BUNDLE || undefined);
  return path === undefined ? undefined : { path, origin: settings.has('ca-bundle') ? settings.origin('ca-bundle') : 'AWS_CA_BUNDLE' };
}

async function readCaBundle(examination: Examination): Promise<string | undefined> {
  const bundle = caBundleOf(examination);
  return bundle && new TextDecoder().decode(await readFile(examination.platform, bundle.path, bundle.origin));
}

const CA_BUNDLE: Check<Examination> = {
  id: 'ca-bundle',
  title: 'CAs for TLS',
  needs: [],
  exitCode: ExitCode.IDENTITY,
  applies: (examination) => caBundleOf(examination) !== undefined,
  run: async (examination) => {
    const { path, origin } = caBundleOf(examination)!;
    const bytes = await readFile(examination.platform, path, origin);
    let count: number;
    try {
      count = readPem(bytes).filter(isCertificateBlock).length;
    } catch (error) {
      return failed(`${path} (${origin}) is not a PEM file: ${(error as Error).message}`, 'name a file of CA certificates in PEM');
    }
    return count === 0 ? failed(`${path} (${origin}) holds no certificates`, 'name a file of CA certificates in PEM')
      : ok(`the ${count} of ${path} (${origin}) are trusted instead of the usual ones`);
  },
};

const PROXY: Check<Examination> = {
  id: 'proxy',
  title: 'Proxy',
  needs: ['arns'],
  exitCode: ExitCode.USAGE,
  run: (examination) => {
    const proxy = proxyOf(examination);
    if (proxy !== undefined) {
      return ok(`${proxy.parsed.protocol}//${proxy.parsed.host}, named by ${proxy.origin}`);
    }
    const named = PROXY_VARIABLES.filter((name) => examination.platform.env[name]);
    return ok(`none: the connection is direct${named.length === 0 ? '' : `, since ${named.join(', ')} ${named.length === 1 ? 'is' : 'are'} not for this host`}`);
  },
};

const NAME_RESOLUTION: Check<Examination> = {
  id: 'name-resolution',
  title: 'Host name',
  needs: ['arns', 'proxy'],
  exitCode: ExitCode.UNAVAILABLE,
  run: async (examination) => {
    const proxy = proxyOf(examination);
    const hostname = (proxy?.parsed ?? endpointOf(examination)).hostname.replace(/^\[|\]$/g, '');
    if (isIP(hostname)) {
      return skipped(`${hostname} is an address already`);
    }
    try {
      return ok(`${hostname} is ${(await examination.surroundings.network.resolve(hostname)).join(', ')}${proxy ? ' (the proxy finds the endpoint)' : ''}`);
    } catch (error) {
      const { code = 'unknown error' } = error as NodeJS.ErrnoException;
      return failed(`${hostname} cannot be resolved (${code})`, proxy ? `check ${proxy.origin}`
        : 'check --endpoint and --region, and the DNS of this host; where only a proxy reaches the internet, set HTTPS_PROXY');
    }
  },
};

const CONNECTION: Check<Examination> = {
  id: 'connection',
  title: 'Connection to the endpoint',
  needs: ['name-resolution', 'ca-bundle'],
  exitCode: ExitCode.UNAVAILABLE,
  run: async (examination) => {
    const url = endpointOf(examination);
    const proxy = proxyOf(examination);
    let connected: Connected;
    try {
      connected = await examination.surroundings.network.connect(url, { proxy, caBundle: await readCaBundle(examination), timeout: TIMEOUT });
    } catch (cause) {
      throw connectionFailure(cause, url, proxy).error;
    }
    const where = `${url.host} (${proxy ? 'through the proxy ' : ''}${connected.address})`;
    return connected.tls === undefined ? judgePlain(url, where) : judgeTls(examination, connected.tls, where);
  },
};

function judgePlain({ hostname }: URL, where: string): Outcome {
  const isLoopback = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
  return isLoopback ? ok(`${where} answers, without TLS`)
    : warning(`${where} answers without TLS: whoever stands in between reads the credentials`, 'use an https endpoint');
}

function judgeTls(examination: Examination, { protocol, issuer, problem }: NonNullable<Connected['tls']>, where: string): Outcome {
  const facts = `${where} speaks ${protocol}; its certificate is issued by ${issuer}`;
  if (examination.settings.switch('no-verify-ssl')) {
    return warning(`${facts}, which ${problem === undefined ? 'would be' : `is not (${problem}), and would not be`} trusted, but is not checked: `
      + 'whoever stands in between reads the credentials', `leave out ${examination.settings.origin('no-verify-ssl')}`);
  }
  if (problem === undefined) {
    return ok(`${facts}, and trusted`);
  }
  const { message } = connectionFailure({ code: problem }, endpointOf(examination)).error;
  return failed(`${facts}; ${message}`, 'a proxy that opens TLS has a CA of its own: name it with --ca-bundle, or have the endpoint left alone by it');
}

const CLOCK: Check<Examination> = {
  id: 'clock',
  title: 'Clock',
  needs: ['connection'],
  // The service refuses what is dated wrongly.
  exitCode: ExitCode.REFUSED,
  run: async (examination) => {
    const { platform } = examination;
    const url = endpointOf(examination);
    const proxy = proxyOf(examination);
    const verifyTls = !examination.settings.switch('no-verify-ssl');
    const before = platform.now().getTime();
    let date: string | undefined;
    try {
      // Any answer will do, so nothing is asked for.
      const request = { method: 'GET', url: `${url.origin}/`, headers: {}, body: '' };
      const response = await platform.send(request, { verifyTls, caBundle: await readCaBundle(examination), proxy, timeout: TIMEOUT });
      date = response.header('date');
    } catch (cause) {
      throw connectionFailure(cause, url, proxy).error;
    }
    const time = Date.parse(date ?? '');
    return Number.isNaN(time) ? skipped('the endpoint does not say what time it is') : judgeSkew((before + platform.now().getTime()) / 2 - time);
  },
};

/** @param milliseconds that this host's clock is ahead of the service's, which tells whole seconds only */
function judgeSkew(milliseconds: number): Outcome {
  const skew = Math.round(milliseconds / 1000);
  const seconds = Math.abs(skew);
  const text = `this host's clock is ${seconds} seconds ${skew > 0 ? 'ahead of' : 'behind'} the service's`;
  const remedy = 'set the clock right, and have it kept right (chrony, systemd-timesyncd, w32tm)';
  return seconds > REFUSED_SKEW
    ? failed(`${text}; AWS refuses requests that are more than five minutes off. This program corrects for that, what uses the credentials may not`, remedy)
    : seconds > NOTABLE_SKEW ? warning(`${text}; AWS bears five minutes`, remedy) : ok('this host\'s and the service\'s agree');
}

/** In the order in which they are run. */
export const NETWORK_CHECKS: ReadonlyArray<Check<Examination>> = [CA_BUNDLE, PROXY, NAME_RESOLUTION, CONNECTION, CLOCK];
