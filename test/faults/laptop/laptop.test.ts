/** A slice of `npm run faults -- laptop`: seeds on the laptop host with the real engine of the tables. */
import { runOnLaptop } from './campaign';

it('fifteen seeds hold on the laptop host as they do in memory', async () => {
  const { broken, struck, calls, cancellations, faults } = await runOnLaptop({ seeds: 15, from: 0, parallel: 15 });
  expect(broken).toEqual([]);
  // Were nothing struck, or nothing cancelled, nothing would have been tried.
  expect(struck).toBeGreaterThan(25);
  expect(Object.keys(faults).length).toBeGreaterThan(8);
  expect(calls).toBeGreaterThan(750);
  expect(cancellations['closed']).toBeGreaterThan(5);
}, 300_000);
