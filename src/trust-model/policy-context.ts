// The request context of a trust-policy decision: condition keys and their values, found whatever the case of the key.
import { WildcardPattern } from './wildcards';

/** What the request says of a condition key. `key` is its documented spelling as far as it is known. */
export type ContextEntry =
  | { readonly kind: 'present'; readonly key: string; readonly values: readonly string[] }
  | { readonly kind: 'absent'; readonly key: string }
  | { readonly kind: 'undecidable'; readonly key: string; readonly reason: string };

// Those that end in `/` are prefixes of a family of keys.
const DOCUMENTED_SPELLINGS = [
  'aws:PrincipalTag/x509Subject/', 'aws:PrincipalTag/x509Issuer/', 'aws:PrincipalTag/x509SAN/', 'aws:PrincipalTag/', 'aws:RequestTag/',
  'aws:SourceArn', 'aws:SourceAccount', 'aws:SourceIp', 'aws:TagKeys', 'aws:CurrentTime', 'aws:EpochTime', 'aws:SecureTransport',
  'aws:PrincipalOrgID', 'sts:SourceIdentity', 'sts:RoleSessionName', 'sts:TransitiveTagKeys', 'sts:ExternalId',
].map((spelling) => ({ spelling, lower: spelling.toLowerCase(), prefix: spelling.endsWith('/') }));

/** The name of a condition key. IAM does not look at its case (User Guide, "IAM JSON policy elements: Condition"). */
export interface ConditionKey {
  /** As the IAM documentation spells it where that is known, else as the policy does. */
  readonly spelling: string;
  readonly lower: string;
}

/** Reads the name of a condition key as a policy writes it. */
export function conditionKey(name: string): ConditionKey {
  const lower = name.toLowerCase();
  const known = DOCUMENTED_SPELLINGS.find((documented) => (documented.prefix ? lower.startsWith(documented.lower) : lower === documented.lower));
  return { spelling: known ? known.spelling + name.slice(known.spelling.length) : name, lower };
}

/** The values of one request, found whatever the case of the condition key. */
export class RequestContext {
  private readonly keys: readonly string[];

  /**
   * @param context the condition keys of the request, in documented spelling, with their value or values
   * @param knownKeys patterns of the keys that are absent from the request when they are absent from `context`;
   *   without it, that is every key
   */
  public constructor(private readonly context: Readonly<Record<string, string | readonly string[]>>, private readonly knownKeys?: readonly string[]) {
    this.keys = Object.keys(context);
  }

  /** Looks up a condition key. A key with an empty list of values is absent. */
  public lookUp(key: ConditionKey): ContextEntry {
    let found: string | undefined;
    for (const candidate of this.keys) {
      // A request has few keys, and comparing lengths first is cheaper than an index in lower case for each request.
      if (candidate === key.spelling || (candidate.length === key.lower.length && candidate.toLowerCase() === key.lower)) {
        if (found !== undefined) {
          return { kind: 'undecidable', key: found, reason: `the request holds both ${found} and ${candidate}, which IAM does not tell apart` };
        }
        found = candidate;
      }
    }
    return found === undefined ? this.absent(key) : present(found, this.context[found]);
  }

  private absent(key: ConditionKey): ContextEntry {
    if (this.knownKeys && !this.knownKeys.some((pattern) => keyPattern(pattern).matches(key.lower))) {
      const reason = `the value that ${key.spelling} has in a real request is not known here`;
      return { kind: 'undecidable', key: key.spelling, reason };
    }
    return { kind: 'absent', key: key.spelling };
  }
}

// Every request on a policy brings the same few patterns.
const keyPatterns = new Map<string, WildcardPattern>();
const MOST_KEY_PATTERNS = 256;

function keyPattern(text: string): WildcardPattern {
  let pattern = keyPatterns.get(text);
  if (!pattern) {
    pattern = WildcardPattern.of(text.toLowerCase());
    if (keyPatterns.size < MOST_KEY_PATTERNS) {
      keyPatterns.set(text, pattern);
    }
  }
  return pattern;
}

function present(key: string, value: string | readonly string[]): ContextEntry {
  if (typeof value === 'string') {
    return { kind: 'present', key, values: [value] };
  }
  return value.length === 0 ? { kind: 'absent', key } : { kind: 'present', key, values: value };
}
