/** A slice of the kill campaign that fits every run of the tests, and its command line. */
import { killCommand } from './command';
import { runKillCampaign } from './kill-campaign';
import { moments, plansOf } from './plan';
import { mixOf, scenarios } from './scenarios';

const onlyHere = process.env['JOURNEYS_BASE_URL'] === undefined ? it : it.skip;

onlyHere(
  'kill -9 during forty concurrent cancellations: everything accepted completes after the restart, once',
  async () => {
    const report = await runKillCampaign({ rounds: 1, cancellations: 40, seed: 16 });
    expect(report.rounds.flatMap(({ violations }) => violations)).toEqual([]);
    expect(report.notExercised).toEqual([]);
    expect(report.totals).toMatchObject({ accepted: 40, completed: 40, kills: 3 });
    expect(report.held).toBe(true);
  },
  600_000,
);

describe('The plan', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(plansOf(20, 1)).toEqual(plansOf(20, 1));
    expect(plansOf(20, 1)).not.toEqual(plansOf(20, 2));
  });

  it.each([2, 3, 5, 7, 20])('of %d rounds strikes in every moment, and in every round', (rounds) => {
    for (let seed = 0; seed < 50; seed += 1) {
      const plans = plansOf(rounds, seed);
      expect(new Set(plans.flat().map(({ moment }) => moment))).toEqual(new Set(moments));
      expect(plans.every((strikes) => strikes.length > 0)).toBe(true);
    }
  });

  it('has every scenario in every twenty cancellations', () => {
    expect(scenarios.reduce((sum, { of20 }) => sum + of20, 0)).toBe(20);
    expect(new Set(mixOf(20, () => 0.5))).toEqual(new Set(scenarios));
  });
});

describe('The command', () => {
  const said = { stdout: '', stderr: '' };
  beforeEach(() => {
    Object.assign(said, { stdout: '', stderr: '' });
    for (const name of ['stdout', 'stderr'] as const)
      jest.spyOn(process[name], 'write').mockImplementation((text) => Boolean((said[name] += String(text))));
  });
  afterEach(() => jest.restoreAllMocks());

  it('explains itself', async () => {
    expect(await killCommand(['--help'])).toBe(0);
    expect(said.stdout).toContain('--cancellations NUMBER');
  });

  it.each([
    [['--rounds', 'many'], '--rounds takes a whole number'],
    [['--cancellations', '5'], '--cancellations takes a whole number from 20'],
    [['--speed'], "'--speed'"],
    [['now'], 'now'],
  ])('answers %j with a sentence and code 2', async (args, sentence) => {
    expect(await killCommand(args)).toBe(2);
    expect(said.stderr).toContain(sentence);
    expect(said.stdout).toBe('');
  });
});
