/** Finds what hosts are told in the outputs of a deployment, as `cdk deploy --outputs-file` writes them. */
import { readFileSync } from 'fs';
import { KitError } from './errors';
import { ARN_PATTERNS, HANDOVER_VERSION, HostConfiguration, parseHostConfiguration } from './host-configuration';

/** What one HostAccess or HostFleet, or the plain outputs of a stack, tell their hosts. */
export interface HandOver {
  readonly stack: string;
  readonly name: string;
  /** Of each host, where they differ. */
  readonly hosts?: ReadonlyMap<string, HostConfiguration>;
  /** Of every host, where they do not. */
  readonly configuration?: HostConfiguration;
}

/** Which of several is meant. */
export interface HandOverChoice {
  readonly stack?: string;
  readonly name?: string;
  /** A role by its name or ARN, where a stack has plain outputs. */
  readonly role?: string;
  /** The same by the key of its output. */
  readonly roleOutput?: string;
}

type Outputs = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/**
 * Reads the file.
 *
 * @throws KitError `OUTPUTS_UNREADABLE`
 */
export function readOutputs(path: string): Outputs {
  const fail = (what: string): never => {
    throw new KitError('OUTPUTS_UNREADABLE', `${path} ${what}; it is the file that "cdk deploy --outputs-file ${path}" writes`);
  };
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? fail('does not exist') : fail(`cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`);
  }
  let outputs: unknown;
  try {
    outputs = JSON.parse(text);
  } catch {
    // The parser's own words quote the file.
    return fail('is not JSON');
  }
  return isRecord(outputs) && Object.values(outputs).every(isRecord) ? outputs as Outputs : fail('does not have outputs by stack');
}

/** The way out where what is needed is not there. */
const DEPLOY_OUTPUTS = 'deploy a HostAccess, or add outputs with the three ARNs, and give the file as it was written';

/**
 * What is meant of all that is there.
 *
 * @param path of the file, for errors
 * @throws KitError `NO_CONFIGURATION`, `AMBIGUOUS` and `NOT_FOUND`, each with what there is; those of parseHostConfiguration
 */
export function chooseHandOver(outputs: Outputs, choice: HandOverChoice, path = 'the file'): HandOver {
  const stacks = Object.entries(outputs).filter(([stack]) => choice.stack === undefined || stack === choice.stack);
  if (stacks.length === 0) {
    throw choice.stack === undefined
      ? new KitError('NO_CONFIGURATION', `${path} has no outputs in it; ${DEPLOY_OUTPUTS}`)
      : new KitError('NOT_FOUND', `${path} has no stack ${JSON.stringify(choice.stack)}; it has ${list(Object.keys(outputs))}`);
  }
  const wantsRole = choice.role !== undefined || choice.roleOutput !== undefined;
  const all = wantsRole ? [] : stacks.flatMap(([stack, values]) => handOversOf(stack, values));
  if (all.length === 0) {
    return plainHandOver(stacks, choice, path);
  }
  const meant = all.filter(({ name }) => choice.name === undefined || name === choice.name);
  const what = all.map(({ stack, name }) => `${JSON.stringify(name)} in ${stack}`).join(', ');
  if (meant.length === 0) {
    throw new KitError('NOT_FOUND', `no host access is called ${JSON.stringify(choice.name)}; there are ${what}`);
  }
  if (meant.length > 1) {
    throw new KitError('AMBIGUOUS', `there are several: ${what}; choose one with --name, and --stack where names are the same`);
  }
  return meant[0];
}

/** The outputs that HostAccess and HostFleet make. What is in a map that goes over several outputs is put together again. */
function handOversOf(stack: string, values: Readonly<Record<string, unknown>>): HandOver[] {
  const found: HandOver[] = [];
  const hosts = new Map<string, Map<string, HostConfiguration>>();
  for (const [key, value] of Object.entries(values)) {
    const where = `output ${key} of ${stack}`;
    const handed = /SignerConfigurations?\d*/u.test(key) ? parseObject(value) : undefined;
    if (handed && isRecord(handed.$comment)) {
      const name = checkedName(handed.$comment, where);
      found.push({ stack, name, configuration: parseHostConfiguration(handed, where) });
    } else if (handed && isRecord(handed.hosts)) {
      const strange = Object.keys(handed).find((member) => !['version', 'name', 'hosts'].includes(member));
      if (strange !== undefined) {
        throw new KitError('UNEXPECTED_MEMBER', `${where} has a member ${JSON.stringify(strange.substring(0, 80))}, which does not belong there`);
      }
      const name = checkedName(handed, where);
      const ofName = hosts.get(name) ?? new Map<string, HostConfiguration>();
      Object.entries(handed.hosts).forEach(([host, settings]) => ofName.set(host, parseHostConfiguration(settings, `${where}, host ${host}`)));
      hosts.set(name, ofName);
    }
  }
  return [...found, ...[...hosts].map(([name, ofName]) => ({ stack, name, hosts: ofName }))];
}

function checkedName({ version, name }: Readonly<Record<string, unknown>>, where: string): string {
  if (version !== HANDOVER_VERSION) {
    throw new KitError('UNSUPPORTED_VERSION', `${where} has form ${JSON.stringify(version)}, and this command reads ${HANDOVER_VERSION}; use the command of the `
      + 'version of cdk-roles-anywhere that the stack was deployed with');
  }
  if (typeof name !== 'string' || name === '') {
    throw new KitError('INVALID_CONFIGURATION', `${where} has no name`);
  }
  return name;
}

interface Valued {
  readonly key: string;
  readonly arn: string;
}

/** The outputs that somebody has written: an ARN each of anchor and profile, and those of roles. */
function plainHandOver(stacks: ReadonlyArray<[string, Readonly<Record<string, unknown>>]>, choice: HandOverChoice, path: string): HandOver {
  const withArns = stacks.map(([stack, values]) => ({
    stack,
    anchors: arnsIn(values, ARN_PATTERNS.trustAnchorArn),
    profiles: arnsIn(values, ARN_PATTERNS.profileArn),
    roles: arnsIn(values, ARN_PATTERNS.roleArn),
  })).filter(({ anchors, profiles, roles }) => anchors.length > 0 && profiles.length > 0 && roles.length > 0);
  if (withArns.length === 0) {
    const keys = stacks.flatMap(([stack, values]) => Object.keys(values).map((key) => `${stack}.${key}`));
    throw new KitError('NO_CONFIGURATION', `${path} has no output of a HostAccess or HostFleet (a text, ...SignerConfiguration...), and no stack with ARNs of a `
      + `trust anchor, a profile and a role, but ${list(keys)}; ${DEPLOY_OUTPUTS}`);
  }
  const { stack, anchors, profiles, roles } = only(withArns, 'stacks with ARNs', ({ stack: name }) => name, 'one with --stack NAME');
  const [anchor, profile] = [only(anchors, 'trust anchors', keyOf, 'those of one stack with --stack, or have HostAccess make the outputs'), only(profiles, 'profiles', keyOf, 'those of one stack with --stack, or have HostAccess make the outputs')];
  const role = chooseRole(roles, choice);
  const name = choice.name ?? (role.key.replace(/(?:Role)?(?:Arn)?(?:[0-9A-F]{8})?$/u, '') || role.arn.replace(/^.*\//u, ''));
  const configuration = { trustAnchorArn: anchor.arn, profileArn: profile.arn, roleArn: role.arn, region: anchor.arn.split(':')[3] };
  return { stack, name, configuration: parseHostConfiguration(configuration, `the outputs of ${stack}`) };
}

const keyOf = ({ key }: Valued) => key;

function chooseRole(roles: readonly Valued[], { role, roleOutput }: HandOverChoice): Valued {
  const meant = roles.filter(({ key, arn }) => (
    (role === undefined || arn === role || arn.replace(/^.*\//u, '') === role) && (roleOutput === undefined || key === roleOutput)
  ));
  if (meant.length === 0) {
    throw new KitError('NOT_FOUND', `no output has that role; there are ${roles.map(({ key, arn }) => `${key} (${arn})`).join(', ')}`);
  }
  return only(meant, 'roles', keyOf, 'one with --role-output KEY or --role NAME');
}

function only<T>(values: readonly T[], what: string, nameOf: (value: T) => string, choose: string): T {
  if (values.length > 1) {
    throw new KitError('AMBIGUOUS', `there are several ${what}: ${values.map(nameOf).join(', ')}; choose ${choose}`);
  }
  return values[0];
}

function arnsIn(values: Readonly<Record<string, unknown>>, pattern: RegExp): Valued[] {
  return Object.entries(values).flatMap(([key, value]) => typeof value === 'string' && pattern.test(value) ? [{ key, arn: value }] : []);
}

function parseObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'string') {
    return undefined;
  }
  try {
    const parsed: unknown = JSON.parse(value);
    return isRecord(parsed) ? parsed : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) {
      // An output of the user's own that happens to have such a name.
      return undefined;
    }
    throw error;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}
