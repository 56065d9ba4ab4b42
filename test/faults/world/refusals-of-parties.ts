/** How each party says that it was asked too much, and that it has failed inside: in its own format. */
import type { PartyName } from './settings';

interface Words {
  readonly tooMany: object;
  readonly failed: object;
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
};
