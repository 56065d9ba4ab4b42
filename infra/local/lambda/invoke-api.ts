/** Lambda's own Invoke call, for whoever uses its SDK client. */
import { ApiError } from '../api-error';
import type { HttpAnswer, HttpRequest } from '../http/payload';
import type { Functions } from './functions';

/** POST /2015-03-31/functions/{name}/invocations */
export async function invokeOverHttp(
  functions: Functions,
  { method, path, message, body }: HttpRequest,
): Promise<HttpAnswer> {
  const [, name] = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(path) ?? [];
  if (!name || method !== 'POST') throw ApiError.unsupported(`lambda: ${method} ${path}`);
  const event = body.length === 0 ? '{}' : body.toString();
  try {
    JSON.parse(event);
  } catch (error) {
    throw new ApiError('InvalidRequestContentException', `Could not parse request body into json: ${String(error)}`);
  }
  const type = message.headers['x-amz-invocation-type'] ?? 'RequestResponse';
  const called = decodeURIComponent(name);
  if (type === 'DryRun') return { status: 204, headers: {}, body: '' };
  if (type === 'Event') {
    await functions.invokeAsync(called, event);
    return { status: 202, headers: {}, body: '' };
  }
  const { payload, error, requestId } = await functions.invoke(called, event);
  return {
    status: 200,
    headers: {
      'content-type': 'application/json',
      'x-amzn-requestid': requestId,
      'x-amz-executed-version': '$LATEST',
      ...(error ? { 'x-amz-function-error': 'Unhandled' } : {}),
    },
    body: payload,
  };
}
