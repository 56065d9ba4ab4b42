import { partsOf } from '../../bench/bundles';
import { loadText } from '../../bench/load';
import { speedText } from '../../bench/speed';
import { short, table } from '../../bench/table';

describe('a table', () => {
  it('aligns names to the left and figures to the right', () => {
    expect(
      table([
        ['a', '1'],
        ['long name', '22'],
      ]),
    ).toBe('  a           1\n  long name  22');
  });

  it('writes no zeros behind the point', () => {
    expect([short(17), short(16.5), short(16.54), short(0.0125, 4)]).toEqual(['17', '16.5', '16.5', '0.0125']);
  });
});

describe('the parts of a bundle', () => {
  it('are packages, also nested ones, and our own code', () => {
    const parts = partsOf({
      'shared/edge/http.ts': { bytesInOutput: 1024 },
      'functions/api/get-order.ts': { bytesInOutput: 1024 },
      'node_modules/@aws-sdk/core/a.js': { bytesInOutput: 3072 },
      'node_modules/stripe/node_modules/qs/b.js': { bytesInOutput: 512 },
    });
    expect(parts).toEqual([
      { name: '@aws-sdk/core', kilobytes: 3 },
      { name: 'ours', kilobytes: 2 },
      { name: 'qs', kilobytes: 0.5 },
    ]);
  });
});

describe('what is said', () => {
  it('of load, when a function is above its budget', () => {
    const functions = [
      { name: 'slow', ms: 60, ratio: 3 },
      { name: 'quick', ms: 30, ratio: 1.5 },
    ];
    expect(loadText({ rounds: 5, emptyMs: 20, budget: 2.5, functions })).toContain(
      '1 of 2 miss the budget, the worst by 0.5 x',
    );
    expect(loadText({ rounds: 5, emptyMs: 20, budget: 3, functions })).toContain('every budget is kept');
  });

  it('of speed, one line per concurrency', () => {
    const run = {
      perSecond: 9.87,
      p50Ms: 80.4,
      p95Ms: 120,
      p99Ms: 200,
      errors: 0,
      later: 1,
      coldStarts: 0,
      failedCalls: 2,
    };
    const text = speedText({ requests: 200, workers: 4, runs: [{ concurrency: 8, ...run }] });
    expect(text.split('\n').at(-1)?.trim().split(/\s+/)).toEqual(['8', '9.9', '80', '120', '200', '0', '1', '0', '2']);
  });
});
