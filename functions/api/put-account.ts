import * as z from 'zod/mini';
import { refuse } from '../../shared/domain/refusal';
import { httpHandler, ok } from '../../shared/edge/http';
import { accounts } from '../../shared/wiring';

/** PUT /v1/accounts/{id}: whether a customer's account is in good standing, with every merchant of the tenant. */
export const handler = httpHandler({
  roles: ['system'],
  body: z.strictObject({ standing: z.enum(['good', 'blocked']) }),
  ports: () => ({ accounts: accounts() }),
  async handle({ caller, body, params }, ports) {
    const id = params['id'] ?? '';
    if (caller.merchantId !== undefined) {
      return refuse('role_not_allowed', 'An account is the whole tenant’s; the token is for one merchant.');
    }
    if (!/^[A-Za-z0-9._:@-]{1,100}$/.test(id))
      return refuse('invalid_field', 'It is not an account id.', { param: 'id' });
    await ports.accounts.put(caller.tenant, id, body.standing);
    return ok({ id, object: 'account', standing: body.standing });
  },
});
