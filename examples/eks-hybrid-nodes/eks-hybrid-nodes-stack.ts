/** Servers of your own as nodes of an EKS cluster that is there. */
import { aws_eks as eks, Stack, StackProps } from 'aws-cdk-lib';
import { EksHybridNodeAccess, Subject, TrustAnchor, TrustAnchorSource } from 'cdk-roles-anywhere';
import { Construct } from 'constructs';

export interface EksHybridNodesStackProps extends StackProps {
  /** PEM file with the certificate of your CA. */
  readonly caCertificate: string;

  /** Name of the cluster, in the account and Region of the stack. */
  readonly clusterName: string;
}

export class EksHybridNodesStack extends Stack {
  public constructor(scope: Construct, id: string, props: EksHybridNodesStackProps) {
    super(scope, id, props);

    new EksHybridNodeAccess(this, 'Nodes', {
      cluster: eks.CfnCluster.fromClusterName(this, 'Cluster', props.clusterName),
      trustAnchors: [new TrustAnchor(this, 'TrustAnchor', { source: TrustAnchorSource.certificateFile(props.caCertificate) })],
      certificate: Subject.organizationalUnit('Kubernetes nodes'),
    });
  }
}
