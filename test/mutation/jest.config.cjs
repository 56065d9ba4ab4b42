/**
 * The tests of the domain alone, for mutation testing: a rule is proved where it is written, in a table that a reader
 * finds, and not by chance through a door three floors up.
 */
const { transform, transformIgnorePatterns } = require('../../jest.config.cjs');

module.exports = {
  rootDir: '../..',
  testEnvironment: 'node',
  roots: ['<rootDir>/test/domain'],
  testMatch: ['**/*.test.ts'],
  transform,
  transformIgnorePatterns,
  testSequencer: '<rootDir>/test/mutation/quick-first.cjs',
  // Stryker looks for `jest-circus` in this name.
  testRunner: '<rootDir>/test/mutation/jest-circus-until-noticed.cjs',
  setupFiles: ['<rootDir>/test/mutation/setup.cjs'],
};
