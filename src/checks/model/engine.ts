/** Runs rules over an app, and sorts what they find into what counts and what somebody has suppressed. */
import type { CheckedApp } from './app';
import type { Resource } from './resource';
import { Rule, Severity } from './rule';
import { Suppression, suppressionOf } from './suppressions';

/** Something that is wrong with a resource. */
export interface Finding {
  readonly rule: Rule;
  readonly severity: Severity;
  readonly resource: Resource;
  /** The place in the resource, from `Properties` on; undefined for the resource as a whole. */
  readonly location?: string;
  readonly message: string;
  readonly fix: string;
}

/** A finding that somebody has answered for. */
export interface SuppressedFinding extends Finding {
  readonly suppression: Suppression;
}

/** What there is to say about an app. */
export interface Findings {
  /** In the order of templates, resources and rules. */
  readonly findings: readonly Finding[];
  readonly suppressed: readonly SuppressedFinding[];
}

/** Runs the rules. */
export function runRules(app: CheckedApp, rules: readonly Rule[]): Findings {
  const findings: Finding[] = [];
  const suppressed: SuppressedFinding[] = [];
  for (const resource of app.templates.flatMap((template) => [...template.resources.values()])) {
    for (const rule of rules.filter(({ resourceTypes }) => resourceTypes?.includes(resource.type) ?? true)) {
      const found = rule.check(resource, app, rules).map((finding) => toFinding(rule, resource, finding));
      const suppression = found.length > 0 ? suppressionOf(resource, rule.id) : undefined;
      if (suppression) {
        suppressed.push(...found.map((finding) => ({ ...finding, suppression })));
      } else {
        findings.push(...found);
      }
    }
  }
  return { findings, suppressed };
}

function toFinding(rule: Rule, resource: Resource, { location, message, fix, severity }: ReturnType<Rule['check']>[number]): Finding {
  return { rule, resource, location, message, severity: severity ?? rule.severity, fix: fix ?? rule.fix };
}
