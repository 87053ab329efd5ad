/** Finds the proxy that a connection goes through. */

/** A proxy to go through. */
export interface ProxyChoice {
  readonly url: string;
  /** Who named it, for messages: a variable or an option. */
  readonly origin: string;
}

/** The variables that name a proxy, the first of each pair before the second. */
export const PROXY_VARIABLES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'] as const;

/**
 * The proxy for a URL, or undefined where the connection is direct. Reads `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, upper or lower case;
 * as with AWS's own helper, these never send loopback through a proxy.
 *
 * @param explicit a proxy that was named by hand, which is used for every URL
 */
export function proxyFor(url: URL, env: Readonly<Record<string, string | undefined>>, explicit?: string): ProxyChoice | undefined {
  if (explicit !== undefined) {
    return { url: withScheme(explicit), origin: '--proxy' };
  }
  const names = url.protocol === 'https:' ? PROXY_VARIABLES.slice(0, 2) : PROXY_VARIABLES.slice(2);
  const variable = names.find((name) => env[name]);
  if (variable === undefined || isLoopback(url.hostname) || isExcluded(url, env.NO_PROXY || env.no_proxy || '')) {
    return undefined;
  }
  return { url: withScheme(env[variable]!), origin: variable };
}

function withScheme(proxy: string): string {
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d+){3}$/.test(hostname);
}

/** Entries are `*`, a host, a domain with or without a leading dot, each with or without a port. */
function isExcluded(url: URL, noProxy: string): boolean {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return noProxy.split(',').map((entry) => entry.trim().toLowerCase()).filter(Boolean).some((entry) => {
    const [, name, entryPort] = /^(.*?)(?::(\d+))?$/.exec(entry)!;
    const domain = name.replace(/^\*?\./, '');
    const matches = name === '*' || url.hostname === domain || url.hostname.endsWith(`.${domain}`);
    return matches && (entryPort === undefined || entryPort === port);
  });
}
