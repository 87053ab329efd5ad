/** What the team that gets a kit reads: what to do, in order. */
import { doctorCommand, SHARE_FOLDER } from './install-sh';
import { LAUNCHD_LABEL } from './launchd';
import { UNIT } from './systemd';
import { folderOf } from '../host-paths';
import { archiveName, hostFileName, kitFolder, KitOptions } from '../kit-options';
import { shellWord } from '../quoting';

const DEFAULT_CONTACT = 'whoever gave you this archive';

/** The page, in Markdown that reads well as plain text. */
export function readme(kit: KitOptions): string {
  const sections = kit.target.system === 'windows' ? windowsSections(kit) : posixSections(kit);
  return [introduction(kit), ...sections, whatIsInIt(kit)].join('\n');
}

function introduction({ name, target, version, contact = DEFAULT_CONTACT, endpoint }: KitOptions): string {
  const endpointNote = endpoint === undefined ? '' : `
This kit is for trying things out: it asks ${endpoint} and not AWS, and what it gets are no real credentials.
`;
  return `# AWS credentials for this host (${name}, ${target.name}, version ${version})

A host that installs this gets short-lived credentials of AWS for its own certificate. Nothing secret is in this archive: no key, no password, no
credentials. The configuration says which role of which AWS account the host asks for.
${endpointNote}
Questions: ${contact}.
`;
}

/** How the signer is called on this host. */
function call({ target, paths }: KitOptions): string {
  if (target.system === 'windows') {
    return `& "${paths.signer}"`;
  }
  return `${target.bunTarget === undefined ? 'node ' : ''}${shellWord(paths.signer)}`;
}

function installArguments({ configuration, hosts }: KitOptions): string {
  return configuration || hosts ? '' : ' --configuration FILE';
}

function whichConfiguration({ configuration, hosts, target }: KitOptions): string {
  const option = target.system === 'windows' ? '-HostName NAME' : '--host NAME';
  if (configuration) {
    return '';
  }
  return hosts
    ? `\nThe folder hosts has a configuration for each host. The one that is called like this host is taken; \`${option}\` chooses another one.\n`
    : '\nFILE is the configuration that came with this archive, a file that ends with .json.\n';
}

function posixSections(kit: KitOptions): string[] {
  const { paths, target } = kit;
  const signer = call(kit);
  const [certificate, privateKey, configuration] = [paths.certificate, paths.privateKey, paths.configuration].map(shellWord);
  const folder = shellWord(folderOf(paths.certificate));
  const needs = target.system === 'any' ? '\nThis kit takes Node.js 20 or newer, found as `node` in the PATH of root too.\n'
    : target.name.endsWith('-musl') ? '\nOn Alpine it takes one package: `apk add libstdc++`.\n' : '';
  return [`## 1. Install
${needs}
\`\`\`sh
tar -xzf ${archiveName(kit)}
cd ${kitFolder(kit)}
sudo sh install.sh${installArguments(kit)}
\`\`\`
${whichConfiguration(kit)}
The script first checks every file against SHA256SUMS. Whether the archive is the one that was made for you, its own SHA-256 says: compare
\`${target.system === 'darwin' ? 'shasum -a 256' : 'sha256sum'} ${archiveName(kit)}\` with what ${kit.contact ?? DEFAULT_CONTACT} tells you by another way.

## 2. Put certificate and key in place

- ${paths.certificate}: the host's certificate (PEM), intermediate CAs behind it
- ${paths.privateKey}: its private key (PEM), readable by its owner only

With the paths of yours in place of host.pem and host.key:

\`\`\`sh
sudo install -d ${folder}
sudo install -m 644 host.pem ${certificate}
sudo install -m 600 host.key ${privateKey}
\`\`\`

A key in a TPM or on a token: put its \`pkcs11:\` URI into \`certificate\` and \`privateKey\` of a copy of the configuration, and install that with
\`--configuration FILE\`. The services of this kit are for keys in files.

## 3. Try it

\`\`\`sh
sudo ${doctorCommand(kit)}
\`\`\`

It goes through configuration, certificate, key, clock and network, and says of each what is wrong and what to do. At its end it asks for
credentials.
`,
  useSection(kit, signer, configuration),
  `## When the certificate is renewed

Overwrite ${paths.certificate} and ${paths.privateKey}, each in one step (write beside it, then \`mv\`).
${target.system === 'darwin' ? 'It is used at the next call.' : 'The services of systemd notice and start anew with it; programs with the profile use it at their next call.'}
Run \`doctor\` once more: it says until when the new certificate is valid, and whether the role still accepts it. The subject has to stay what it
was, because the role is tied to it.

## When something does not work

Begin with \`doctor\`.${target.system === 'linux' ? ` What the services say: \`journalctl -u ${UNIT}\`.` : ''}
With its output, ask ${kit.contact ?? DEFAULT_CONTACT}; there is nothing secret in it.

## Upgrade and remove

A newer kit is installed over this one, with the same command. To remove it:

\`\`\`sh
sudo sh ${SHARE_FOLDER}/uninstall.sh
\`\`\`

Certificate and key stay. What \`update\` wrote into ~/.aws/credentials stays too; it is worthless after an hour or so.
`];
}

/** Credentials of an endpoint for trying out are not real: AWS would not know them. */
function endpointArgument({ endpoint }: KitOptions): string {
  return endpoint === undefined ? '' : ` --endpoint-url ${shellWord(endpoint)}`;
}

function useSection(kit: KitOptions, signer: string, configuration: string): string {
  const { target, name, paths } = kit;
  const parts = [`## 4. Use it

One of these, or several.

**AWS CLI and SDKs**: a profile in ~/.aws/config, for a user who may read the key.

\`\`\`sh
sudo chown "$(id -un)" ${shellWord(paths.privateKey)}   # it stays readable for its owner and root only
sudo sh install.sh${installArguments(kit)} --aws-config ~/.aws/config   # or copy what is in the file aws-config
aws sts get-caller-identity --profile ${name}${endpointArgument(kit)}
\`\`\`

**One command**: \`${signer} exec --config ${configuration} -- some-command\`
`];
  if (target.system !== 'darwin') {
    const node = target.system === 'any' ? '\n(systemd looks for `node` in /usr/local/bin and /usr/bin; if yours is elsewhere, link it there.)\n' : '';
    parts.push(`**A server for programs of this host** (systemd 247 or newer). The key stays readable for root only; every program of this host can ask:

\`\`\`sh
sudo sh install.sh${installArguments(kit)} --serve
export AWS_EC2_METADATA_SERVICE_ENDPOINT=http://127.0.0.1:9911    # for the programs
\`\`\`
${node}
**A credentials file that is kept up to date**, for programs that read nothing else, here for user backup:

\`\`\`sh
sudo sh install.sh${installArguments(kit)} --update-for backup
\`\`\`

**Kubernetes**: kubernetes/side-car.yaml and kubernetes/Containerfile. **Ansible**: ansible/install.yml. Each says at its top what to change.
`);
  }
  if (target.system !== 'linux') {
    parts.push(`**A server for programs of your user on macOS**, for a user who may read the key:

\`\`\`sh
cp ${SHARE_FOLDER}/roles-anywhere-signer.plist ~/Library/LaunchAgents/
launchctl bootstrap gui/$(id -u) ~/Library/LaunchAgents/roles-anywhere-signer.plist
export AWS_EC2_METADATA_SERVICE_ENDPOINT=http://127.0.0.1:9911    # for the programs
launchctl bootout gui/$(id -u)/${LAUNCHD_LABEL}                   # before it is removed
\`\`\`
`);
  }
  return parts.join('\n');
}

function windowsSections(kit: KitOptions): string[] {
  const { paths, name } = kit;
  const signer = call(kit);
  const argument = installArguments(kit).replace('--configuration', '-Configuration');
  const doctor = `${signer} doctor --config "${paths.configuration}"`;
  return [`## 1. Install

In a PowerShell that runs as administrator:

\`\`\`powershell
Expand-Archive ${archiveName(kit)} -DestinationPath .
cd ${kitFolder(kit)}
powershell -ExecutionPolicy Bypass -File .\\install.ps1${argument}
\`\`\`
${whichConfiguration(kit)}
The script first checks every file against SHA256SUMS. Whether the archive is the one that was made for you, its own SHA-256 says: compare
\`Get-FileHash ${archiveName(kit)}\` with what ${kit.contact ?? DEFAULT_CONTACT} tells you by another way.

## 2. Put certificate and key in place

- ${paths.certificate}: the host's certificate (PEM), intermediate CAs behind it
- ${paths.privateKey}: its private key (PEM)

Let nobody read the key but administrators, and the user whose programs use it (here backup):

\`\`\`powershell
icacls "${paths.privateKey}" /inheritance:r /grant:r "*S-1-5-32-544:F" "backup:R"
\`\`\`

The certificate store of Windows is not used.

## 3. Try it

\`\`\`powershell
${doctor}
\`\`\`

It goes through configuration, certificate, key, clock and network, and says of each what is wrong and what to do. At its end it asks for
credentials.

## 4. Use it

**AWS CLI and SDKs**: append the file aws-config to %UserProfile%\\.aws\\config of the user who may read the key, then
\`aws sts get-caller-identity --profile ${name}${endpointArgument(kit)}\`.

**One command**: \`${signer} exec --config "${paths.configuration}" -- some-command\`

There is no Windows service in this kit: the signer does not speak the protocol of the service manager.

## When the certificate is renewed

Overwrite ${paths.certificate} and ${paths.privateKey}; the next call uses them. Run \`doctor\` once more. The subject has to
stay what it was, because the role is tied to it.

## When something does not work

Begin with \`doctor\`. With its output, ask ${kit.contact ?? DEFAULT_CONTACT}; there is nothing secret in it.

## Upgrade and remove

A newer kit is installed over this one, with the same command. To remove it:

\`\`\`powershell
powershell -ExecutionPolicy Bypass -File "${folderOf(paths.signer)}\\uninstall.ps1"
\`\`\`

Certificate and key stay.
`];
}

function whatIsInIt(kit: KitOptions): string {
  const { target, hosts, configuration } = kit;
  const isWindows = target.system === 'windows';
  const rows: string[] = [
    `- ${isWindows ? 'install.ps1, uninstall.ps1' : 'install.sh, uninstall.sh'}: what is described above`,
    `- ${isWindows ? 'roles-anywhere-signer.exe' : target.system === 'any' ? 'roles-anywhere-signer.mjs' : 'roles-anywhere-signer'}: the program`,
    ...configuration ? ['- config.json: its configuration'] : [],
    ...hosts ? [`- hosts: a configuration for each host, such as ${[...hosts.keys()].slice(0, 1).map(hostFileName).join('')}`] : [],
    '- aws-config: the profile for ~/.aws/config',
    ...target.system === 'linux' || target.system === 'any' ? [
      '- systemd: the units that install.sh puts in place',
      '- kubernetes, ansible: for those who use them',
    ] : [],
    ...target.system === 'darwin' || target.system === 'any' ? ['- launchd: the agent for macOS'] : [],
    '- SHA256SUMS: hashes of all files',
  ];
  return `## What is in the archive\n\n${rows.join('\n')}\n`;
}
