/** The hosts of a fleet: their names, the conditions on their certificates, and what tells one from another. */
import { Token } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { Alternative, ConditionTerm } from './condition-terms';
import { RolesAnywhereError } from './errors';

/** A host, with its condition taken apart. */
export interface KnownHost {
  readonly name: string;
  /** One at least. */
  readonly alternatives: readonly Alternative[];
}

/**
 * Refuses hosts that cannot be named.
 *
 * @throws RolesAnywhereError `INVALID_HOST`
 */
export function checkHostNames(scope: IConstruct, names: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const name of names) {
    if (name === '' || Token.isUnresolved(name)) {
      throw new RolesAnywhereError('INVALID_HOST', `the name of a host is ${name === '' ? 'empty' : 'a token'}; names have to be known at synth`, scope);
    }
    const other = seen.get(constructId(name));
    if (other !== undefined) {
      const what = other === name ? `the host ${JSON.stringify(name)} is listed twice` : `the hosts ${JSON.stringify(other)} and ${JSON.stringify(name)} have `
        + 'names that differ in "/" and "--" only';
      throw new RolesAnywhereError('INVALID_HOST', `${what}; each host has a name of its own`, scope);
    }
    seen.set(constructId(name), name);
  }
}

/** The id that the constructs library makes of a name, in which "/" separates. */
function constructId(name: string): string {
  return name.replaceAll('/', '--');
}

/** The values of a tag by which a host is known; undefined where one of its alternatives lets in certificates with any value. */
export function tagValues({ alternatives }: KnownHost, conditionKey: string): string[] | undefined {
  const terms = alternatives.map((alternative) => pinningTerm(alternative, conditionKey));
  return terms.includes(undefined) ? undefined : terms.map((term) => term!.value);
}

function pinningTerm(alternative: Alternative, conditionKey: string): ConditionTerm | undefined {
  return alternative.find(({ key, operator }) => key === conditionKey && operator === 'StringEquals');
}

/** Why hosts cannot be told apart by a tag, in words; undefined where they can. */
export function indistinct(hosts: readonly KnownHost[], conditionKey: string): string | undefined {
  const owners = new Map<string, string>();
  for (const host of hosts) {
    const values = tagValues(host, conditionKey);
    if (values === undefined) {
      return `the certificate condition of ${JSON.stringify(host.name)} leaves ${conditionKey} open, by which hosts are told apart; compare it exactly, `
        + 'as in CertificateCondition.allOf(Subject.commonName(name), ...), or tell hosts apart by another attribute (hostTag)';
    }
    for (const value of values) {
      const owner = owners.get(value);
      if (owner !== undefined && owner !== host.name) {
        return `the hosts ${JSON.stringify(owner)} and ${JSON.stringify(host.name)} have the same ${conditionKey}, so that each would see what is the other's`;
      }
      owners.set(value, host.name);
    }
  }
  return nested(owners);
}

/** Of `a` and `a/b`, the first would see all that is the second's below `prefix/a/`. */
function nested(owners: ReadonlyMap<string, string>): string | undefined {
  for (const [value, owner] of owners) {
    const outer = Token.isUnresolved(value) ? undefined : prefixes(value).find((prefix) => owners.has(prefix) && owners.get(prefix) !== owner);
    if (outer !== undefined) {
      return `the host ${JSON.stringify(owners.get(outer))} is known as ${JSON.stringify(outer)} and ${JSON.stringify(owner)} as ${JSON.stringify(value)}: `
        + 'with "/" between folders, the first would see what is the second\'s; give hosts names of which none is the folder of another';
    }
  }
  return undefined;
}

function prefixes(value: string): string[] {
  const parts = value.split('/');
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('/'));
}
