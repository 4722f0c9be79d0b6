import stringWidth from 'string-width';

const ESCAPE = String.fromCharCode(27);
const SGR = new RegExp(`${ESCAPE}\\[[0-9;]*m`, 'y');
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Columns that a text takes on a terminal; colour codes take none. */
export function displayWidth(text: string): number {
  return stringWidth(text);
}

/**
 * Cuts a text to at most `width` columns, with `…` where something was lost. Colours are closed.
 *
 * @example
 * truncate('validation', 6) // 'valid…'
 */
export function truncate(text: string, width: number): string {
  if (width <= 0) return '';
  if (displayWidth(text) <= width) return text;
  let kept = '';
  let used = 0;
  let isColored = false;
  let at = 0;
  while (at < text.length) {
    SGR.lastIndex = at;
    const code = SGR.exec(text)?.[0];
    if (code !== undefined) {
      kept += code;
      isColored = true;
      at += code.length;
      continue;
    }
    const next = text.indexOf(ESCAPE, at + 1);
    const run = text.slice(at, next < 0 ? text.length : next);
    for (const { segment } of graphemes.segment(run)) {
      const columns = displayWidth(segment);
      if (used + columns > width - 1) return `${kept}…${isColored ? `${ESCAPE}[0m` : ''}`;
      kept += segment;
      used += columns;
    }
    at += run.length;
  }
  return kept;
}

/** Fills up with spaces to `width` columns. */
export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return align === 'left' ? text + space : space + text;
}

/** Breaks a text between words into lines of at most `width` columns. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && displayWidth(longer) > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  if (line !== '') lines.push(line);
  return lines;
}

/** Text of a foreign program without control codes that would move the cursor; tabs become spaces. */
export function plainText(text: string): string {
  let plain = '';
  for (const character of text.replaceAll('\t', '  ')) {
    const code = character.charCodeAt(0);
    if (code >= 32 && code !== 127) plain += character;
  }
  return plain;
}
