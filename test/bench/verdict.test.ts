import { missesOf, sentenceOf } from '../../bench/cost/verdict';

const budget = { dollarsPerMillion: 25, transitions: 0, writeUnits: 18 };

describe('a verdict', () => {
  it('finds nothing wrong with what is just within its budget', () => {
    expect(missesOf(budget, budget)).toEqual([]);
  });

  it('names each figure that is above, and by how much', () => {
    const misses = missesOf({ dollarsPerMillion: 30.5, transitions: 6, writeUnits: 18 }, budget);
    expect(misses).toEqual([
      { what: 'dollarsPerMillion', counted: 30.5, budget: 25, over: 5.5 },
      { what: 'transitions', counted: 6, budget: 0, over: 6 },
    ]);
  });

  it('says which item is the largest where money is missed', () => {
    const [miss] = missesOf({ ...budget, dollarsPerMillion: 30 }, budget);
    if (miss === undefined) throw new Error('no miss');
    const bill = [
      { name: 'Events', dollars: 20 },
      { name: 'Logs', dollars: 10 },
    ];
    expect(sentenceOf('instant', miss, bill)).toBe(
      'instant misses its budget of 25 dollars per million by 5.0; the largest item is Events, $20.00',
    );
  });
});
