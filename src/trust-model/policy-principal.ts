// Decides whether the Principal or NotPrincipal element of a trust-policy statement names a service principal.
import { asList, describe, isJsonObject, quote } from './policy-json';

/** Whether an element names the service: undefined when that cannot be known, and then `reason` says why. */
export interface PrincipalMatch {
  readonly matched: boolean | undefined;
  readonly reason?: string;
}

const PRINCIPAL_TYPES = ['AWS', 'Service', 'Federated', 'CanonicalUser'];

/**
 * A Principal or NotPrincipal element, prepared once.
 *
 * A service is named by `"*"`, by `{"AWS": "*"}` and by its name under `Service`; no account, user, role or identity provider names it.
 *
 * Source: IAM User Guide, "AWS JSON policy elements: Principal" and "AWS JSON policy elements: NotPrincipal".
 */
export class CompiledPrincipal {
  /** Stands in for an element that is malformed or not there. */
  public static readonly NOBODY = new CompiledPrincipal(false, false, []);

  /**
   * Prepares the element.
   *
   * @param value the value of the element
   * @param negated whether it is NotPrincipal
   * @param malformed takes in words what is wrong with it
   */
  public static compile(value: unknown, negated: boolean, malformed: string[]): CompiledPrincipal {
    const element = negated ? 'NotPrincipal' : 'Principal';
    if (value === '*') {
      return new CompiledPrincipal(negated, true, []);
    }
    if (!isJsonObject(value) || Object.keys(value).length === 0) {
      malformed.push(`${element} is ${isJsonObject(value) ? 'an empty object' : describe(value)}; it must be "*" or an object such as {"Service": "..."}`);
      return CompiledPrincipal.NOBODY;
    }
    const services: string[] = [];
    let everyone = false;
    for (const [type, names] of Object.entries(value)) {
      for (const name of readNames(element, type, names, malformed)) {
        everyone ||= type === 'AWS' && name === '*';
        if (type === 'Service') {
          services.push(name);
        }
      }
    }
    return new CompiledPrincipal(negated, everyone, services);
  }

  private constructor(private readonly negated: boolean, private readonly everyone: boolean, private readonly services: readonly string[]) {}

  /** Whether the element lets the statement apply to a service principal such as `rolesanywhere.amazonaws.com`. */
  public matches(service: string): PrincipalMatch {
    if (this.everyone || this.services.includes(service)) {
      return { matched: !this.negated };
    }
    const lookalike = this.services.find((name) => serviceLabel(name) === serviceLabel(service));
    if (lookalike !== undefined) {
      return { matched: undefined, reason: `whether the service principal ${quote(lookalike)} is ${service} is not documented; write ${service}` };
    }
    return { matched: this.negated };
  }
}

function readNames(element: string, type: string, names: unknown, malformed: string[]): readonly string[] {
  if (!PRINCIPAL_TYPES.includes(type)) {
    malformed.push(`${element} has the type ${quote(type)}, which is none of ${PRINCIPAL_TYPES.join(', ')}`);
    return [];
  }
  const list = asList(names);
  if (list.length === 0) {
    malformed.push(`${element} ${type} is an empty list`);
  }
  const valid: string[] = [];
  for (const name of list) {
    const fault = typeof name === 'string' ? nameFault(type, name) : 'is not a text';
    if (fault === undefined) {
      valid.push(name as string);
    } else {
      malformed.push(`${element} ${type} ${describe(name)} ${fault}`);
    }
  }
  return valid;
}

function nameFault(type: string, name: string): string | undefined {
  if (name === '') {
    return 'is empty';
  }
  if (name === '*') {
    return type === 'Service' ? 'is not a service principal; IAM does not take "*" for services' : undefined;
  }
  if (/[*?]/.test(name)) {
    return 'has a wildcard, which cannot match part of a principal';
  }
  if (name.includes('${')) {
    return 'has a policy variable, which a principal cannot hold';
  }
  if (type === 'AWS' && !/^(\d{12}|arn:[^:]+:(iam|sts)::[^:]*:.+|A[A-Z0-9]{15,})$/.test(name)) {
    return 'is not "*", an account id, an ARN of IAM or STS, or a unique principal id';
  }
  return undefined;
}

// The same service has other principals in some documents, with a Region or another domain behind the first label.
function serviceLabel(name: string): string {
  return name.split('.', 1)[0].toLowerCase();
}
