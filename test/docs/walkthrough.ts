/** Does what a page says, in a folder of its own, with the packages of this tree in place of published ones. */
import { ChildProcess, spawn } from 'child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { delimiter, join } from 'path';
import { PageBlock, PROJECT } from './page';
import { bundleProgram } from '../../scripts/bundle';

/** Milliseconds for a block of commands, and for the endpoint to come up. */
const PATIENCE = 100_000;

/** Where the endpoint of the pages listens. Here it is another port, since that one may be in use. */
const DOCUMENTED_ENDPOINT = 'http://127.0.0.1:9912';

/** The block that a person runs in a second terminal. */
const SERVER = 'npx cdk-roles-anywhere local\n';

/** A folder in which pages are followed, with one shell that lasts from block to block as a terminal does. */
export class Walkthrough {
  private readonly folder = mkdtempSync(join(tmpdir(), 'cdk-roles-anywhere-page-'));
  private readonly work = join(this.folder, 'work');
  private shell?: ChildProcess;
  private server?: ChildProcess;
  private endpoint?: string;
  private count = 0;
  private lastOutput = '';

  /** Makes the package as it would be installed: the library as it is in this tree, and its programs bundled. */
  public async prepare(): Promise<void> {
    const packageFolder = join(this.folder, 'package');
    mkdirSync(packageFolder);
    mkdirSync(this.work);
    const { name, version } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));
    writeFileSync(join(packageFolder, 'package.json'), JSON.stringify({ name, version, main: 'index.ts' }));
    writeFileSync(join(packageFolder, 'index.ts'), `export * from ${JSON.stringify(join(PROJECT, 'src', 'index'))};\n`);
    await bundleProgram('signer/entry-node.ts', join(packageFolder, 'assets', 'signer', 'roles-anywhere-signer.mjs'), { format: 'esm' });
    const command = join(packageFolder, 'cdk-roles-anywhere.cjs');
    await bundleProgram('bin/cdk-roles-anywhere.ts', command, { format: 'cjs' });
    this.writeNpm(packageFolder, command);
    this.shell = this.start('sh', []);
    await this.run('set -eu');
  }

  /** An `npm` that knows `init` and `install`, and has every package from this tree; a package that this tree lacks is an error. */
  private writeNpm(packageFolder: string, command: string): void {
    const bin = join(this.folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'npm'), `#!/bin/sh
set -eu
if [ "$1" = init ]; then echo '{}' > package.json; exit; fi
[ "$1" = install ]
shift
mkdir -p node_modules/.bin
for name; do
  case $name in
    --save-dev) ;;
    cdk-roles-anywhere)
      ln -s '${packageFolder}' node_modules/cdk-roles-anywhere
      ln -s '${command}' node_modules/.bin/cdk-roles-anywhere ;;
    *)
      [ -d "${PROJECT}/node_modules/$name" ]
      mkdir -p "$(dirname "node_modules/$name")"
      ln -s "${PROJECT}/node_modules/$name" "node_modules/$name" ;;
  esac
done
for program in cdk tsx; do
  if [ -e node_modules/aws-cdk ] && [ ! -e "node_modules/.bin/$program" ]; then ln -s "${PROJECT}/node_modules/.bin/$program" "node_modules/.bin/$program"; fi
done
`, { mode: 0o755 });
  }

  /** Follows a block. @throws where its commands fail, or have another output than the page says */
  public async follow(block: PageBlock): Promise<void> {
    switch (block.kind) {
      case 'file':
        await this.save(block);
        return;
      case 'output':
        this.compare(block);
        return;
      case 'command':
        if (block.text === SERVER) {
          await this.startServer();
        } else {
          this.lastOutput = await this.run(this.substitute(block.text));
        }
        return;
      case 'skipped':
        throw new Error(`the block at line ${block.line} is not to be run: ${block.name}`);
    }
  }

  /** Ends what was started, and removes the folder. */
  public async close(): Promise<void> {
    for (const child of [this.shell, this.server]) {
      if (child && child.exitCode === null && child.signalCode === null) {
        const ended = new Promise((resolve) => child.once('close', resolve));
        child.kill('SIGKILL');
        await ended;
      }
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async save({ name, text }: PageBlock): Promise<void> {
    const folder = (await this.run('pwd')).trim();
    writeFileSync(join(folder, name!), this.substitute(text));
  }

  /** Each line of the page stands in the output, in this order. */
  private compare({ text, line }: PageBlock): void {
    let rest = this.lastOutput;
    for (const wanted of text.trimEnd().split('\n').map((part) => this.substitute(part.trim()))) {
      const at = rest.indexOf(wanted);
      if (at === -1) {
        throw new Error(`line ${line} of the page promises ${JSON.stringify(wanted)}, and the output is:\n${this.lastOutput}`);
      }
      rest = rest.substring(at + wanted.length);
    }
  }

  private substitute(text: string): string {
    return this.endpoint === undefined ? text : text.replaceAll(DOCUMENTED_ENDPOINT, this.endpoint);
  }

  private run(commands: string): Promise<string> {
    const script = join(this.folder, `block-${++this.count}`);
    const output = `${script}.out`;
    writeFileSync(script, commands);
    const shell = this.shell!;
    return new Promise((resolve, reject) => {
      const read = () => readFileSync(output, 'utf8');
      const settle = (action: () => void) => {
        clearTimeout(timer);
        shell.stdout!.off('data', onDone);
        shell.off('close', onClose);
        action();
      };
      const onDone = () => settle(() => resolve(read()));
      const onClose = (code: number) => settle(() => reject(new Error(`exit code ${code} of:\n${commands}\n${read()}`)));
      const timer = setTimeout(() => settle(() => reject(new Error(`no end of:\n${commands}\n${read()}`))), PATIENCE);
      shell.stdout!.on('data', onDone);
      shell.on('close', onClose);
      // In the shell itself, so that variables and the folder last; a failure ends the shell, because of set -e.
      shell.stdin!.write(`{ . '${script}'; } < /dev/null > '${output}' 2>&1; echo done\n`);
    });
  }

  private async startServer(): Promise<void> {
    const folder = (await this.run('pwd')).trim();
    const server = this.start(process.execPath, [join(this.folder, 'package', 'cdk-roles-anywhere.cjs'), 'local', '--port', '0'], folder);
    this.server = server;
    this.endpoint = await new Promise((resolve, reject) => {
      let output = '';
      const timer = setTimeout(() => reject(new Error(`the endpoint does not come up:\n${output}`)), PATIENCE);
      server.on('close', () => reject(new Error(`the endpoint has ended:\n${output}`)));
      server.stdout!.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        const url = /^listening on (\S+)$/m.exec(output)?.[1];
        if (url !== undefined) {
          clearTimeout(timer);
          resolve(url);
        }
      });
    });
  }

  private start(command: string, args: readonly string[], cwd = this.work): ChildProcess {
    // Nothing of this machine's own AWS settings, and nothing is downloaded.
    const { HOME = '', PATH = '', TMPDIR, LANG } = process.env;
    return spawn(command, args, {
      cwd,
      stdio: ['pipe', 'pipe', 'inherit'],
      env: {
        ...(TMPDIR === undefined ? {} : { TMPDIR }),
        ...(LANG === undefined ? {} : { LANG }),
        HOME,
        PATH: `${join(this.folder, 'bin')}${delimiter}${PATH}`,
        AWS_CONFIG_FILE: join(this.folder, 'no-config'),
        AWS_SHARED_CREDENTIALS_FILE: join(this.folder, 'no-credentials'),
        AWS_EC2_METADATA_DISABLED: 'true',
        CDK_DISABLE_CLI_TELEMETRY: 'true',
        NODE_NO_WARNINGS: '1',
        npm_config_offline: 'true',
      },
    });
  }
}
