/** The state machine of the kill switch in Amazon States Language: calls of AWS services only, no code of ours. */

/** Name of the inline policy that denies sessions which were given out before the switch was thrown. */
export const DENY_POLICY_NAME = 'RolesAnywhereKillSwitch';

/** What the switch acts on; ids and names may be tokens. */
export interface KillSwitchTargets {
  readonly partition: string;
  readonly trustAnchorIds: readonly string[];
  readonly profileIds: readonly string[];
  readonly roleNames: readonly string[];
  readonly topicArn: string;
}

type State = Record<string, unknown>;

/** Roles Anywhere takes one request a second of each kind, so that the calls for a list come one after the other and wait when throttled. */
const RETRY = [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 1, BackoffRate: 2, MaxAttempts: 6, MaxDelaySeconds: 20, JitterStrategy: 'FULL' }];

/** IAM changes take no such care, and one role that fails for good should not keep others waiting. */
const IAM_CONCURRENCY = 5;

/** A role or policy that is not there does not come by waiting. */
const NOT_THERE = 'Iam.NoSuchEntityException';
const IAM_RETRY = [{ ErrorEquals: [NOT_THERE], MaxAttempts: 0 }, ...RETRY];

/** Everything in `stop` and `restore` goes on when one call fails for good: the rest of the switch must still be thrown. */
export function killSwitchDefinition(targets: KillSwitchTargets): State {
  return {
    Comment: 'Disables trust anchors and profiles and denies sessions already given out; or enables them again',
    QueryLanguage: 'JSONata',
    StartAt: 'ReadAction',
    States: {
      ReadAction: {
        Type: 'Choice',
        Choices: [
          { Condition: "{% $states.input.action = 'stop' %}", Next: 'Disable' },
          { Condition: "{% $states.input.action = 'restore' %}", Next: 'Enable' },
          { Condition: "{% $states.input.action = 'removeDeny' %}", Next: 'RemoveDeny' },
        ],
        Default: 'UnknownAction',
      },
      UnknownAction: { Type: 'Fail', Error: 'UnknownAction', Cause: 'the input should be {"action": "stop" | "restore" | "removeDeny", "reason": "..."}' },
      ...disableStates(targets),
      ...enableStates(targets),
      RemoveDeny: removeDenyState(targets, 'Notify'),
      ...notifyStates(targets),
    },
  };
}

/** First nobody gets a new session; only then, with a time after that, older ones are denied. */
function disableStates(targets: KillSwitchTargets): Record<string, State> {
  return {
    Disable: {
      ...switchState(targets, 'disable'),
      Output: '{% $append($states.result[0], $states.result[1]) %}',
      Assign: { results: '{% $append($states.result[0], $states.result[1]) %}' },
      Next: 'DenyOlderSessions',
    },
    DenyOlderSessions: {
      ...mapState(targets.roleNames, 'PutDenyPolicy', {
        Resource: sdkCall(targets, 'iam', 'putRolePolicy'),
        Arguments: { RoleName: '{% $states.input %}', PolicyName: DENY_POLICY_NAME, PolicyDocument: DENY_POLICY },
        Retry: IAM_RETRY,
      }, "'session deny of role '", { concurrency: IAM_CONCURRENCY }),
      Assign: { results: '{% $append($results, $states.result) %}' },
      Next: 'Notify',
    },
  };
}

/** JSONata that writes the policy with the time at which its state was entered. */
const DENY_POLICY = "{% $string({'Version': '2012-10-17', 'Statement': [{'Effect': 'Deny', 'Action': ['*'], 'Resource': ['*'], "
  + "'Condition': {'DateLessThan': {'aws:TokenIssueTime': $states.context.State.EnteredTime}}}]}) %}";

function enableStates(targets: KillSwitchTargets): Record<string, State> {
  return {
    Enable: {
      ...switchState(targets, 'enable'),
      Assign: { results: '{% $append($states.result[0], $states.result[1]) %}' },
      Next: 'Notify',
    },
  };
}

/** Trust anchors and profiles at the same time: the service counts their requests apart. */
function switchState(targets: KillSwitchTargets, verb: 'disable' | 'enable'): State {
  const branch = (ids: readonly string[], kind: 'TrustAnchor' | 'Profile') => {
    const name = `${verb === 'disable' ? 'Disable' : 'Enable'}${kind}s`;
    const call = { Resource: sdkCall(targets, 'rolesanywhere', `${verb}${kind}`), Arguments: { [`${kind}Id`]: '{% $states.input %}' } };
    const label = `'${verb} of ${kind === 'TrustAnchor' ? 'trust anchor' : 'profile'} '`;
    return { StartAt: name, States: { [name]: { ...mapState(ids, `${verb}${kind}`, call, label), End: true } } };
  };
  return { Type: 'Parallel', Branches: [branch(targets.trustAnchorIds, 'TrustAnchor'), branch(targets.profileIds, 'Profile')] };
}

function removeDenyState(targets: KillSwitchTargets, next: string): State {
  return {
    ...mapState(targets.roleNames, 'DeleteDenyPolicy', {
      Resource: sdkCall(targets, 'iam', 'deleteRolePolicy'),
      Arguments: { RoleName: '{% $states.input %}', PolicyName: DENY_POLICY_NAME },
      Retry: IAM_RETRY,
    }, "'removal of the session deny of role '", { concurrency: IAM_CONCURRENCY, doneAt: NOT_THERE }),
    Assign: { results: '{% $states.result %}' },
    Next: next,
  };
}

interface MapOptions {
  /** Calls at a time. @default 1, one after the other */
  readonly concurrency?: number;
  /** An error that says that there is nothing to be done. @default - none */
  readonly doneAt?: string;
}

/** The calls for a list; each comes to a text `what id: done` or `what id: FAILED, error`. */
function mapState(items: readonly string[], name: string, call: State, label: string, { concurrency = 1, doneAt }: MapOptions = {}): State {
  const done = `{% ${label} & $states.input & ': done' %}`;
  return {
    Type: 'Map',
    Items: items,
    MaxConcurrency: concurrency,
    ItemProcessor: {
      ProcessorConfig: { Mode: 'INLINE' },
      StartAt: name,
      States: {
        [name]: {
          Type: 'Task',
          Retry: RETRY,
          ...call,
          Catch: [...(doneAt ? [{ ErrorEquals: [doneAt], Next: `${name}NotNeeded`, Output: done }] : []), {
            ErrorEquals: ['States.ALL'],
            Next: `${name}Failed`,
            Output: `{% ${label} & $states.input & ': FAILED, ' & $states.errorOutput.Error & ' ' & $states.errorOutput.Cause %}`,
          }],
          Output: done,
          End: true,
        },
        ...(doneAt ? { [`${name}NotNeeded`]: { Type: 'Pass', End: true } } : {}),
        [`${name}Failed`]: { Type: 'Pass', End: true },
      },
    },
  };
}

function notifyStates({ partition, topicArn }: KillSwitchTargets): Record<string, State> {
  return {
    Notify: {
      Type: 'Task',
      Resource: `arn:${partition}:states:::sns:publish`,
      Arguments: {
        TopicArn: topicArn,
        Subject: "{% 'Roles Anywhere kill switch: ' & $states.context.Execution.Input.action %}",
        Message: "{% $string({'action': $states.context.Execution.Input.action, 'reason': $states.context.Execution.Input.reason, "
          + "'execution': $states.context.Execution.Id, 'startedAt': $states.context.Execution.StartTime, 'results': $results}, true) %}",
      },
      Retry: RETRY,
      Next: 'Judge',
    },
    Judge: {
      Type: 'Choice',
      Choices: [{ Condition: "{% $count($results[$contains($, ': FAILED, ')]) > 0 %}", Next: 'NotEverythingDone' }],
      Default: 'Done',
    },
    NotEverythingDone: {
      Type: 'Fail',
      Error: 'NotEverythingDone',
      Cause: "{% $join($results[$contains($, ': FAILED, ')], '; ') %}",
    },
    Done: { Type: 'Succeed', Output: { results: '{% $results %}' } },
  };
}

function sdkCall({ partition }: KillSwitchTargets, service: string, action: string): string {
  return `arn:${partition}:states:::aws-sdk:${service}:${action}`;
}
