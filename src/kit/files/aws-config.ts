/** The section for `~/.aws/config` with which SDKs and the AWS CLI get credentials from the signer. */
import type { KitOptions } from '../kit-options';
import { shellWord, windowsWord } from '../quoting';

/** Lines that a kit's section stands between, so that it can be found again. */
export function markers(name: string): { readonly begin: string; readonly end: string } {
  return { begin: `# >>> roles-anywhere-signer: ${name}`, end: `# <<< roles-anywhere-signer: ${name}` };
}

/** The section. */
export function awsConfig({ name, target, paths, configuration }: KitOptions): string {
  const word = target.system === 'windows' ? windowsWord : shellWord;
  const { begin, end } = markers(name);
  return [
    begin,
    `[profile ${name}]`,
    ...configuration ? [`region = ${configuration.region}`] : [],
    `credential_process = ${word(paths.signer)} credential-process --config ${word(paths.configuration)}`,
    end,
    '',
  ].join('\n');
}
