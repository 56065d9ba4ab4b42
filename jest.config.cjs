/** One runner for everything: unit tables, properties, laptop host, journeys over HTTP. */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  transform: {
    '^.+\\.(ts|mjs|js)$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  // Middy and jose ship ES modules only.
  transformIgnorePatterns: ['/node_modules/(?!(@middy|jose)/)'],
  // Two suites and what they start share the cores; nothing is judged by how long it takes.
  testTimeout: 180_000,
  // Jest leaves one core free; on two cores that is half of them.
  maxWorkers: '100%',
  testSequencer: '<rootDir>/test/support/longest-first.cjs',
  reporters: ['default', '<rootDir>/test/support/closing-line.cjs'],
};
