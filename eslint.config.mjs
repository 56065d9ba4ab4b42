// What reviewers would otherwise have to repeat: the direction of dependencies, a domain without clock and chance,
// and the mistakes that types alone do not catch.
import { createNodeResolver, importX } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

const shared = ['domain', 'ports', 'flows', 'adapters', 'edge'];

/** `folder` may import from itself and from `allowed`; anything else of ours is out of its sight. */
const zone = (folder, allowed, message) => ({
  target: `./${folder}`,
  from: './',
  except: [folder, ...allowed, 'node_modules'].map((each) => `./${each}`),
  message,
});

const zones = [
  zone('shared/domain', [], 'The domain imports nothing outside itself.'),
  zone('shared/ports', ['shared/domain'], 'Ports speak the words of the domain only.'),
  zone('shared/flows', ['shared/ports', 'shared/domain'], 'What several doors do is told in ports and domain words.'),
  zone('shared/adapters', ['shared/ports', 'shared/domain'], 'An adapter knows its port and the domain.'),
  zone(
    'shared/edge',
    ['shared/wiring.ts', 'shared/ports', 'shared/domain'],
    'The edge reaches adapters through wiring.',
  ),
  zone(
    'shared/wiring.ts',
    ['shared/adapters', 'shared/ports', 'shared/domain'],
    'Wiring builds adapters; it knows nothing of those who use them.',
  ),
  {
    target: './functions',
    from: './functions',
    message: 'No function knows another: what several do is in shared/flows, the order of things in the machines.',
  },
  zone(
    'functions',
    ['shared/flows', 'shared/edge', 'shared/wiring.ts', 'shared/ports', 'shared/domain'],
    'A function asks wiring for what it names; adapters stay behind their ports.',
  ),
  ...['infra/*.ts', 'infra/constructs', 'infra/stages', 'infra/local'].map((target) => ({
    ...zone('infra', [], 'Infrastructure knows functions by file name only.'),
    target: `./${target}`,
  })),
];

/** Packages that have one place in the house. */
const homes = [
  { regex: '^@middy/', message: 'Only shared/edge knows middy.', home: ['shared/edge'] },
  { regex: '^(aws-cdk-lib|constructs|cdk-nag)(/|$)', message: 'Only infra knows the CDK.', home: ['infra'] },
  {
    regex: '^(@aws-sdk|@smithy)/',
    message: 'Only adapters call AWS; wiring makes their clients.',
    home: ['shared/adapters', 'shared/wiring.ts', 'infra/local'],
    // The edge takes apart what Lambda hands over, and stream images are in the database's own notation.
    except: { 'shared/edge': '^(@aws-sdk/(?!util-dynamodb$)|@smithy/)' },
  },
  { regex: '^stripe(/|$)', message: 'Only its adapter knows the provider.', home: ['shared/adapters/payments'] },
];
const zodMini = {
  name: 'zod',
  message: "`import * as z from 'zod/mini'`: 20 KB in a bundle where 'zod' is 90, and `{ z }` 455.",
};

/** ESLint does not add these up over blocks, so each folder gets its whole list. */
const packagesFor = (folder, more = []) => ({
  files: folder.endsWith('.ts') ? [folder] : [`${folder}/**/*.ts`],
  rules: {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      {
        paths: [zodMini],
        patterns: [
          ...homes
            .filter(({ home }) => !home.some((each) => folder.startsWith(each)))
            .map(({ regex, message, except = {} }) => ({
              regex: except[folder] ?? regex,
              message,
              allowTypeImports: folder in except,
            })),
          ...more,
        ],
      },
    ],
  },
});

const syntax = (selector, message) => ({ selector, message });
const namedZod = syntax(
  "ImportDeclaration[source.value='zod/mini'] > ImportSpecifier[importKind!='type']",
  "`import * as z from 'zod/mini'`, or nothing can be shaken off.",
);
const environment = syntax("MemberExpression[object.name='process'][property.name='env']", 'Only wiring reads it.');
const timeAndChance = [
  syntax("CallExpression[callee.object.name='Date'][callee.property.name='now']", 'Time is an argument named now.'),
  syntax("NewExpression[callee.name='Date'][arguments.length=0]", 'Time is an argument named now.'),
  syntax("CallExpression[callee.name='Date']", 'Time is an argument named now.'),
  syntax("MemberExpression[object.name='performance']", 'Time is an argument named now.'),
  syntax("CallExpression[callee.object.name='Math'][callee.property.name='random']", 'Ids are derived, not drawn.'),
  syntax('CallExpression[callee.property.name=/^random(UUID|Bytes|Int)$/]', 'Ids are derived, not drawn.'),
  syntax('ImportExpression', 'The domain loads nothing.'),
];
const forbid = (files, ...selectors) => ({ files, rules: { 'no-restricted-syntax': ['error', ...selectors] } });

export default tseslint.config(
  { ignores: ['node_modules/', 'dist/', 'cdk.out/', 'coverage/', '.local/', 'reports/', '**/*.d.ts'] },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX },
    settings: {
      'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'] })],
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/prefer-readonly': 'error',
      // A port's method is asynchronous whether or not this adapter has to wait.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      'import-x/no-cycle': ['error', { maxDepth: 6 }],
      'import-x/no-default-export': 'error',
      'import-x/no-restricted-paths': ['error', { zones }],
      eqeqeq: 'error',
      'no-console': ['error', { allow: ['warn', 'error'] }],
      'no-var': 'error',
      'prefer-const': 'error',
    },
  },
  packagesFor('functions'),
  packagesFor('infra'),
  packagesFor('infra/local'),
  ...shared.map((name) => packagesFor(`shared/${name}`)),
  packagesFor('shared/adapters/payments'),
  packagesFor('shared/wiring.ts'),
  packagesFor('shared/domain', [{ regex: '^[^.]', message: 'The domain imports no package and no built-in.' }]),
  // The one exception: ids are derived by hashing.
  packagesFor('shared/domain/ids.ts', [
    { regex: '^(?!node:crypto$)[^.]', message: 'Of all packages, only node:crypto, and only here.' },
  ]),
  forbid(['functions/**/*.ts', 'shared/**/*.ts'], namedZod, environment),
  forbid(['shared/domain/**/*.ts'], namedZod, environment, ...timeAndChance),
  forbid(['shared/wiring.ts'], namedZod),
  {
    // Programs for a terminal speak to it, and two files write the functions' log.
    files: ['infra/**/*.ts', 'bench/**/*.ts', 'test/**/*.ts', 'shared/edge/{log,metric}.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    // What a test reads from a recording or a template has no type worth writing down.
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
);
