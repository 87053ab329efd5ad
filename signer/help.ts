/** The text of `roles-anywhere-signer help`. */

/** Everything a person on the host needs to know, within a screen or two. */
export const HELP = `roles-anywhere-signer: AWS credentials for a host that has a certificate (IAM Roles Anywhere)

Usage:
  roles-anywhere-signer credential-process FLAGS   print credentials as JSON, for credential_process in ~/.aws/config
  roles-anywhere-signer version                    print the version
  roles-anywhere-signer help                       print this text

Flags of credential-process, as --flag value or --flag=value:
  --certificate FILE          certificate, PEM; certificates that follow it in the file are sent as its chain
  --private-key FILE          private key, PEM (PKCS#8, PKCS#1 or SEC1; RSA or EC); default: in the certificate's file
  --intermediates FILE        more certificates for the chain, PEM; at most 5 in all
  --trust-anchor-arn ARN      trust anchor
  --profile-arn ARN           profile
  --role-arn ARN              role
  --session-duration SECONDS  900 to 43200; default 3600; the profile's own limit holds as well
  --role-session-name NAME    name of the session, where the profile accepts one
  --region REGION             default: the trust anchor's
  --endpoint URL              default: the service's endpoint in the Region
  --use-fips-endpoint         use the FIPS endpoint (also: AWS_USE_FIPS_ENDPOINT=true)
  --use-dualstack-endpoint    use the IPv4 and IPv6 endpoint (also: AWS_USE_DUALSTACK_ENDPOINT=true)
  --no-verify-ssl             do not check the server's certificate; for tests only
  --with-proxy                accepted and without effect: the proxy variables are always honoured
  --debug                     write what is signed and what comes back to standard error; never keys or credentials

Environment:
  AWS_CA_BUNDLE                        PEM file of the CAs to trust for TLS, instead of the usual ones
  HTTPS_PROXY, HTTP_PROXY, NO_PROXY    proxy
  Configuration files and profiles of AWS, AWS_PROFILE, AWS_REGION and AWS_ENDPOINT_URL are not read.

A call is tried 3 times within 30 seconds: again after 429, 5xx and failed connections.

Exit codes:
  0  credentials were printed
  1  unexpected
  2  wrong arguments: a flag, an ARN, a Region, an endpoint
  3  certificate, key or another file: missing, unreadable, expired, not belonging together
  4  the service refused (HTTP 4xx)
  5  the service was not reached, throttled or failed (connection, TLS, time-out, 429, 5xx)
`;
