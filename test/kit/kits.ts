/** Kits for tests, and what they tell their hosts. */
import { hostPaths, HostPaths } from '../../src/kit/host-paths';
import { KitOptions } from '../../src/kit/kit-options';
import { Target, TARGETS } from '../../src/kit/targets';

export const CONFIGURATION = {
  trustAnchorArn: 'arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor/2de9dfa7-9f39-40c2-ae31-aaf843684dc9',
  profileArn: 'arn:aws:rolesanywhere:eu-west-1:111122223333:profile/86227258-a142-433d-a4bc-6015c99b39b9',
  roleArn: 'arn:aws:iam::111122223333:role/Uploader',
  region: 'eu-west-1',
  sessionDuration: 3600,
};

export function targetOf(name: string): Target {
  return TARGETS.find((target) => target.name === name)!;
}

/** A kit of one configuration, changed as a test needs it. */
export function kitFor(target: string, { paths, ...changes }: Partial<Omit<KitOptions, 'paths'>> & { readonly paths?: Partial<HostPaths> } = {}): KitOptions {
  return {
    name: 'Backup', target: targetOf(target), paths: hostPaths(targetOf(target), paths), configuration: CONFIGURATION, version: '1.2.3', ...changes,
  };
}
