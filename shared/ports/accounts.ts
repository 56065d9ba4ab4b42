export type Standing = 'good' | 'blocked';

export interface Accounts {
  /** An account that nobody has told us about is in good standing. */
  standing(tenant: string, accountId: string): Promise<Standing>;
  put(tenant: string, accountId: string, standing: Standing): Promise<void>;
}

/** What identifies a person. The only place for it; everything else holds the pseudonym. */
export interface Person {
  customerId: string;
  name?: string;
  email?: string;
  locale?: string;
  address?: string;
}

export interface People {
  put(tenant: string, person: Person): Promise<void>;
}
