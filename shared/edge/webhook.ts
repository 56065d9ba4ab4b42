import middy from '@middy/core';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { SignatureInvalid } from '../domain/faults';
import { isRefusal, refuse, type Refusal } from '../domain/refusal';
import type { Instant } from '../domain/time';
import type { Connection, Connections } from '../ports/connections';
import type { Acknowledgement } from '../ports/payment-channel';
import { now } from '../wiring';
import { rawBody } from './http';
import { log } from './log';
import { problem, type HttpReply } from './problem';

/** A door for one kind of outside party. Nothing of the request is believed before its signature has verified. */
export interface Webhook<Ports extends { connections: Connections }> {
  /** Name of the path parameter that names the provider. */
  provider: 'channel' | 'carrier';
  ports: () => Ports;
  handle(request: WebhookRequest, ports: Ports): Promise<Refusal | undefined>;
  /** What a connection's provider wants to read when its message was taken; absent or undefined: our own words will do. */
  acknowledgement?(connection: Connection, ports: Ports): Acknowledgement | undefined;
}

export interface WebhookRequest {
  connection: Connection;
  /** The bytes as sent. */
  rawBody: Uint8Array;
  headers: Record<string, string | undefined>;
  now: Instant;
}

const ownWords: Acknowledgement = { contentType: 'application/json', body: '{"received":true}' };

/** Providers send small bodies; a larger one is not theirs. */
const bodyLimit = 256 * 1024;

export function webhookHandler<Ports extends { connections: Connections }>(webhook: Webhook<Ports>) {
  return middy<APIGatewayProxyEventV2, HttpReply, Error, Context>()
    .use(lastResort)
    .handler(async (event: APIGatewayProxyEventV2): Promise<HttpReply> => {
      const answer = await receive(webhook, event);
      if (isRefusal(answer)) return problem(answer, { path: event.rawPath, requestId: event.requestContext.requestId });
      return { statusCode: 200, headers: { 'content-type': answer.contentType }, body: answer.body };
    });
}

async function receive<Ports extends { connections: Connections }>(
  webhook: Webhook<Ports>,
  event: APIGatewayProxyEventV2,
): Promise<Refusal | Acknowledgement> {
  const ports = webhook.ports();
  const body = rawBody(event);
  if (body.length > bodyLimit) return refuse('body_too_large', `The limit is ${bodyLimit} bytes.`);
  const connection = await ports.connections.find(event.pathParameters?.['connectionId'] ?? '');
  if (connection === undefined || connection.provider !== event.pathParameters?.[webhook.provider]) {
    return refuse('not_found', 'There is no such connection.');
  }
  try {
    const answer = await webhook.handle({ connection, rawBody: body, headers: event.headers, now: now() }, ports);
    return answer ?? webhook.acknowledgement?.(connection, ports) ?? ownWords;
  } catch (error) {
    if (!(error instanceof SignatureInvalid)) throw error;
    log('warn', { event: 'signature_invalid', connection: connection.id, requestId: event.requestContext.requestId });
    return refuse('signature_invalid', 'No live secret of this connection signs this body at this time.');
  }
}

const lastResort: middy.MiddlewareObj<APIGatewayProxyEventV2, HttpReply, Error, Context> = {
  onError: (request) => {
    const { rawPath, requestContext } = request.event;
    log('error', { event: 'unexpected', path: rawPath, requestId: requestContext.requestId, error: request.error });
    request.response = problem(refuse('internal_error', 'It is not your fault.'), {
      path: rawPath,
      requestId: requestContext.requestId,
    });
  },
};
