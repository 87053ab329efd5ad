/** The signer as a side-car in Kubernetes, with a certificate from cert-manager. */
import { configurationFile } from '../host-configuration';
import { KitOptions, signerNameIn } from '../kit-options';
import { indented, yamlText } from '../quoting';

const FOLDER = '/etc/roles-anywhere';
const TLS = '/var/run/roles-anywhere';

/** A container image with the signer in it; nobody publishes one. */
export function containerfile(kit: KitOptions): string {
  const { target } = kit;
  const name = signerNameIn(target);
  const base = target.bunTarget === undefined ? 'docker.io/library/node:22-slim'
    : target.name.endsWith('-musl') ? 'docker.io/library/alpine:3\nRUN apk add --no-cache libstdc++' : 'docker.io/library/debian:stable-slim';
  return `# In the folder of README.md: docker build -f kubernetes/Containerfile -t roles-anywhere-signer:${kit.version} .
FROM ${base}
COPY --chmod=0755 ${name} /usr/local/bin/${name}
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/${name}"]
`;
}

/** Certificate, configuration and a deployment whose containers get credentials from the side-car. */
export function kubernetesManifest(kit: KitOptions): string {
  const { name: kitName, host, version, configuration, endpoint, target } = kit;
  // A DNS label (RFC 1123).
  const name = kitName.toLowerCase().replace(/[^a-z0-9]+/gu, '-').substring(0, 63).replace(/^-+|-+$/gu, '') || 'signer';
  const program = `/usr/local/bin/${signerNameIn(target)}`;
  const paths = { signer: program, configuration: `${FOLDER}/config.json`, certificate: `${TLS}/tls.crt`, privateKey: `${TLS}/tls.key` };
  const data = configuration && configurationFile(configuration, { name: kitName, host, paths, endpoint });
  return `# Change what is marked CHANGE: the issuer, the names in the certificate, the images. It takes Kubernetes 1.29 and cert-manager.
apiVersion: cert-manager.io/v1
kind: Certificate
metadata:
  name: ${name}
spec:
  secretName: ${name}-certificate
  commonName: ${yamlText(host ?? 'CHANGE-host-name')} # ${host === undefined ? 'CHANGE: ' : ''}what the role's trust policy asks for
  # Roles Anywhere wants a key for signing, and a certificate that is no CA.
  usages: ["digital signature", "client auth"]
  duration: 720h
  renewBefore: 240h
  privateKey:
    algorithm: ECDSA
    size: 256
    rotationPolicy: Always
  issuerRef:
    kind: ClusterIssuer
    name: CHANGE-issuer # one whose CA is in the trust anchor
---
${data === undefined ? `# The configuration: kubectl create configmap ${name} --from-file=config.json
# In it, certificate is ${TLS}/tls.crt and privateKey is ${TLS}/tls.key.
` : `apiVersion: v1
kind: ConfigMap
metadata:
  name: ${name}
data:
  config.json: |
${indented(data, 4)}---
`}apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  selector:
    matchLabels: { app: ${name} }
  template:
    metadata:
      labels: { app: ${name} }
    spec:
      securityContext:
        fsGroup: 65532
      initContainers:
        # A side-car: it starts first, and runs for as long as the others do.
        - name: roles-anywhere-signer
          image: roles-anywhere-signer:${version} # CHANGE: built with Containerfile
          restartPolicy: Always
          args: ["serve", "--config", "${FOLDER}/config.json"]
          startupProbe:
            # Asks for credentials of its own, which shows that configuration, certificate and network are right.
            exec:
              command: ["${program}", "exec", "--config", "${FOLDER}/config.json", "--", "true"]
            periodSeconds: 5
            timeoutSeconds: 30
            failureThreshold: 60
          resources:
            requests: { cpu: 10m, memory: 64Mi }
            limits: { memory: 256Mi }
          securityContext:
            runAsNonRoot: true
            runAsUser: 65532
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: { drop: ["ALL"] }
            seccompProfile: { type: RuntimeDefault }
          volumeMounts:
            - { name: configuration, mountPath: ${FOLDER}, readOnly: true }
            - { name: certificate, mountPath: ${TLS}, readOnly: true }
      containers:
        - name: app
          image: CHANGE-image # yours
          env:
            # Containers of a pod share 127.0.0.1, and nobody else reaches it.
            - { name: AWS_EC2_METADATA_SERVICE_ENDPOINT, value: "http://127.0.0.1:9911" }${configuration ? `
            - { name: AWS_REGION, value: ${yamlText(configuration.region)} }` : ''}
      volumes:
        - name: configuration
          configMap: { name: ${name} }
        - name: certificate
          secret:
            secretName: ${name}-certificate
            defaultMode: 0440
`;
}
