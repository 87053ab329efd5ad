/** A server of credentials from its start to its end: first credentials, listening, reloading, stopping. */
import { listenAddresses, HostNames, isLoopback, urlHost } from './addresses';
import { ContainerToken } from './container-token';
import { Endpoints } from './endpoints';
import type { Listener } from './listener';
import { MetadataTokens } from './metadata-tokens';
import { metricsText, RequestCounts } from './metrics';
import { notifyWithProgram } from './notify-node';
import { ServedCredentials, sessionFacts, SessionFacts } from './served-session';
import { Supervisor } from './supervisor';
import { RefreshClock, RefreshFailure, RefreshingCredentials, RefreshState, SYSTEM_CLOCK } from '../../src/credentials/refreshing-credentials';
import type { Credentials } from '../../src/credentials/response';
import { failureOf, SignerError } from '../errors';
import { errorFields, Fields, Log, logObserver, openLog } from '../log';
import type { Settings } from '../options/settings';
import type { Platform } from '../platform/platform';
import { openSession, Session } from '../session';

/** Port of aws_signing_helper. */
const DEFAULT_PORT = 9911;

const PORT = { min: 0, max: 65_535 };
const HOP_LIMIT = { min: 1, max: 255 };

/** Milliseconds in which open requests may finish when the server ends. */
const CLOSING_GRACE = 5_000;

/** How often the system may choose a port that is free on the first address and not on another. */
const PORT_ATTEMPTS = 10;

/** A certificate that ends sooner than this, in milliseconds, is worth a word at each refresh. */
const CERTIFICATE_NOTICE = 7 * 24 * 3_600_000;

/** Signals as a process has them. */
export interface SignalSource {
  on(signal: 'SIGHUP' | 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
  off(signal: 'SIGHUP' | 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
}

/** What a server is made of. */
export interface ServerOptions {
  readonly platform: Platform;
  readonly settings: Settings;
  /** Collects the settings anew. */
  readonly collectSettings: () => Promise<Settings>;
  readonly signals: SignalSource;
  /** @default - the platform's clock, and the timers of this process */
  readonly clock?: RefreshClock;
}

/**
 * Serves until a signal ends it.
 *
 * @throws SignerError, CredentialsError, CreateSessionError where it cannot begin: wrong settings, no first credentials, a port in use
 */
export async function runServer(options: ServerOptions): Promise<void> {
  const server = new Server(options, await MetadataTokens.create());
  await server.run();
}

/** What cannot change while the server runs. */
interface ListenSettings {
  readonly addresses: readonly string[];
  readonly port: number;
  readonly hopLimit?: number;
  readonly containerTokenFile?: string;
}

function listenSettings(settings: Settings): ListenSettings {
  return {
    addresses: listenAddresses(settings.list('listen'), settings.origin('listen')),
    port: settings.number('port', PORT) ?? DEFAULT_PORT,
    hopLimit: settings.number('hop-limit', HOP_LIMIT),
    containerTokenFile: settings.text('container-token-file'),
  };
}

/** A log that cannot be written, on a disk that is full, is no reason to end what others live on. */
function withPatientLog({ now, writeDiagnostics }: Platform): Pick<Platform, 'now' | 'writeDiagnostics'> {
  return { now, writeDiagnostics: (text) => writeDiagnostics(text).catch(() => undefined) };
}

class Server {
  private readonly platform: Platform;
  private readonly log: Log;
  private readonly isDebugging: boolean;
  private readonly listening: ListenSettings;
  private readonly supervisor: Supervisor;
  private readonly credentials: RefreshingCredentials;
  private readonly endpoints: Endpoints;
  private readonly requests = new RequestCounts();
  private readonly failures = new Map<string, number>();
  private readonly startedAt: Date;
  private session: Session;
  private served?: ServedCredentials;
  private containerToken?: ContainerToken;
  private isReady = false;
  private reloads: Promise<void> = Promise.resolve();

  public constructor(private readonly options: ServerOptions, private readonly tokens: MetadataTokens) {
    const { platform, settings } = options;
    this.platform = platform;
    this.log = openLog(withPatientLog(platform), settings);
    this.isDebugging = settings.switch('debug') ?? false;
    this.listening = listenSettings(settings);
    this.startedAt = platform.now();
    this.supervisor = new Supervisor(platform.env, platform.notify ?? notifyWithProgram, this.log);
    this.session = this.openSession(settings);
    const clock = options.clock ?? { now: () => platform.now(), random: () => platform.random(), wake: SYSTEM_CLOCK.wake };
    this.credentials = new RefreshingCredentials(() => this.obtain(), clock, {
      refreshed: (_, state) => this.refreshed(state),
      failed: (failure) => this.failed(failure),
    });
    this.endpoints = this.makeEndpoints();
  }

  public async run(): Promise<void> {
    const stopped = this.watchSignals();
    let listeners: Listener[] = [];
    try {
      await this.openContainerToken();
      // Broken settings end here, with their exit code, and not as a server that has nothing to serve: who finds the port open gets credentials.
      const signal = await Promise.race([this.credentials.get(), stopped.signal]);
      if (typeof signal === 'string') {
        return;
      }
      listeners = await this.listen();
      this.endpoints.hostNames = new HostNames(listeners);
      this.credentials.start();
      await this.announce(listeners);
      await this.log.info(`${await stopped.signal} received, ending`);
    } finally {
      stopped.forget();
      this.credentials.stop();
      await this.supervisor.stopping();
      await Promise.all(listeners.map((listener) => listener.close(CLOSING_GRACE)));
      await this.containerToken?.close();
      await this.session.close();
    }
  }

  private openSession(settings: Settings): Session {
    return openSession(this.platform, settings, logObserver(this.log, this.isDebugging));
  }

  private watchSignals(): { readonly signal: Promise<string>; forget(): void } {
    let end: (signal: string) => void;
    const signal = new Promise<string>((resolve) => {
      end = resolve;
    });
    const onTerm = () => end('SIGTERM');
    const onInt = () => end('SIGINT');
    const onHangUp = () => {
      this.reloads = this.reloads.then(() => this.reload()).catch((error: unknown) => this.log.error('reloading has failed', errorFields(error)));
    };
    const { signals } = this.options;
    signals.on('SIGTERM', onTerm);
    signals.on('SIGINT', onInt);
    signals.on('SIGHUP', onHangUp);
    const forget = () => {
      signals.off('SIGTERM', onTerm);
      signals.off('SIGINT', onInt);
      signals.off('SIGHUP', onHangUp);
    };
    return { signal, forget };
  }

  /** Reads identity, settings and token file again. Whatever is wrong with them, what was served before stays. */
  private async reload(): Promise<void> {
    await this.supervisor.reloading();
    await this.log.info('SIGHUP received, reading certificate, key and configuration again');
    const before = this.session;
    try {
      const settings = await this.options.collectSettings();
      await this.warnOfRestart(settings);
      this.session = this.openSession(settings);
    } catch (error) {
      await this.log.error('the new configuration is wrong, and the one before stays', errorFields(error));
    }
    try {
      await this.openContainerToken();
      await this.credentials.refresh();
    } catch (error) {
      await this.log.error('reloading has failed', errorFields(error));
    }
    if (this.session !== before) {
      await before.close();
    }
    await this.supervisor.ready(this.statusText());
  }

  private async warnOfRestart(settings: Settings): Promise<void> {
    if (JSON.stringify(listenSettings(settings)) !== JSON.stringify(this.listening)) {
      await this.log.warn('a change of listen, port, hop-limit or container-token-file needs a restart');
    }
  }

  private async obtain(): Promise<Credentials> {
    const { session } = this;
    let certificate: SessionFacts['certificate'];
    const credentials = await session.obtain((identity) => {
      ({ certificate } = identity);
    });
    this.served = { credentials, obtainedAt: this.platform.now(), facts: sessionFacts(session, certificate) };
    return credentials;
  }

  private refreshed({ nextAttempt }: RefreshState): void {
    const { credentials, facts } = this.served!;
    this.endpoints.update(this.served!);
    void this.log.info('credentials obtained', { role: facts.roleName, expiration: credentials.expiration, next: nextAttempt?.toISOString() });
    const { certificate } = facts;
    if (certificate !== undefined && certificate.notAfter.getTime() - this.platform.now().getTime() < CERTIFICATE_NOTICE) {
      void this.log.warn(`the certificate expires at ${certificate.notAfter.toISOString()}; have a new one issued`);
    }
    this.updateStatus();
  }

  private failed({ error, validUntil, nextAttempt }: RefreshFailure): void {
    const { code } = failureOf(error);
    this.failures.set(code, (this.failures.get(code) ?? 0) + 1);
    if (!this.isReady) {
      // What ends the program is said once, by its end.
      return;
    }
    const fields: Fields = { ...errorFields(error), validUntil: validUntil?.toISOString(), next: nextAttempt.toISOString() };
    // A refusal does not pass by itself.
    void (validUntil === undefined ? this.log.error('no valid credentials are left, and obtaining new ones has failed', fields)
      : code === 'SERVICE_REFUSED' ? this.log.error('the service refuses new credentials; those at hand are served until they expire', fields)
        : this.log.warn('obtaining new credentials has failed; those at hand are served', fields));
    this.updateStatus();
  }

  private updateStatus(): void {
    if (this.isReady) {
      void this.supervisor.status(this.statusText());
    }
  }

  private statusText(): string {
    const { expiration, isFailing, lastFailure } = this.credentials.state;
    const failing = isFailing ? `; obtaining new ones fails (${failureOf(lastFailure!.error).code})` : '';
    return `${this.credentials.current() === undefined ? 'no valid credentials' : `credentials until ${expiration!.toISOString()}`}${failing}`;
  }

  private async openContainerToken(): Promise<void> {
    const path = this.listening.containerTokenFile;
    if (path === undefined) {
      return;
    }
    const before = this.containerToken;
    const token = await ContainerToken.open(path);
    // One that was made at the start is still this server's to remove.
    this.containerToken = before?.isOwn && !token.isOwn ? before : token;
    if (await token.isExposed()) {
      await this.log.warn(`the container token file ${path} can be read by other users of this host; whoever reads it gets the credentials`);
    }
  }

  private makeEndpoints(): Endpoints {
    const { log, isDebugging } = this;
    return new Endpoints({
      credentials: this.credentials,
      tokens: this.tokens,
      requests: this.requests,
      containerToken: () => this.containerToken,
      metrics: () => this.metrics(),
      now: () => this.platform.now(),
      report: (error) => void log.error('a request could not be answered', errorFields(error)),
      ...(isDebugging ? { observe: ({ method, path }, { status }) => void log.debug(`${method} ${path}`, { status }) } : {}),
    });
  }

  private metrics(): string {
    return metricsText({
      requests: this.requests,
      refresh: this.credentials.state,
      failures: this.failures,
      tokensIssued: this.tokens.issued,
      certificateNotAfter: this.served?.facts.certificate?.notAfter,
      runtime: this.platform.runtime,
      startedAt: this.startedAt,
    });
  }

  private async listen(): Promise<Listener[]> {
    for (let attempt = 1; ; attempt++) {
      const listeners: Listener[] = [];
      try {
        for (const host of this.listening.addresses) {
          const port = listeners[0]?.port ?? this.listening.port;
          listeners.push(await this.platform.listen({ host, port, hopLimit: this.listening.hopLimit }, this.endpoints.handle));
        }
        return listeners;
      } catch (error) {
        await Promise.all(listeners.map((listener) => listener.close(0)));
        const mayWorkNextTime = this.listening.port === 0 && listeners.length > 0 && error instanceof SignerError && error.code === 'LISTEN_FAILED';
        if (!mayWorkNextTime || attempt >= PORT_ATTEMPTS) {
          throw error;
        }
      }
    }
  }

  private async announce(listeners: readonly Listener[]): Promise<void> {
    const { log } = this;
    const urls = listeners.map(({ host, port }) => `http://${urlHost(host)}:${port}`);
    for (const url of urls) {
      await log.info(`listening on ${url}`);
    }
    // Some SDKs put their path right behind it, others put a slash between, which does no harm here.
    await log.info(`SDKs find the credentials with AWS_EC2_METADATA_SERVICE_ENDPOINT=${urls[0]}/`);
    if (this.containerToken !== undefined) {
      await log.info(`or with AWS_CONTAINER_CREDENTIALS_FULL_URI=${urls[0]}/credentials and `
        + `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=${this.listening.containerTokenFile}`);
    }
    for (const { host, port } of listeners.filter((listener) => !isLoopback(listener.host))) {
      await log.warn(`OTHER MACHINES MAY REACH ${urlHost(host)}:${port}, and whoever does gets this host's credentials, unencrypted; `
        + 'let a firewall say who may, or leave out --listen');
    }
    this.isReady = true;
    await this.supervisor.ready(this.statusText());
    // That the timer fires is what a restart could mend; what the service refuses, it could not, and /healthz tells.
    this.supervisor.startWatchdog();
  }
}
