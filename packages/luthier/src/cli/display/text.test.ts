import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { palette } from './colors.ts';
import { progressBar } from './progress-bar.ts';
import { sparkline } from './sparkline.ts';
import { renderTable } from './table.ts';
import { displayWidth, pad, plainText, truncate, wrap } from './text.ts';
import { typescriptLiteral } from './typescript-literal.ts';

const red = palette(true).bad;

describe('truncate', () => {
  it('cuts with an ellipsis and leaves short text alone', () => {
    expect([truncate('validation', 6), truncate('valid', 5), truncate('abc', 0)]).toEqual([
      'valid…',
      'valid',
      '',
    ]);
  });

  it('counts no colour code and closes colours that it cuts', () => {
    expect(truncate(red('validation'), 6)).toBe('\u001b[31mvalid…\u001b[0m');
    expect(truncate(red('valid'), 5)).toBe(red('valid'));
  });

  it('never cuts a wide character in half', () => {
    expect(truncate('日本語', 4)).toBe('日…');
  });

  it('is never wider than asked', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 6 }).map(plainText),
      fc.constant('日本'),
      fc.constant('👩‍👩‍👧'),
    );
    const colored = fc.tuple(piece, fc.boolean()).map(([text, isRed]) => (isRed ? red(text) : text));
    fc.assert(
      fc.property(fc.array(colored, { maxLength: 8 }), fc.integer({ min: 0, max: 30 }), (pieces, width) => {
        expect(displayWidth(truncate(pieces.join(''), width))).toBeLessThanOrEqual(width);
      }),
    );
  });
});

describe('pad, wrap and plainText', () => {
  it('pads by what is seen', () => {
    expect([pad('ab', 4), pad('ab', 4, 'right'), pad('日', 3)]).toEqual(['ab  ', '  ab', '日 ']);
  });

  it('breaks between words only', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrap('  ', 7)).toEqual([]);
  });

  it('drops codes that would move the cursor', () => {
    expect(plainText('a\u001b[2Jb\tc\u0007')).toBe('a[2Jb  c');
  });
});

describe('sparkline', () => {
  it('spreads values over eight levels', () => {
    expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7])).toBe('▁▂▃▄▅▆▇█');
    expect(sparkline([3, 3])).toBe('▄▄');
    expect(sparkline([])).toBe('');
  });

  it('shows what is not finite as a cross, without squashing the rest', () => {
    expect(sparkline([0, 7, Number.NaN, Number.POSITIVE_INFINITY])).toBe('▁█××');
    expect(sparkline([Number.NaN])).toBe('×');
  });

  it('keeps the last value of each part of a long curve', () => {
    expect(sparkline([0, 7, 0, 7, 7, 0], 3)).toBe('██▁');
  });
});

describe('progressBar', () => {
  it('is exact to an eighth', () => {
    expect(progressBar(0.5, 5)).toEqual({ done: '██▌', left: '──' });
    expect(progressBar(0, 3)).toEqual({ done: '', left: '───' });
    expect(progressBar(1, 3)).toEqual({ done: '███', left: '' });
    expect(progressBar(Number.NaN, 3)).toEqual({ done: '', left: '───' });
  });

  it('is as wide as asked for every fraction', () => {
    fc.assert(
      fc.property(fc.double({ min: -1, max: 2 }), fc.integer({ min: 1, max: 40 }), (fraction, width) => {
        const { done, left } = progressBar(fraction, width);
        expect(displayWidth(done + left)).toBe(width);
      }),
    );
  });
});

describe('renderTable', () => {
  const columns = [
    { title: 'trial', align: 'right' as const },
    { title: 'note', leftOut: 1 },
    { title: 'x' },
  ];

  it('aligns columns', () => {
    expect(
      renderTable(
        columns,
        [
          ['#1', 'good', '0.5'],
          ['#12', '', '1'],
        ],
        { title: (text) => text },
      ),
    ).toEqual(['trial  note  x', '   #1  good  0.5', '  #12        1']);
  });

  it('leaves out what may be left out before it cuts', () => {
    const narrow = renderTable(columns, [['#1', 'good', '0.5']], { title: (text) => text, width: 12 });
    expect(narrow).toEqual(['trial  x', '   #1  0.5']);
    expect(renderTable(columns, [['#1', 'good', '0.5']], { title: (text) => text, width: 6 })).toEqual([
      'trial…',
      '   #1…',
    ]);
  });
});

describe('typescriptLiteral', () => {
  it('is code that evaluates to the parameters', () => {
    const params = { hidden1: 320, 'drop-out': 0.30000000000000004, optimizer: "ad'am\\\n", log: true };
    const code = typescriptLiteral('best', params).join('\n').replace(' as const', '');
    expect(new Function(`${code}; return best;`)()).toEqual(params);
  });

  it('is formatted as the house formats code', () => {
    expect(typescriptLiteral('best', { hidden1: 320, kind: 'a' })).toEqual([
      'const best = {',
      '  hidden1: 320,',
      "  kind: 'a',",
      '} as const;',
    ]);
  });
});
