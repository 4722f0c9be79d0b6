import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineCutter } from './output-lines.ts';
import { residentBytes } from './process-memory.ts';

function linesOf(chunks: readonly Uint8Array[]): string[] {
  const lines: string[] = [];
  const cutter = lineCutter((line) => lines.push(line));
  for (const chunk of chunks) cutter.write(chunk);
  cutter.end();
  return lines;
}

describe('cutting output into lines', () => {
  it('gives the same lines however the bytes arrive', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme' }).filter((line) => !/[\r\n]/.test(line))),
        fc.array(fc.nat(8), { minLength: 1 }),
        (lines, sizes) => {
          const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(''));
          const chunks: Uint8Array[] = [];
          let start = 0;
          for (let index = 0; start < bytes.length; index++) {
            const end = start + (sizes[index % sizes.length] ?? 0) + 1;
            chunks.push(bytes.subarray(start, end));
            start = end;
          }
          expect(linesOf(chunks)).toEqual(lines);
        },
      ),
    );
  });

  it('knows the line ends of Windows and an unfinished last line', () => {
    expect(linesOf([Buffer.from('one\r\ntwo\nthree')])).toEqual(['one', 'two', 'three']);
  });

  it('passes on an endless line in pieces', () => {
    const lines = linesOf([Buffer.alloc(150_000, 'x')]);
    expect(lines.map((line) => line.length)).toEqual([65_536, 65_536, 18_928]);
  });
});

describe('the memory of a process', () => {
  it.runIf(process.platform === 'linux')('is what the process itself measures, within 20 %', () => {
    const ratio = (residentBytes(process.pid) ?? 0) / process.memoryUsage.rss();
    expect(ratio).toBeGreaterThan(0.8);
    expect(ratio).toBeLessThan(1.2);
  });

  it('of a process that is not there is unknown', () => {
    expect(residentBytes(0)).toBeUndefined();
  });
});
