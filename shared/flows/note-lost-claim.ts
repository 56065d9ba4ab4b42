import type { LostClaim } from '../domain/cancellation';
import type { Refusal } from '../domain/refusal';
import type { CancellationStore } from '../ports/cancellation-store';
import { changeCancellation } from './change-cancellation';

/** More are no news: whoever has come so often knows. */
const keptAtMost = 20;

/**
 * Notes with the cancellation that has won a race for units that a parcel came second, once for each parcel: so that both sides can
 * see later who won, and when. What was refused is refused in any case; a claim that lost against nobody is not noted.
 */
export async function noteLostClaim(
  cancellations: CancellationStore,
  at: { tenant: string; orderId: string },
  { code, facts }: Refusal,
  lost: LostClaim,
): Promise<void> {
  const winner = facts?.['winner'];
  if (code !== 'units_cancelled' || typeof winner !== 'string') return;
  await changeCancellation(cancellations, { ...at, cancellationId: winner }, (before) => {
    const { lostClaims = [] } = before;
    if (lostClaims.length >= keptAtMost || lostClaims.some(({ ref }) => ref === lost.ref)) return undefined;
    const entry = { actor: lost.actor, step: 'claim-shipment', outcome: 'lost', at: lost.at };
    return { after: { ...before, lostClaims: [...lostClaims, lost] }, entry };
  });
}
