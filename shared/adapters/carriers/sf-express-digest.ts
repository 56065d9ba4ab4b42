import { createHash } from 'node:crypto';

/**
 * SF's signature of a message: base64(md5(urlencode(msgData + timestamp + checkword))), where the encoding is that of forms
 * (Java's `URLEncoder`). The checkword stands at the end, behind a time stamp of digits, so neither can be lengthened into
 * the other; MD5 is SF's choice.
 */
export function digestOf(msgData: string, timestamp: string, checkword: string): string {
  const encoded = new URLSearchParams({ '': msgData + timestamp + checkword }).toString().slice(1);
  return createHash('md5').update(encoded).digest('base64');
}
