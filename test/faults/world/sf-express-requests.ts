/** Requests to SF's gateway and its answers, as far as the world has to understand them. */

interface Request {
  readonly body: string;
}

export const serviceOf = ({ body }: Request): string => new URLSearchParams(body).get('serviceCode') ?? '';

/** A wish to stop a parcel: which one, and under which number SF knows the request. */
export interface WishToStop {
  readonly kind: 'void' | 'interception';
  readonly parcel: string;
  readonly key: string;
}

/** @returns undefined for a request that stops nothing */
export function wishToStop(request: Request): WishToStop | undefined {
  const kind = kinds.get(serviceOf(request));
  if (kind === undefined) return undefined;
  const form = new URLSearchParams(request.body);
  const wish = JSON.parse(form.get('msgData') ?? '{}') as { orderId?: string; waybillNo?: string };
  return { kind, parcel: wish.waybillNo ?? wish.orderId ?? '', key: form.get('requestID') ?? '' };
}

const kinds: ReadonlyMap<string, WishToStop['kind']> = new Map([
  ['EXP_RECE_UPDATE_ORDER', 'void'],
  ['EXP_RECE_WANTED_INTERCEPT', 'interception'],
]);

/** HTTP 200 whatever happened: the outcome is JSON inside the JSON. */
export function isSuccess(answer: string): boolean {
  const { apiResultData } = JSON.parse(answer) as { apiResultData: string | null };
  return (JSON.parse(apiResultData ?? '{}') as { success?: boolean }).success === true;
}
