/** How each party says that it was asked too much, that it has failed inside, and what it wants to hear: in its own format. */
import type { PartyName } from './settings';

interface Words {
  /** HTTP status of both; absent: 429 and 500. */
  readonly status?: number;
  readonly tooMany: object;
  readonly failed: object;
  /** What it takes for our word that a webhook is here; absent: any text will do. */
  readonly taken?: string;
}

export const wordsOf: Readonly<Record<PartyName, Words>> = {
  stripe: {
    tooMany: { error: { type: 'invalid_request_error', code: 'rate_limit', message: 'Too many requests.' } },
    failed: { error: { type: 'api_error', message: 'An error occurred.' } },
  },
  easypost: {
    tooMany: { error: { code: 'RATE_LIMITED', message: 'Too many requests.', errors: [] } },
    failed: { error: { type: 'api_error', message: 'An error occurred.' } },
  },
  adyen: {
    tooMany: {
      status: 429,
      errorCode: '000',
      message: 'HTTP Status Response - Too many requests',
      errorType: 'security',
    },
    failed: { status: 500, errorCode: '905', message: 'An internal error occurred.', errorType: 'internal' },
  },
  wechat_pay: {
    tooMany: { code: 'FREQUENCY_LIMITED', message: '频率超限' },
    failed: { code: 'SYSTEM_ERROR', message: '系统错误' },
  },
  // HTTP 200 whatever happened: https://open.sf-express.com/developSupport/976720?activeIndex=146623
  sf_express: {
    status: 200,
    tooMany: { apiErrorMsg: '流量受控', apiResponseID: '0', apiResultCode: 'A1005', apiResultData: null },
    failed: { apiErrorMsg: '系统异常', apiResponseID: '0', apiResultCode: 'A1099', apiResultData: null },
    taken: '{"return_code":"0000"}',
  },
};
