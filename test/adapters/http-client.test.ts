import type { Socket } from 'node:net';
import { httpClient, jsonOf } from '../../shared/adapters/http-client';
import { partyAddress } from '../../shared/adapters/party-address';
import { rawServer } from '../support/mounted-stand-in';

describe('the HTTP client for outside parties', () => {
  const client = httpClient({ timeoutMs: 300, maxBytes: 1_000 });
  const at = (baseUrl: string) => partyAddress({ id: 'con_1', baseUrl }, 'https://party.invalid');
  const get = { method: 'GET', path: '/x', headers: {} } as const;

  test('keeps one connection for many requests', async () => {
    const sockets = new Set<Socket>();
    const server = await rawServer((incoming, outgoing) => {
      sockets.add(incoming.socket);
      outgoing.end('{}');
    });
    for (let n = 0; n < 5; n += 1) await client.send(at(server.baseUrl), get);
    expect(sockets.size).toBe(1);
    await server.close();
  });

  test('does not follow a redirect, and so shows the key to nobody else', async () => {
    const paths: (string | undefined)[] = [];
    const server = await rawServer((incoming, outgoing) => {
      paths.push(incoming.url);
      outgoing.writeHead(302, { location: '/elsewhere' }).end();
    });
    expect((await client.send(at(server.baseUrl), get)).status).toBe(302);
    expect(paths).toEqual(['/x']);
    await server.close();
  });

  test('sends the body as it is, below the base path', async () => {
    const server = await rawServer((incoming, outgoing) =>
      incoming.pipe(outgoing.writeHead(200, { path: incoming.url })),
    );
    const answer = await client.send(at(`${server.baseUrl}/base/`), { ...get, method: 'POST', body: 'ü{}' });
    expect([answer.text, answer.headers['path']]).toEqual(['ü{}', '/base/x']);
    await server.close();
  });

  test('names what went wrong', async () => {
    await expect(client.send(at('http://127.0.0.1:9'), get)).rejects.toMatchObject({ trouble: 'not_sent' });
    const silent = await rawServer(() => undefined);
    await expect(client.send(at(silent.baseUrl), get)).rejects.toMatchObject({ trouble: 'no_answer' });
    const large = await rawServer((_incoming, outgoing) => outgoing.end('x'.repeat(1_001)));
    await expect(client.send(at(large.baseUrl), get)).rejects.toMatchObject({ trouble: 'too_large' });
    const cut = await rawServer((_incoming, outgoing) => {
      outgoing.writeHead(200, { 'content-length': 100 }).write('{');
      setTimeout(() => outgoing.destroy(), 20);
    });
    await expect(client.send(at(cut.baseUrl), get)).rejects.toMatchObject({ trouble: 'no_answer' });
    expect(() => jsonOf({ status: 200, headers: {}, text: '<html>' })).toThrow(/not_json: HTTP 200/);
    await Promise.all([silent.close(), large.close(), cut.close()]);
  });

  test('speaks https to the public address unless the connection says otherwise', () => {
    expect(partyAddress({ id: 'con_1' }, 'https://api.easypost.com')).toEqual({
      protocol: 'https',
      host: 'api.easypost.com',
      port: 443,
      basePath: '',
    });
  });
});
