/** The stories of the campaign. */
import { buyerAtTheDeadline, buyerChooses, buyerSilent, shopWithoutMoney, threeTenders } from './channels';
import {
  capturedMeanwhile,
  caseRedirected,
  caseRetried,
  caseRetriedAfterRefusal,
  everybodyLooks,
  intakeInAnyOrder,
  notCaptured,
  parcelMoves,
  withdrawal,
} from './desk';
import { carrierNeverSays, labelRefused, labelVoided } from './parcels';
import { instant, partialThenRest, storeCreditBeside } from './plain';
import { notesAtOnce, refusedAfterBounce } from './documents';
import { doubleClick, oneParcel, refusedTwice, shipVersusCancel, twoRequests } from './races';
import { bounced, latePayment, pendingAndFailing, pendingThenSettled, webhookFirst } from './refunds';
import type { Scenario } from './scenario';
import { halfCaptured, refusedForGood, retriedTooEarly } from './undone';
import {
  approved,
  approvedAtTheDeadline,
  declined,
  graceRunsOut,
  graceWithdrawn,
  graceWithdrawnAtTheEnd,
  silence,
  silenceDeclines,
} from './waiting';

export const scenarios: readonly Scenario[] = [
  instant,
  storeCreditBeside,
  partialThenRest,
  graceRunsOut,
  graceWithdrawn,
  graceWithdrawnAtTheEnd,
  approved,
  declined,
  approvedAtTheDeadline,
  silence,
  silenceDeclines,
  labelVoided,
  labelRefused,
  carrierNeverSays,
  notesAtOnce,
  refusedAfterBounce,
  pendingThenSettled,
  pendingAndFailing,
  webhookFirst,
  bounced,
  latePayment,
  shipVersusCancel,
  twoRequests,
  doubleClick,
  refusedTwice,
  oneParcel,
  caseRetried,
  caseRetriedAfterRefusal,
  caseRedirected,
  notCaptured,
  capturedMeanwhile,
  withdrawal,
  intakeInAnyOrder,
  parcelMoves,
  everybodyLooks,
  refusedForGood,
  halfCaptured,
  retriedTooEarly,
  buyerChooses,
  buyerSilent,
  buyerAtTheDeadline,
  shopWithoutMoney,
  threeTenders,
];
