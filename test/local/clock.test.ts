import { HostClock, VirtualClock } from '../../infra/local/clock';

describe('the host clock', () => {
  test('shows real time, or a time of its own that goes on', () => {
    expect(Math.abs(new HostClock().now() - Date.now())).toBeLessThan(1_000);
    const past = new HostClock({ startAt: Date.UTC(2020, 0, 1) });
    expect(past.now()).toBeGreaterThanOrEqual(Date.UTC(2020, 0, 1));
    expect(past.offset).toBeLessThan(0);
  });

  test('moving fires what fell due on the way, in order of time', () => {
    const clock = new HostClock({ startAt: 0 });
    const fired: string[] = [];
    clock.at(3_000_000_000, () => fired.push('in 34 days'));
    clock.at(60_000, () => fired.push('in a minute'));
    clock.at(50_000, () => fired.push('cancelled'))();
    clock.at(9_000_000_000, () => fired.push('later'));
    clock.moveTo(4_000_000_000);
    expect(fired).toEqual(['in a minute', 'in 34 days']);
    clock.stop();
  });

  test('tells the new offset before anything fires', () => {
    const seen: unknown[] = [];
    const clock = new HostClock({
      startAt: 0,
      onMove: (offset) => seen.push(Math.round((offset + Date.now()) / 1_000)),
    });
    clock.at(5_000, () => seen.push('fired'));
    clock.moveTo(60_000);
    expect(seen).toEqual([60, 'fired']);
  });

  test('does not go back', () => {
    const clock = new HostClock();
    expect(() => clock.moveTo(clock.now() - 10_000)).toThrow(RangeError);
  });

  test('fires in real time, in a later turn for what has passed', async () => {
    const clock = new HostClock();
    let fired = false;
    clock.at(clock.now() - 5, () => {
      fired = true;
    });
    expect(fired).toBe(false);
    await new Promise<void>((resolve) => clock.at(clock.now() + 20, resolve));
    expect(fired).toBe(true);
  });
});

describe('the virtual clock', () => {
  test('stops at each timer until what it woke has run', async () => {
    const clock = new VirtualClock(0);
    const times: number[] = [];
    const wait = (ms: number): Promise<void> => new Promise((resolve) => clock.at(clock.now() + ms, resolve));
    const walk = async (): Promise<void> => {
      for (let step = 0; step < 3; step += 1) {
        await wait(100);
        times.push(clock.now());
      }
    };
    await clock.runUntil(walk());
    expect(times).toEqual([100, 200, 300]);
  });

  test('moves only as far as it is told', async () => {
    const clock = new VirtualClock(0);
    let fired = 0;
    clock.at(100, () => {
      fired += 1;
    });
    await clock.advanceBy(99);
    expect([clock.now(), fired]).toEqual([99, 0]);
    await clock.advanceBy(1);
    expect([clock.now(), fired]).toEqual([100, 1]);
  });

  test('says so when no time could bring about what is awaited', async () => {
    await expect(new VirtualClock().runUntil(new Promise(() => undefined))).rejects.toThrow('Nothing is left');
  });
});
