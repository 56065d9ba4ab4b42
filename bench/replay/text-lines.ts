import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';

export interface TextLine {
  /** Counted from 1, as editors do. */
  number: number;
  text: string;
}

/** A longer "line" is not text; without a limit a binary file would be read into memory whole. */
const LONGEST_LINE = 1_000_000;

/** The lines of a plain or gzipped text file, in bunches, without keeping more than one chunk of it in memory. */
export async function* linesOf(file: string): AsyncGenerator<TextLine[]> {
  let number = 0;
  let rest = '';
  for await (const chunk of await openText(file)) {
    const texts = (rest + String(chunk)).split('\n');
    rest = texts.pop() ?? '';
    if (rest.length > LONGEST_LINE) throw new Error(`line ${number + texts.length + 1} is too long for a text file`);
    yield texts.map((text) => ({ number: (number += 1), text: withoutReturn(text) }));
  }
  if (rest !== '') yield [{ number: number + 1, text: withoutReturn(rest) }];
}

/** Gzip is told by its first two bytes, not by the file's name. */
async function openText(file: string): Promise<NodeJS.ReadableStream> {
  const handle = await open(file, 'r');
  const head = Buffer.alloc(2);
  try {
    await handle.read(head, 0, 2, 0);
  } finally {
    await handle.close();
  }
  const source = createReadStream(file);
  if (head.readUInt16BE(0) !== 0x1f8b) return source.setEncoding('utf8');
  const unzipped = createGunzip();
  source.on('error', (error) => unzipped.destroy(error));
  unzipped.on('close', () => source.destroy());
  return source.pipe(unzipped).setEncoding('utf8');
}

function withoutReturn(text: string): string {
  return text.endsWith('\r') ? text.slice(0, -1) : text;
}
