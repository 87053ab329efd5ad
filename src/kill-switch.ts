/** One switch that ends all access through trust anchors and profiles, sessions that are already out included. */
import {
  Annotations, aws_cloudwatch as cloudwatch, aws_events as events, aws_events_targets as targets, aws_iam as iam, aws_logs as logs, aws_sns as sns,
  aws_stepfunctions as sfn, Stack,
} from 'aws-cdk-lib';
import { IProfileRef, ITrustAnchorRef } from 'aws-cdk-lib/aws-rolesanywhere';
import { Construct } from 'constructs';
import { RolesAnywhereError } from './private/errors';
import { killSwitchDefinition } from './private/kill-switch-definition';
import { requireSameEnvironment } from './private/trust-anchors';
import { SERVICE_PRINCIPAL } from './trust-model/trust-statements';

/** Properties of a kill switch. */
export interface KillSwitchProps {
  /**
   * Trust anchors to disable.
   *
   * @default - none; there has to be a trust anchor or a profile
   */
  readonly trustAnchors?: ITrustAnchorRef[];

  /**
   * Profiles to disable.
   *
   * @default - none; there has to be a trust anchor or a profile
   */
  readonly profiles?: IProfileRef[];

  /**
   * Roles whose sessions are denied when they were given out before the switch was thrown. Name all that the profiles list: disabling
   * ends no session, and a stolen one would live on until it expires. Restoring needs them all as well: enabling a profile takes
   * `iam:PassRole` on each role that the profile lists, and the switch may pass those that are named here.
   *
   * @default - none, with a warning: sessions that are out live on, and profiles cannot be enabled again
   */
  readonly roles?: iam.IRole[];

  /**
   * Where each use of the switch is reported, with what was done and what failed.
   *
   * @default - a new topic that takes messages over TLS only
   */
  readonly topic?: sns.ITopic;
}

/** Which events throw a kill switch. */
export interface StopOnEventOptions {
  /** The events, as in a rule of Amazon EventBridge. */
  readonly eventPattern: events.EventPattern;
}

/**
 * A switch that stops everything: it disables trust anchors and profiles, so that nobody gets a new session, and then denies the roles'
 * sessions that are out, by an inline policy on `aws:TokenIssueTime`.
 *
 * It is a state machine that calls AWS services directly. A person throws it with {@link stopCommand}, an alarm or an event does through
 * {@link stopOnAlarm} and {@link stopOnEvent}. A call that fails for good does not hold up the others; the execution then ends as failed,
 * and the notification says what was not done.
 *
 * {@link restoreCommand} enables everything again; for a profile, that takes all of its roles among `roles`. Denied sessions stay denied: they are the ones that may be in wrong hands. The inline
 * policy does not hinder new sessions; {@link removeDenyCommand} takes it away, which also has to be done before CloudFormation can delete
 * the roles.
 *
 * A deployment that changes a trust anchor or profile may enable it again, since their templates say so: deploy with `enabled: false` before
 * you go on deploying while the switch is thrown.
 *
 * @example
 * declare const anchor: TrustAnchor;
 * declare const profile: Profile;
 * declare const uploader: RolesAnywhereRole;
 * const killSwitch = new KillSwitch(this, 'KillSwitch', { trustAnchors: [anchor], profiles: [profile], roles: [uploader] });
 * new CfnOutput(this, 'StopCommand', { value: killSwitch.stopCommand });
 */
export class KillSwitch extends Construct {
  /** The state machine that does it. Its input is `{"action": "stop" | "restore" | "removeDeny", "reason": "..."}`. */
  public readonly stateMachine: sfn.StateMachine;

  /** Where each use is reported. */
  public readonly topic: sns.ITopic;

  public constructor(scope: Construct, id: string, props: KillSwitchProps) {
    super(scope, id);
    const { trustAnchors = [], profiles = [], roles = [] } = props;
    if (trustAnchors.length + profiles.length === 0) {
      throw new RolesAnywhereError('NOTHING_TO_STOP', 'a kill switch needs trust anchors or profiles to disable', this);
    }
    trustAnchors.forEach((anchor) => requireSameEnvironment(this, anchor, 'trust anchor'));
    profiles.forEach((profile) => requireSameEnvironment(this, profile, 'profile'));
    if (roles.length === 0) {
      Annotations.of(this).addWarningV2(
        'cdk-roles-anywhere:KillSwitch.noRoles',
        'the switch has no roles: it stops new sessions, and those that are out live on until they expire, up to 12 hours. It cannot enable '
        + 'profiles again either, since that takes iam:PassRole on all of their roles. Pass the roles of the profiles',
      );
    }
    this.topic = props.topic ?? new sns.Topic(this, 'Topic', { enforceSSL: true });
    this.stateMachine = new sfn.StateMachine(this, 'StateMachine', {
      definitionBody: sfn.DefinitionBody.fromString(Stack.of(this).toJsonString(killSwitchDefinition({
        partition: Stack.of(this).partition,
        trustAnchorIds: trustAnchors.map(({ trustAnchorRef }) => trustAnchorRef.trustAnchorId),
        profileIds: profiles.map(({ profileRef }) => profileRef.profileId),
        roleNames: roles.map(({ roleName }) => roleName),
        topicArn: this.topic.topicArn,
      }))),
      tracingEnabled: true,
      logs: {
        destination: new logs.LogGroup(this, 'Logs', { retention: logs.RetentionDays.ONE_YEAR }),
        level: sfn.LogLevel.ALL,
        includeExecutionData: true,
      },
    });
    this.grantCalls(trustAnchors, profiles, roles);
    this.topic.grantPublish(this.stateMachine);
  }

  /** The command with which a person stops everything. */
  public get stopCommand(): string {
    return this.command('stop');
  }

  /** The command that enables trust anchors and profiles again. */
  public get restoreCommand(): string {
    return this.command('restore');
  }

  /** The command that takes the denial of old sessions away; to be run when all of them have expired. */
  public get removeDenyCommand(): string {
    return this.command('removeDeny');
  }

  /** Stops everything when an alarm goes off. */
  public stopOnAlarm(id: string, alarm: cloudwatch.IAlarm): events.Rule {
    return this.stopOnEvent(id, {
      eventPattern: {
        source: ['aws.cloudwatch'],
        detailType: ['CloudWatch Alarm State Change'],
        resources: [alarm.alarmArn],
        detail: { state: { value: ['ALARM'] } },
      },
    });
  }

  /** Stops everything when an event comes, such as a finding of Amazon GuardDuty. */
  public stopOnEvent(id: string, options: StopOnEventOptions): events.Rule {
    const rule = new events.Rule(this, id, { eventPattern: options.eventPattern });
    const reason = `event ${events.EventField.detailType} of ${events.EventField.source}, ${events.EventField.eventId}`;
    rule.addTarget(new targets.SfnStateMachine(this.stateMachine, { input: events.RuleTargetInput.fromObject({ action: 'stop', reason }) }));
    return rule;
  }

  private command(action: string): string {
    const input = `{"action":"${action}","reason":"WHY"}`;
    return `aws stepfunctions start-execution --region ${Stack.of(this).region} --state-machine-arn ${this.stateMachine.stateMachineArn} --input '${input}'`;
  }

  private grantCalls(trustAnchors: ITrustAnchorRef[], profiles: IProfileRef[], roles: iam.IRole[]): void {
    const allow = (actions: string[], resources: string[], conditions?: iam.Conditions) => {
      if (resources.length > 0) {
        this.stateMachine.addToRolePolicy(new iam.PolicyStatement({ actions, resources, conditions }));
      }
    };
    allow(
      ['rolesanywhere:DisableTrustAnchor', 'rolesanywhere:EnableTrustAnchor'],
      trustAnchors.map(({ trustAnchorRef }) => trustAnchorRef.trustAnchorArn),
    );
    allow(['rolesanywhere:DisableProfile', 'rolesanywhere:EnableProfile'], profiles.map(({ profileRef }) => profileRef.profileArn));
    const roleArns = roles.map(({ roleArn }) => roleArn);
    allow(['iam:PutRolePolicy', 'iam:DeleteRolePolicy'], roleArns);
    // Enabling a profile hands its roles to the service again.
    allow(['iam:PassRole'], profiles.length > 0 ? roleArns : [], { StringEquals: { 'iam:PassedToService': SERVICE_PRINCIPAL } });
  }
}

