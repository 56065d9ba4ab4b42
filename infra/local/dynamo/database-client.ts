/** A keep-alive client of the local database: bytes in, bytes out. The SDK would cost more than the query. */
import { Agent, request } from 'node:http';
import { type Json, record, text } from '../json';
import { ApiError } from '../api-error';

export interface RawAnswer {
  readonly status: number;
  readonly body: Buffer;
}

export class DatabaseClient {
  /** Told when the database could not write its file. */
  onWriteError: (message: string) => void = () => undefined;

  private readonly agent = new Agent({ keepAlive: true, maxSockets: 64, scheduling: 'lifo' });

  constructor(
    private readonly port: number,
    private readonly region: string,
  ) {}

  /** Sends one operation as it came, e.g. `DynamoDB_20120810.PutItem`. */
  send(target: string, body: Buffer | string): Promise<RawAnswer> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          host: '127.0.0.1',
          port: this.port,
          method: 'POST',
          path: '/',
          agent: this.agent,
          headers: {
            'content-type': 'application/x-amz-json-1.0',
            'content-length': Buffer.byteLength(body),
            'x-amz-target': target,
            // The database checks no signature, but wants the parts of one.
            'x-amz-date': '20260101T000000Z',
            authorization: `AWS4-HMAC-SHA256 Credential=laptop/20260101/${this.region}/dynamodb/aws4_request, SignedHeaders=host, Signature=0`,
          },
        },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('end', () => {
            const status = answer.statusCode ?? 500;
            const whole = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
            if (status >= 500) this.look(whole.toString());
            resolve({ status, body: whole });
          });
          answer.on('error', reject);
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  /** Sends a DynamoDB operation and reads its answer; an error answer rejects as `ApiError`. */
  async call(operation: string, input: unknown): Promise<Json> {
    return this.read(await this.send(`DynamoDB_20120810.${operation}`, JSON.stringify(input)));
  }

  /** The same for an operation of DynamoDB Streams. */
  async callStreams(operation: string, input: unknown): Promise<Json> {
    return this.read(await this.send(`DynamoDBStreams_20120810.${operation}`, JSON.stringify(input)));
  }

  /** A full disk or a failing one is no fault of one request: nothing will work from now on. */
  private look(message: string): void {
    if (/disk|readonly database|unable to open|malformed/i.test(message))
      this.onWriteError(/"message":"([^"]*)"/.exec(message)?.[1] ?? message);
  }

  close(): void {
    this.agent.destroy();
  }

  private read({ status, body }: RawAnswer): Json {
    const answer = record(JSON.parse(body.toString() || '{}'));
    if (status === 200) return answer;
    const { __type: type, message, Message, ...detail } = answer;
    const code = (text(type) ?? 'InternalServerError').replace(/^.*#/, '');
    throw new ApiError(code, text(message) ?? text(Message) ?? body.toString(), status, detail);
  }
}
