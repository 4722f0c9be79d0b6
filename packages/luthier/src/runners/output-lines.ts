import { StringDecoder } from 'node:string_decoder';

/** A line longer than this is passed on in pieces. */
const MAX_LINE_LENGTH = 65_536;

/** Cuts a stream of bytes into lines of text; `end` passes on an unfinished last line. */
export interface LineCutter {
  write(chunk: Uint8Array): void;
  end(): void;
}

/** A cutter that calls `onLine` with each line, without its line end (`\n` or `\r\n`). */
export function lineCutter(onLine: (line: string) => void): LineCutter {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const take = (text: string): void => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
    while (rest.length > MAX_LINE_LENGTH) {
      onLine(rest.slice(0, MAX_LINE_LENGTH));
      rest = rest.slice(MAX_LINE_LENGTH);
    }
  };
  return {
    write: (chunk) => take(decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))),
    end: () => {
      take(decoder.end());
      if (rest !== '') onLine(rest);
      rest = '';
    },
  };
}
