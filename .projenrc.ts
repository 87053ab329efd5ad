import { awscdk, javascript } from 'projen';

const minNodeVersion = '20.0.0';

/** Folders of TypeScript that jsii does not compile. */
const rooms = ['test', 'bin', 'lambda', 'signer', 'scripts', 'demo', 'bench', 'examples'];

/** What users can import beside the constructs: `cdk-roles-anywhere/<name>` is src/<name>. */
const subpaths = ['simulator', 'credentials'];

const project = new awscdk.AwsCdkConstructLibrary({
  name: 'cdk-roles-anywhere',
  description: 'AWS CDK constructs, a runtime signer and an offline simulator for IAM Roles Anywhere',
  author: 'cdk-roles-anywhere contributors',
  authorAddress: 'https://github.com/cdk-roles-anywhere',
  authorOrganization: true,
  repositoryUrl: 'https://github.com/cdk-roles-anywhere/cdk-roles-anywhere.git',
  license: 'Apache-2.0',
  copyrightOwner: 'cdk-roles-anywhere contributors',
  keywords: ['aws', 'cdk', 'iam', 'roles-anywhere', 'x509', 'certificate', 'credentials', 'on-premises', 'hybrid'],
  stability: 'experimental',
  defaultReleaseBranch: 'main',
  packageManager: javascript.NodePackageManager.NPM,
  minNodeVersion,
  // The oldest that users may have; what is developed and tested with is in devDeps.
  cdkVersion: '2.263.0',
  constructsVersion: '10.5.1',
  peerDependencyOptions: { pinnedDevDependency: false },
  jsiiVersion: '~6.0.0',
  typescriptVersion: '~6.0.0',
  projenrcTs: true,

  release: false,
  buildWorkflow: true,
  depsUpgrade: false,
  githubOptions: { mergify: false, pullRequestLint: false },
  pullRequestTemplate: false,

  publishToPypi: { distName: 'cdk-roles-anywhere', module: 'cdk_roles_anywhere' },
  publishToMaven: {
    javaPackage: 'io.github.cdkrolesanywhere',
    mavenGroupId: 'io.github.cdk-roles-anywhere',
    mavenArtifactId: 'cdk-roles-anywhere',
  },
  publishToNuget: { dotNetNamespace: 'CdkRolesAnywhere', packageId: 'CdkRolesAnywhere' },
  publishToGo: { moduleName: 'github.com/cdk-roles-anywhere/cdk-roles-anywhere-go' },

  // Functions are bundled by scripts/bundle.ts into assets/, not into generated constructs.
  lambdaAutoDiscover: false,
  edgeLambdaAutoDiscover: false,
  singletonLambdaAutoDiscover: false,
  lambdaExtensionAutoDiscover: false,
  integrationTestAutoDiscover: false,

  devDeps: [
    '@aws-cdk/integ-runner@^2', // compares what integration tests synthesise with their snapshots
    '@aws-cdk/integ-tests-alpha@2.245.0-alpha.0', // declares those tests
    '@aws-sdk/client-acm-pca', // the functions call it where a CA is in AWS Private CA; the Lambda runtime brings it
    '@aws-sdk/client-rolesanywhere', // the functions call it; not bundled either
    '@aws-sdk/client-s3', // the same
    '@aws-sdk/client-sts', // the ordinary AWS client that demo and tests obtain credentials with
    '@peculiar/x509', // issues certificates in tests and demo, and is an oracle for src/x509
    'reflect-metadata', // @peculiar/x509 needs it loaded first
    'asl-validator', // checks the state machine of the kill switch against the States Language
    'aws-cdk-lib@2.275.0', // the newest that all package managers have
    'aws-cdk@^2.1148.1', // the real `cdk synth` in demo and tests
    'bun', // compiles the standalone signer binaries
    'cdk-nag@^3', // a second opinion on every example
    'esbuild', // bundles signer, command line and functions
    'fast-check', // property tests
    'jsonata', // runs the expressions of that state machine in tests
    'tsx', // runs the TypeScript of scripts, demo, bench and examples
  ],
  allowScripts: ['bun', 'esbuild'],

  jestOptions: {
    jestVersion: '^30',
    updateSnapshot: javascript.UpdateSnapshot.NEVER,
    junitReporting: false,
    jestConfig: {
      collectCoverage: false,
      // As in tsconfig.dev.json: the package's own name is its source.
      moduleNameMapper: {
        '^cdk-roles-anywhere$': '<rootDir>/src/index.ts',
        ...Object.fromEntries(subpaths.map((name) => [`^cdk-roles-anywhere/${name}$`, `<rootDir>/src/${name}/index.ts`])),
        // Dynamic imports name what they load as it will be called once it is compiled.
        '^(\\.{1,2}/.*)\\.js$': '$1',
      },
      // A test run on two cores next to a `cdk synth` needs more than Jest's five seconds.
      testTimeout: 60_000,
      globalSetup: '<rootDir>/test/support/run-setup.ts',
      globalTeardown: '<rootDir>/test/support/run-teardown.ts',
      maxWorkers: '100%',
      workerIdleMemoryLimit: '1500MB',
    },
  },
  eslintOptions: {
    dirs: ['src'],
    devdirs: rooms,
    commandOptions: { fix: false },
    projectService: false,
    tsconfigPath: './tsconfig.dev.json',
  },
  // bin/ is TypeScript, not programs.
  autoDetectBin: false,
  gitignore: ['/assets/', '/.bun/', '/cdk.out/', '/cdk.context.json', '*.bun-build', '/.jsii.tabl.json'],
  bin: { 'cdk-roles-anywhere': 'assets/cli/cdk-roles-anywhere.cjs' },
});

// ---- what users can import: the constructs, and the rooms beside them
project.package.addField('exports', {
  '.': { types: './lib/index.d.ts', default: './lib/index.js' },
  ...Object.fromEntries(subpaths.map((name) => [`./${name}`, { types: `./lib/${name}/index.d.ts`, default: `./lib/${name}/index.js` }])),
  './package.json': './package.json',
  './.jsii': './.jsii',
  './.warnings.jsii.js': './.warnings.jsii.js',
});
// Compilers with `moduleResolution: node` do not read "exports".
project.package.addField('typesVersions', { '*': Object.fromEntries(subpaths.map((name) => [name, [`lib/${name}/index.d.ts`]])) });

// Snapshots of integration tests are not compared by their assets.
project.gitignore.exclude('/test/integ/*.snapshot/asset.*', '/test/integ/cdk-integ.out.*');

// Users' version of constructs is theirs to choose, as that of aws-cdk-lib; the oldest is tested with.
project.addDevDeps('constructs@10.5.1');

// 1.13.0 names platform packages that were not published with it, and `npm ci` stops at those.
project.package.addPackageResolutions('unrs-resolver@1.12.2');

// The package has what users run: lib, and the bundles in assets.
for (const room of [...rooms, 'docs', 'rosetta', '.ci']) {
  project.npmignore!.exclude(`/${room}/`);
}
project.npmignore!.exclude('cdk.out', '*.bun-build', '/tsconfig.dev.json', '/projenrc/');
project.npmignore!.include('/assets/');

// jsii prints a banner on Node versions that are past their end of life, over everything else.
project.tasks.addEnvironment('JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION', 'true');

// ---- tasks: build, demo, build:signer, bench
const bundle = project.addTask('bundle', {
  description: 'Bundle the functions, the portable signer and the command line into assets/',
  exec: 'tsx scripts/bundle.ts',
});
project.postCompileTask.spawn(bundle);

// `build` ends with what a release needs; testing is a command of its own (`npm test`), so that nothing runs twice.
project.tasks.removeTask('build');
const build = project.addTask('build', { description: 'Project files, jsii, API.md and the bundles under assets/' });
build.spawn(project.defaultTask!);
build.spawn(project.preCompileTask);
build.spawn(project.compileTask);
build.spawn(project.postCompileTask);
project.buildWorkflow!.addPostBuildSteps({ name: 'test', run: 'npx projen test' });

project.addTask('build:signer', {
  description: 'Compile the standalone signer into dist/signer (default: for this machine)',
  exec: 'tsx scripts/build-signer.ts',
  receiveArgs: true,
});
project.addTask('demo', {
  description: 'From a CA certificate to a host that holds credentials, on this machine alone',
  exec: 'tsx demo/demo.ts',
  // The AWS SDK warns of Node versions that it will leave behind next.
  env: { NODE_NO_WARNINGS: '1' },
});
project.addTask('bench', {
  description: 'Print the figures of the README, each beside its peer',
  exec: 'tsx bench/bench.ts',
  receiveArgs: true,
});

const integ = (name: string, description: string, options: string) => project.addTask(name, {
  description: `${description}; build first`,
  exec: `integ-runner --language typescript --app "tsx {filePath}" --directory test/integ${options}`,
  receiveArgs: true,
  // Templates are validated by other tests.
  env: { CDK_VALIDATION: 'false' },
});
integ('integ', 'Compare what the integration tests synthesise with their snapshots', '');
integ('integ:update', 'Write the snapshots of integration tests that differ, without deploying them',
  ' --update-on-failed --dry-run --parallel-regions eu-west-1');

// Examples in doc comments and the README are compiled, and translated into the other languages.
const rosetta = project.addTask('rosetta', {
  description: 'Compile every example of README and doc comments, and translate them',
  exec: 'jsii-rosetta extract --strict',
});
project.tasks.tryFind('package-all')!.prependSpawn(rosetta);

// One configuration for the editor, eslint and the type check, over every room.
const tsconfigDev = new javascript.TypescriptConfig(project, {
  fileName: 'tsconfig.dev.json',
  extends: javascript.TypescriptConfigExtends.fromTypescriptConfigs([project.tsconfig!]),
  include: ['src/**/*.ts', ...rooms.map((room) => `${room}/**/*.ts`), '.projenrc.ts'],
  exclude: ['node_modules', '**/cdk.out'],
  compilerOptions: {
    rootDir: '.',
    noEmit: true,
    declaration: false,
    isolatedModules: true,
    // Examples import the package by its name; here that is the source, so that nothing has to be built first.
    paths: {
      'cdk-roles-anywhere': ['./src/index.ts'],
      ...Object.fromEntries(subpaths.map((name) => [`cdk-roles-anywhere/${name}`, [`./src/${name}/index.ts`]])),
    },
  },
});

// Jest runs CommonJS, so dynamic imports have to become calls of `require`.
project.tryFindObjectFile('test/tsconfig.json')!.addOverride('compilerOptions.module', 'commonjs');
project.tryFindObjectFile('test/tsconfig.json')!.addOverride('compilerOptions.moduleResolution', 'bundler');

// Type-check what jsii does not compile; Jest only strips types.
const typecheck = project.addTask('typecheck', {
  description: 'Type-check tests, signer, command line, scripts and examples',
  exec: `tsc -p ${tsconfigDev.fileName}`,
});
project.testTask.spawn(typecheck);
project.testTask.prependSpawn(bundle);

// ---- who may lean on whom (a wall that the editor shows)
const zone = (target: string | string[], from: string, except: string[], message: string) => ({ target, from, except, message });
project.eslint!.addRules({
  'import/no-restricted-paths': ['error', {
    zones: [
      zone('./src/x509', './src', ['./x509'], 'x509 is the ground floor and imports nothing'),
      zone('./src/create-session', './src', ['./create-session', './x509'], 'create-session leans on x509 only'),
      zone('./src/trust-model', './src', ['./trust-model', './x509'], 'trust-model leans on x509 only'),
      zone('./src/assembly', './src', ['./assembly'], 'assembly reads files, and leans on nothing'),
      zone('./src/kit', './src', ['./kit'], 'kits lean on nothing'),
      zone('./src/simulator', './src', ['./simulator', './assembly', './x509', './create-session', './trust-model'],
        'the simulator leans on assembly, x509, create-session and trust-model'),
      zone('./src/checks', './src', ['./checks', './assembly', './x509', './trust-model', './private', './create-session/partitions.ts'],
        'checks lean on assembly, x509, trust-model and what constructs share'),
      zone(['./src/*.ts', './src/private'], './src/simulator', [], 'constructs never import the simulator'),
      zone(['./src/*.ts', './src/private'], './src/create-session', [], 'constructs never import create-session'),
      zone('./src/private', './src', ['./private', './x509', './trust-model', './kit'], 'src/private serves the constructs, not the other way round'),
      zone('./src/credentials', './src', ['./credentials', './x509', './create-session'], 'credentials leans on x509 and create-session'),
      zone(['./src/*.ts', './src/private'], './src/credentials', [], 'constructs never import credentials'),
      zone('./signer', './src', ['./x509', './create-session', './credentials'], 'the signer leans on x509, create-session and credentials'),
      // What may be imported is decided by the same rules at synth, in the function and in the simulator, and those are in trust-model.
      zone('./lambda', './src', ['./x509', './trust-model'], 'functions lean on x509 and trust-model'),
      ...rooms.map((room) => zone('./src', `./${room}`, [], 'nothing in src imports upward')),
    ],
  }],
  'import/no-cycle': ['error'],
});
project.eslint!.addOverride({ files: ['test/**/*.ts'], rules: { 'no-bitwise': 'off' } });
// Bits are the trade of a DER reader.
project.eslint!.addOverride({
  files: ['src/x509/**/*.ts', 'src/create-session/**/*.ts'],
  rules: {
    'no-bitwise': 'off',
    'import/no-nodejs-modules': ['error'],
  },
});
// Examples are written as a user would write them: they import the package by its name, which exists after a build only.
project.eslint!.addOverride({
  files: ['examples/**/*.ts'],
  rules: { 'import/no-unresolved': 'off', 'import/no-extraneous-dependencies': 'off', 'import/order': 'off' },
});
project.eslint!.addIgnorePattern('cdk.out');

project.synth();
