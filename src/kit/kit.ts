/** Puts a kit together: every file of it, and the list of their hashes. */
import { createHash } from 'crypto';
import { ansibleTasks } from './files/ansible';
import { awsConfig } from './files/aws-config';
import { installScript, uninstallScript } from './files/install-sh';
import { containerfile, kubernetesManifest } from './files/kubernetes';
import { launchdAgent } from './files/launchd';
import { readme } from './files/readme';
import { systemdUnits } from './files/systemd';
import { installPowershell, uninstallPowershell } from './files/windows';
import { configurationFile, HostConfiguration } from './host-configuration';
import { hostFileName, KitOptions, signerNameIn } from './kit-options';

/** A file of a kit. */
export interface KitFile {
  /** Path in the kit, with slashes. */
  readonly path: string;
  readonly content: Buffer;
  readonly isExecutable?: boolean;
}

/** All files of a kit but the signer, in the order of their paths. */
export function kitTexts(kit: KitOptions): KitFile[] {
  const { target } = kit;
  const files = new Map<string, string>([['README.md', readme(kit)], ['aws-config', awsConfig(kit)], ...configurations(kit)]);
  if (target.system === 'windows') {
    files.set('install.ps1', installPowershell(kit)).set('uninstall.ps1', uninstallPowershell(kit));
  } else {
    files.set('install.sh', installScript(kit)).set('uninstall.sh', uninstallScript(kit));
  }
  if (target.system === 'linux' || target.system === 'any') {
    systemdUnits(kit).forEach((text, name) => files.set(`systemd/${name}`, text));
    files.set('kubernetes/Containerfile', containerfile(kit)).set('kubernetes/side-car.yaml', kubernetesManifest(kit));
    files.set('ansible/install.yml', ansibleTasks(kit));
  }
  if (target.system === 'darwin' || target.system === 'any') {
    files.set('launchd/roles-anywhere-signer.plist', launchdAgent(kit));
  }
  return [...files].map(([path, text]) => ({ path, content: Buffer.from(text), isExecutable: path.endsWith('.sh') })).sort(byPath);
}

function configurations(kit: KitOptions): Array<[string, string]> {
  const { name, host, paths, endpoint } = kit;
  const file = (configuration: HostConfiguration, ofHost?: string) => configurationFile(configuration, { name, host: ofHost, paths, endpoint });
  if (kit.configuration) {
    return [['config.json', file(kit.configuration, host)]];
  }
  return [...kit.hosts ?? []].map(([ofHost, configuration]) => [`hosts/${hostFileName(ofHost)}`, file(configuration, ofHost)]);
}

const byPath = (a: KitFile, b: KitFile) => a.path < b.path ? -1 : 1;

/** All files of a kit. */
export function kitFiles(kit: KitOptions, signer: Buffer): KitFile[] {
  const files = [...kitTexts(kit), { path: signerNameIn(kit.target), content: signer, isExecutable: true }].sort(byPath);
  const sums = files.map(({ path, content }) => `${createHash('sha256').update(content).digest('hex')}  ${path}\n`).join('');
  return [{ path: 'SHA256SUMS', content: Buffer.from(sums) }, ...files];
}
