import type { StrayClosed, StrayRefund } from '../domain/stray-refund';

/** Refunds that our books do not have, kept until a person has closed them and after. */
export interface StrayRefunds {
  /** Opens it once, however often it is found. @returns `known` when it was, open or closed */
  open(stray: StrayRefund): Promise<'opened' | 'known'>;
  find(tenant: string, id: string): Promise<StrayRefund | undefined>;
  /** @returns `lost` when somebody else has closed it */
  close(stray: StrayRefund, closed: StrayClosed): Promise<'closed' | 'lost'>;
}
