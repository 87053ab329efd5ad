/** Keeps the revocation lists of a trust anchor in step with what their CAs publish, and shouts before one goes stale. */
import { createHash } from 'crypto';
import { join } from 'path';
import {
  Aws, aws_cloudwatch as cloudwatch, aws_cloudwatch_actions as actions, aws_ec2 as ec2, aws_events as events, aws_events_targets as targets,
  aws_iam as iam, aws_lambda as lambda, aws_logs as logs, aws_sns as sns, CustomResource, DefaultTokenResolver, Duration, IPostProcessor, IResolvable,
  IResolveContext, Names, Reference, Stack, StringConcat, Tokenization,
} from 'aws-cdk-lib';
import { ITrustAnchorRef } from 'aws-cdk-lib/aws-rolesanywhere';
import { Construct } from 'constructs';
import { CrlSource, CrlSourceConfig } from './crl-source';
import { letAlarmsPublish } from './private/alarm-topic';
import { rolesAnywhereArn } from './private/arns';
import { privateCaOf } from './private/ca-certificates';
import { registerCrl } from './private/crls-of-anchor';
import { RolesAnywhereError } from './private/errors';
import { resourceName } from './private/names';
import { issuersBelow } from './private/static-crl';
import { requireSameEnvironment } from './private/trust-anchors';
import { encodePem } from './x509';

/** Properties of the synchronisation of a trust anchor's lists. */
export interface CrlSyncProps {
  /**
   * The trust anchor whose certificates the lists revoke.
   *
   * Of an imported one with a CA in AWS Private CA, that CA has to be known: import it by
   * {@link TrustAnchor.fromTrustAnchorAttributes}, or have {@link CrlSource.privateCa} of that CA as the first source of its kind.
   */
  readonly trustAnchor: ITrustAnchorRef;

  /** The lists, one source each; a trust anchor takes two. */
  readonly sources: CrlSource[];

  /**
   * How often the lists are fetched: whole minutes, a day at most. Sources that send events are fetched at once as well.
   *
   * @default Duration.minutes(15)
   */
  readonly schedule?: Duration;

  /**
   * PEM text of intermediate CAs below the trust anchor, where they are the ones that issue the lists. Where the trust anchor's certificates
   * are known at synth, they have to lead to them; give the CAs between the two as well.
   *
   * @default - lists are issued by the trust anchor's own CA
   */
  readonly issuerCertificates?: string;

  /**
   * Whether the deployment fails when a list cannot be had yet. Say no for a CA that has not issued a list so far; a list that is there and
   * wrong fails the deployment in any case.
   *
   * @default true
   */
  readonly requireAtDeployment?: boolean;

  /**
   * The VPC the function runs in, for distribution points that only your network sees. It needs a way to AWS services from there.
   *
   * @default - not in a VPC
   */
  readonly vpc?: ec2.IVpc;

  /**
   * Subnets in the VPC.
   *
   * @default - the private ones
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * Security groups in the VPC.
   *
   * @default - one of its own
   */
  readonly securityGroups?: ec2.ISecurityGroup[];

  /**
   * Where alarms are sent. Its policy is extended so that alarms of the account may send to it.
   *
   * @default - alarms are there, and nobody is told
   */
  readonly alarmTopic?: sns.ITopic;

  /**
   * How long before a list's next update is due the alarm goes off, unless there is a new list.
   *
   * @default Duration.hours(6)
   */
  readonly staleThreshold?: Duration;

  /**
   * Whether two runs at a time are kept from happening by a reserved concurrency of 1. They do no harm, only double work; new accounts may
   * have no concurrency to reserve.
   *
   * @default true
   */
  readonly reserveConcurrency?: boolean;

  /**
   * How long the function's logs are kept.
   *
   * @default logs.RetentionDays.THREE_MONTHS
   */
  readonly logRetention?: logs.RetentionDays;
}

/** Tag that marks lists as made by one CrlSync; the function touches no others. */
const SYNC_TAG = 'cdk-roles-anywhere:sync';

const METRIC_NAMESPACE = 'CdkRolesAnywhere';

/** Lambda takes 4 kB of environment variables in all. */
const MAX_CONFIGURATION_LENGTH = 3800;

/** Minutes between runs, unless told otherwise. */
const DEFAULT_SCHEDULE_MINUTES = 15;

const MINUTES_PER_DAY = 24 * 60;

/** The shortest period of alarms, in minutes. */
const MIN_ALARM_PERIOD = 60;

interface List extends CrlSourceConfig {
  readonly id: string;
  readonly name: string;
}

/**
 * Fetches revocation lists, checks them, and imports them for a trust anchor: a certificate is refused minutes after its CA has revoked it.
 *
 * Roles Anywhere itself asks no distribution point: it knows the lists that somebody imported. A list is imported only if it is issued and
 * signed by the trust anchor's CA as it is at that moment, complete, in date, not older than the imported one, and within the service's limit
 * of 300,000 bytes. Otherwise what is imported stays, and an alarm goes off.
 *
 * The function runs on a schedule, on events of the sources, and once at deployment, which fails with the reason if a list cannot be had.
 * When the stack is deleted, the lists that it imported are removed; it never touches others.
 *
 * @example
 * declare const anchor: TrustAnchor;
 * declare const topic: sns.Topic;
 * new CrlSync(this, 'Revocation', {
 *   trustAnchor: anchor,
 *   sources: [CrlSource.url('http://pki.example.com/root.crl')],
 *   alarmTopic: topic,
 * });
 */
export class CrlSync extends Construct {
  /** The function that does it. */
  public readonly function: lambda.Function;

  /** Alarms that tell of a list whose next update is near or past, one a list. */
  public readonly staleAlarms: cloudwatch.Alarm[] = [];

  /** Alarms that tell of lists that cannot be fetched or are refused, one a list. */
  public readonly failureAlarms: cloudwatch.Alarm[] = [];

  /** Alarms that tell of lists that come near the service's limit of size, one a list. */
  public readonly sizeAlarms: cloudwatch.Alarm[] = [];

  private readonly trustAnchorArn: string;
  private readonly certificateAuthorityArn?: string;
  private readonly lists: List[];
  private readonly syncId: string;

  public constructor(scope: Construct, id: string, props: CrlSyncProps) {
    super(scope, id);
    this.trustAnchorArn = props.trustAnchor.trustAnchorRef.trustAnchorArn;
    requireSameEnvironment(this, props.trustAnchor, 'trust anchor');
    const schedule = this.checkSchedule(props.schedule ?? Duration.minutes(DEFAULT_SCHEDULE_MINUTES));
    this.syncId = `${Aws.STACK_NAME}-${Names.uniqueResourceName(this, { maxLength: 60, separator: '-' })}`;
    this.lists = this.bindSources(props);
    this.certificateAuthorityArn = privateCaOf(props.trustAnchor)
      ?? this.lists.find(({ certificateAuthorityArn }) => certificateAuthorityArn !== undefined)?.certificateAuthorityArn;
    const configuration = this.renderConfiguration(props);
    this.function = this.createFunction(props, configuration);
    this.grantCalls();
    this.addTriggers(schedule);
    this.runAtDeployment(props, configuration);
    this.lists.forEach((list) => this.addAlarms(list, schedule, props));
  }

  /** Hours until the next update of a list is due; negative when it is past. `index` counts the sources from 0; another one is an error. */
  public metricHoursToNextUpdate(index: number, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(this.list(index), 'HoursToNextUpdate', 'Minimum', props);
  }

  /** Age in seconds of the list that is imported. `index` counts the sources from 0; another one is an error. */
  public metricAge(index: number, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(this.list(index), 'CrlAgeSeconds', 'Maximum', props);
  }

  /** How many certificates a list revokes. `index` counts the sources from 0; another one is an error. */
  public metricRevokedCertificates(index: number, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(this.list(index), 'RevokedCertificates', 'Maximum', props);
  }

  /** Size of a list in percent of what the service takes. `index` counts the sources from 0; another one is an error. */
  public metricSizePercent(index: number, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(this.list(index), 'CrlSizePercent', 'Maximum', props);
  }

  /** Runs that brought a list in step, or found it so. `index` counts the sources from 0; another one is an error. */
  public metricSuccesses(index: number, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(this.list(index), 'SyncSuccess', 'Sum', props);
  }

  /** Runs that did not bring a list in step. `index` counts the sources from 0; another one is an error. */
  public metricFailures(index: number, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(this.list(index), 'SyncFailure', 'Sum', props);
  }

  /**
   * Lists that were fetched and refused for what they are, for one reason. `index` counts the sources from 0; another one is an error.
   *
   * A source with fall-backs may have brought another list all the same, so that the run was a success.
   *
   * @param reason the code that the function's log has, for example `CRL_EXPIRED`
   */
  public metricRefusals(index: number, reason: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(this.list(index), 'Refused', 'Sum', props, { Reason: reason });
  }

  private list(index: number): List {
    if (this.lists[index] === undefined) {
      throw new RolesAnywhereError(
        'INVALID_CRL_SOURCE',
        `there is no source ${index}: sources are counted from 0 to ${this.lists.length - 1}`,
        this,
      );
    }
    return this.lists[index];
  }

  private metric(
    list: List, metricName: string, statistic: string, props?: cloudwatch.MetricOptions, more?: Record<string, string>,
  ): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: METRIC_NAMESPACE,
      metricName,
      statistic,
      dimensionsMap: { TrustAnchorArn: this.trustAnchorArn, List: list.id, ...more },
      ...props,
    }).attachTo(this);
  }

  private bindSources({ sources, trustAnchor }: CrlSyncProps): List[] {
    if (sources.length === 0) {
      throw new RolesAnywhereError('INVALID_CRL_SOURCE', 'there is nothing to keep in step: pass at least one source', this);
    }
    const lists = sources.map((source, i) => {
      registerCrl(this, trustAnchor);
      const config = source.bind(this);
      return { ...config, id: listId(this, config), name: `${resourceName(this, undefined)}-${i + 1}` };
    });
    this.rejectDuplicates(lists);
    return lists;
  }

  private rejectDuplicates(lists: readonly List[]): void {
    lists.forEach(({ id }, i) => {
      const first = lists.findIndex((list) => list.id === id);
      if (first < i) {
        throw new RolesAnywhereError('INVALID_CRL_SOURCE', `the sources ${first} and ${i} (counted from 0) are the same list; leave one out`, this);
      }
    });
  }

  /** The schedule as it was given; EventBridge takes whole minutes, and alarms look back a day. */
  private checkSchedule(schedule: Duration): Duration {
    const minutes = schedule.isUnresolved() ? 1 : schedule.toMinutes({ integral: false });
    if (!Number.isInteger(minutes) || minutes < 1 || minutes > MINUTES_PER_DAY) {
      throw new RolesAnywhereError(
        'INVALID_CRL_SOURCE',
        `the schedule is ${schedule.toHumanString()}; it should be a whole number of minutes, from one minute to one day`,
        this,
      );
    }
    return schedule;
  }

  private createFunction(props: CrlSyncProps, configuration: string): lambda.Function {
    return new lambda.Function(this, 'Function', {
      description: 'Keeps revocation lists of IAM Roles Anywhere in step with their CAs',
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      code: lambda.Code.fromAsset(join(__dirname, '..', 'assets', 'crl-sync')),
      handler: 'index.handler',
      memorySize: 256,
      timeout: Duration.minutes(5),
      reservedConcurrentExecutions: props.reserveConcurrency ?? true ? 1 : undefined,
      environment: { CONFIGURATION: configuration },
      logGroup: new logs.LogGroup(this, 'Logs', { retention: props.logRetention ?? logs.RetentionDays.THREE_MONTHS }),
      vpc: props.vpc,
      vpcSubnets: props.vpcSubnets,
      securityGroups: props.securityGroups,
    });
  }

  private renderConfiguration({ issuerCertificates, trustAnchor }: CrlSyncProps): string {
    const issuers = issuerCertificates === undefined ? undefined : this.renderIssuers(issuerCertificates, trustAnchor);
    const configuration = {
      syncId: this.syncId,
      trustAnchorArn: this.trustAnchorArn,
      certificateAuthorityArn: this.certificateAuthorityArn,
      metricNamespace: METRIC_NAMESPACE,
      lists: this.lists.map(({ id, name, fetch }) => ({ id, name, source: fetch, issuerCertificates: issuers })),
    };
    const { length } = JSON.stringify(Stack.of(this).resolve(configuration));
    if (length > MAX_CONFIGURATION_LENGTH) {
      throw new RolesAnywhereError(
        'CONFIGURATION_TOO_LARGE',
        `sources and issuerCertificates come to ${length} characters, and the function has room for ${MAX_CONFIGURATION_LENGTH}; `
        + 'use fewer fall-backs, make a CrlSync for each list, or pass only the certificates that issue lists',
        this,
      );
    }
    return Stack.of(this).toJsonString(configuration);
  }

  /** Without the trust anchor's own: the function asks for those it has at each run. */
  private renderIssuers(issuerCertificates: string, trustAnchor: ITrustAnchorRef): string | undefined {
    const below = issuersBelow(this, issuerCertificates, trustAnchor);
    if (!below) {
      return issuerCertificates;
    }
    return below.length === 0 ? undefined : below.map(({ raw }) => encodePem('CERTIFICATE', raw)).join('');
  }

  private grantCalls(): void {
    const crls = rolesAnywhereArn(this, 'crl', '*');
    const ours = { StringEquals: { [`aws:ResourceTag/${SYNC_TAG}`]: this.syncId } };
    const asOurs = { StringEquals: { [`aws:RequestTag/${SYNC_TAG}`]: this.syncId } };
    const allow = (sid: string, calls: string[], resources: string[], conditions?: iam.Conditions) => this.function.addToRolePolicy(
      new iam.PolicyStatement({ sid, actions: calls, resources, conditions }));
    allow('ReadTrustAnchor', ['rolesanywhere:GetTrustAnchor'], [this.trustAnchorArn]);
    // These know no resource (Service Authorization Reference).
    allow('FindLists', ['rolesanywhere:ListCrls', 'rolesanywhere:ListTagsForResource'], ['*']);
    allow('ImportOwnLists', ['rolesanywhere:ImportCrl'], ['*'], asOurs);
    allow('TagOwnLists', ['rolesanywhere:TagResource'], [crls], asOurs);
    allow('ChangeOwnLists', ['rolesanywhere:UpdateCrl', 'rolesanywhere:EnableCrl', 'rolesanywhere:DeleteCrl', 'rolesanywhere:GetCrl'], [crls], ours);
    if (this.certificateAuthorityArn !== undefined) {
      allow('ReadPrivateCa', ['acm-pca:GetCertificateAuthorityCertificate'], [this.certificateAuthorityArn]);
    }
    this.lists.flatMap(({ grant = [] }) => grant).forEach((statement) => this.function.addToRolePolicy(statement));
  }

  private addTriggers(schedule: Duration): void {
    const target = new targets.LambdaFunction(this.function);
    new events.Rule(this, 'Schedule', { schedule: events.Schedule.rate(schedule), targets: [target] });
    const patterns = this.lists.flatMap(({ events: listEvents = [] }) => listEvents);
    patterns.forEach((eventPattern, i) => new events.Rule(this, `Event${i + 1}`, { eventPattern, targets: [target] }));
  }

  private runAtDeployment(props: CrlSyncProps, configuration: string): void {
    const run = new CustomResource(this, 'AtDeployment', {
      resourceType: 'Custom::RolesAnywhereCrlSync',
      serviceToken: this.function.functionArn,
      properties: {
        AllowMissing: String(!(props.requireAtDeployment ?? true)),
        // A change of the configuration is a reason to run again.
        Configuration: configuration,
      },
    });
    // The function's permissions have to be there when it is called.
    run.node.addDependency(this.function);
  }

  private addAlarms(list: List, schedule: Duration, { alarmTopic, staleThreshold = Duration.hours(6) }: CrlSyncProps): void {
    const index = this.lists.indexOf(list);
    const period = alarmPeriod(schedule);
    const where = `list ${index + 1} of ${this.node.path}`;
    const create = (id: string, metric: cloudwatch.Metric, props: Omit<cloudwatch.CreateAlarmOptions, 'evaluationPeriods'>) => {
      const alarm = metric.createAlarm(this, `${id}${index + 1}`, { evaluationPeriods: 1, ...props });
      if (alarmTopic) {
        letAlarmsPublish(this, alarmTopic);
        alarm.addAlarmAction(new actions.SnsAction(alarmTopic));
      }
      return alarm;
    };
    this.staleAlarms.push(create('Stale', this.metricHoursToNextUpdate(index, { period }), {
      alarmDescription: `the next update of ${where} is due or past, and no new list was imported`,
      threshold: staleThreshold.toHours({ integral: false }),
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD,
      // No data is no run.
      treatMissingData: cloudwatch.TreatMissingData.BREACHING,
    }));
    this.failureAlarms.push(create('Failing', this.metricFailures(index, { period }), {
      alarmDescription: `${where} could not be fetched or was refused; the function's log has the reason, and what was imported stays`,
      threshold: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    }));
    this.sizeAlarms.push(create('NearSizeLimit', this.metricSizePercent(index, { period }), {
      alarmDescription: `${where} comes near the 300,000 bytes that the service takes; larger lists are refused`,
      threshold: 80,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    }));
  }
}

/** Long enough for a run to fall into each period, as far as CloudWatch takes it: a day. Of a token nothing is known. */
function alarmPeriod(schedule: Duration): Duration {
  return schedule.isUnresolved()
    ? Duration.minutes(MINUTES_PER_DAY)
    : Duration.minutes(Math.min(MINUTES_PER_DAY, Math.max(MIN_ALARM_PERIOD, schedule.toMinutes() * 2)));
}

/**
 * The identity of a list, by where it is fetched from, so that it stays when the order of the sources changes.
 *
 * Resources are told apart by their place too: in two stacks, they may have the same logical id.
 */
function listId(scope: Construct, { fetch }: CrlSourceConfig): string {
  const resolver = new ReferenceCollector();
  const resolved = Tokenization.resolve(fetch, { scope, resolver, preparing: false });
  const text = JSON.stringify(resolved) + [...resolver.places].sort().join('');
  return `list-${createHash('sha256').update(text).digest('hex').substring(0, 8)}`;
}

/** Resolves tokens, and takes down the places of the resources that they refer to. */
class ReferenceCollector extends DefaultTokenResolver {
  public readonly places = new Set<string>();

  public constructor() {
    super(new StringConcat());
  }

  public resolveToken(token: IResolvable, context: IResolveContext, postProcessor: IPostProcessor): any {
    if (Reference.isReference(token)) {
      this.places.add(token.target.node.addr);
    }
    return super.resolveToken(token, context, postProcessor);
  }
}
