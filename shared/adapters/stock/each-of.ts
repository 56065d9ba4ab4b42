import type { StockRelease } from '../../ports/stock-keeper';

/** Movements under way together: enough to fill the wait for an answer. */
const atOnce = 16;

/** Moves lines side by side: real orders have a thousand. @returns those of which `isRefused` says so */
export async function eachOf(
  lines: readonly StockRelease[],
  isRefused: (line: StockRelease) => Promise<boolean>,
): Promise<StockRelease[]> {
  const refused: StockRelease[] = [];
  const queue = lines.values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const line of queue) if (await isRefused(line)) refused.push(line);
    }),
  );
  return refused;
}
