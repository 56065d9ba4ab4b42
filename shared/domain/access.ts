import type { Role } from './cancellation';

/** Who is calling, as their token says; the tenant is never taken from anywhere else. */
export interface Caller {
  tenant: string;
  role: Role;
  /** For a customer the pseudonym that his orders carry. */
  subject: string;
  /** Merchants: whose staff it is. A system that has one acts for that merchant alone, else for the whole tenant. */
  merchantId?: string;
}

/** Whether a caller may see something of a merchant and customer of his own tenant. Missing data opens nothing. */
export function maySee(caller: Caller, thing: { merchantId: string; customerId: string }): boolean {
  switch (caller.role) {
    case 'customer':
      return caller.subject !== '' && caller.subject === thing.customerId;
    case 'merchant':
      return caller.merchantId !== undefined && caller.merchantId !== '' && caller.merchantId === thing.merchantId;
    case 'system':
      return caller.merchantId === undefined || caller.merchantId === thing.merchantId;
    case 'support':
    case 'platform':
      return true;
  }
}
