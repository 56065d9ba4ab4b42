import type { Fault } from './plan';
import { Stem, Ways } from './stem';

const fault = (at: number): Fault => ({ at, kind: 'conflict' });
const places = (picked: { faults: readonly Fault[] } | undefined) => picked?.faults.map(({ at }) => at);

describe('A stem', () => {
  test('gives the leaf that is reached first, by way of its branches too, and each once', () => {
    const root = Stem.root();
    const branch = root.branch(fault(3), true);
    for (const at of [2, 9]) root.leaf(fault(at));
    for (const at of [4, 7]) branch.leaf(fault(at));
    expect(branch.plan).toEqual([fault(3)]);
    const picked = Array.from({ length: 5 }, () => places(root.pick(0)));
    expect(picked).toEqual([[2], [3, 4], [3, 7], [9], undefined]);
  });

  test('gives nothing that a run has passed, or that lies too far ahead', () => {
    const root = Stem.root();
    root.branch(fault(3), true).leaf(fault(8));
    root.leaf(fault(6));
    expect(root.pick(6)).toBeUndefined();
    expect(root.pick(0, 2)).toBeUndefined();
    expect(places(root.pick(0, 3))).toEqual([3, 8]);
  });
});

describe('From a state where a run has been', () => {
  const root = Stem.root();
  const branch = root.branch(fault(3), true);
  const ways = new Ways();
  ways.add(root, [
    { digest: 100, count: 1 },
    { digest: 101, count: 10 },
  ]);
  ways.add(branch, [{ digest: 200, count: 5 }]);
  branch.end = { digest: 101, count: 12 };

  test('the next leaf is so many calls ahead as it is there', () => {
    root.leaf(fault(14));
    expect(ways.onward(101, 3)).toBeUndefined();
    expect(ways.onward(101, 4)).toEqual({ stem: root, faults: [fault(14)], shift: -10 });
  });

  test('a run that ended where another had been is gone on with as that one', () => {
    root.leaf(fault(14));
    // Seven calls to its end, and four from there.
    expect(ways.onward(200, 10)).toBeUndefined();
    expect(ways.onward(200, 11)).toEqual({ stem: root, faults: [fault(14)], shift: 7 - 10 });
  });

  test('nothing follows where no run has been', () => {
    root.leaf(fault(14));
    expect(ways.onward(300, 100)).toBeUndefined();
  });
});
