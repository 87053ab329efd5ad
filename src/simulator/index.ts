/** The public face of the simulator, the subpath `cdk-roles-anywhere/simulator`. */
export { AccountState, ResourceTable } from './account-state';
export type { ImportedCrl, ManagedResource, NewResource } from './account-state';
export type { CertificateInput } from './certificate-input';
export type {
  DecisionCertificate, DecisionSubject, ServiceError, ServiceErrorType, SessionDecision, SimulatedSession, Step, StepId, StepStatus,
} from './decision';
export { SimulatorError } from './errors';
export { DEFAULT_PORT, startLocalEndpoint } from './local-endpoint';
export type { LocalEndpoint, LocalEndpointOptions } from './local-endpoint';
export { isManagementRequest, ManagementApi } from './management-api';
export type { ManagementApiOptions, ManagementRequest, ManagementResponse } from './management-api';
export type {
  AssemblyModel, AttributeMappingModel, CrlModel, ModelProblem, ProfileModel, ResourceModel, RoleModel, SimulatedAccount, TrustAnchorModel,
} from './model';
export { renderDecision, renderExplanation, SIMULATION_NOTICE, summarizeDecision } from './report';
export type { ReportOptions } from './report';
export { RolesAnywhereSimulator } from './simulator';
export type {
  CertificateRequest, DecisionOptions, SimulatedRequest, SimulatorOptions, TemplateInput, TemplateSimulatorOptions,
} from './simulator';
export type { ReadOptions, ReadTemplateOptions } from './template';
export type { ConditionResult, StatementResult, TrustDecision, Verdict } from '../trust-model/policy';
