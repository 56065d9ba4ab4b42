/** One counterexample is enough to notice a change; looking for the least one takes longer than all other tests. */
const { configureGlobal } = require('fast-check');

configureGlobal({ endOnFailure: true });
