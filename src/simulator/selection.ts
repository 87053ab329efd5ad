/** Finds trust anchors, profiles and roles by what people call them, and says what there is where a name fits none or several. */
import { SimulatorError } from './errors';
import { ProfileModel, ResourceModel, TrustAnchorModel } from './model';

/** What has names here. */
type Named = ResourceModel & { readonly arn: string; readonly name: string };

/** How many candidates a message lists. */
const SHOWN_CANDIDATES = 10;

/**
 * The resource that a text names: by ARN, name, logical id, construct path, `Stack/LogicalId`, the end of the construct path (without the
 * stack, down to the construct's id), or the id or path of a construct that has it below, in that order, so that a name is never mistaken for
 * another resource's logical id.
 *
 * @param what names the kind in messages, such as `role`
 * @throws SimulatorError `NOT_FOUND` where nothing is called so, `AMBIGUOUS` where several are, each with the candidates
 */
export function selectByName<T extends Named>(resources: readonly T[], text: string, what: string): T {
  for (const found of [
    resources.filter(({ arn }) => arn === text),
    resources.filter(({ name }) => name === text),
    resources.filter(({ logicalId }) => logicalId === text),
    resources.filter(({ constructPath }) => constructPath !== undefined && [constructPath, withoutResource(constructPath)].includes(text)),
    resources.filter(({ stack, logicalId }) => `${stack}/${logicalId}` === text),
    resources.filter((resource) => endsWith(resource, text)),
    resources.filter(({ constructPath }) => `/${constructPath ?? ''}`.includes(`/${text}/`)),
  ]) {
    if (found.length > 1) {
      throw new SimulatorError('AMBIGUOUS', `several ${what}s are called '${text}', or are below a construct of that name; name one by its ARN, its construct path or as Stack/LogicalId: ${candidates(found)}`);
    }
    if (found.length === 1) {
      return found[0];
    }
  }
  const known = resources.length === 0 ? `the assembly has no ${what}` : `there is ${candidates(resources)}`;
  throw new SimulatorError('NOT_FOUND', `no ${what} is called '${text}'; ${known}`);
}

/** Whether the construct's path ends so; a template without paths has the construct's id in the logical id, before the hash. */
function endsWith({ constructPath, logicalId }: Named, text: string): boolean {
  return constructPath === undefined
    ? logicalId.replace(/[0-9A-F]{8}$/, '') === text
    : [constructPath, withoutResource(constructPath)].some((path) => path.endsWith(`/${text}`));
}

/** The path of the construct that people write, rather than that of the resource in it. */
export function withoutResource(constructPath: string): string {
  return constructPath.replace(/\/Resource$/, '');
}

/**
 * The only one of some resources.
 *
 * @throws SimulatorError `NOT_FOUND` where there is none, `AMBIGUOUS` where there are several
 */
export function onlyOne<T extends Named>(resources: readonly T[], what: string): T {
  if (resources.length === 0) {
    throw new SimulatorError('NOT_FOUND', `the assembly has no ${what}`);
  }
  if (resources.length > 1) {
    throw new SimulatorError('AMBIGUOUS', `there are several ${what}s, so say which one is meant: ${candidates(resources)}`);
  }
  return resources[0];
}

function candidates(resources: readonly Named[]): string {
  const shown = resources.slice(0, SHOWN_CANDIDATES).map(({ name, constructPath, logicalId, stack, arn }) => {
    const [first, ...others] = [...new Set([constructPath === undefined ? '' : withoutResource(constructPath), name, logicalId])].filter(Boolean);
    return `${first} (${[...others, ''].join(' ')}in ${stack}, ${arn || 'ARN not known'})`;
  });
  return shown.join(', ') + (resources.length > SHOWN_CANDIDATES ? ` and ${resources.length - SHOWN_CANDIDATES} more` : '');
}

/** Whether an anchor and a profile could be used together. */
export function fitTogether(anchor: TrustAnchorModel, profile: ProfileModel): boolean {
  const [a, p] = [anchor.environment, profile.environment];
  return a.region === p.region && a.account === p.account && a.partition === p.partition;
}

/** The profiles that list a role; where none does, all of them, so that the refusal can say so. */
export function profilesFor(roleArn: string, profiles: readonly ProfileModel[]): readonly ProfileModel[] {
  const listing = profiles.filter(({ roleArns }) => roleArns.includes(roleArn));
  return listing.length > 0 ? listing : profiles;
}

/** The anchors that fit a profile; where none does, all of them, so that the refusal can say so. */
export function anchorsFor(profile: ProfileModel, anchors: readonly TrustAnchorModel[]): readonly TrustAnchorModel[] {
  const fitting = anchors.filter((anchor) => fitTogether(anchor, profile));
  return fitting.length > 0 ? fitting : anchors;
}
