/**
 * Pictures of installed Debian packages: clip art in the public domain, which training may use, and Tux Paint's stamps
 * (GPL-2), which are shown to the model in tests only and never leave the machine. Node only.
 */
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import type { Concept } from './concepts.ts';
import type { Drawing } from './emoji.ts';
import { drawnStamps, rejectedClipart } from './judged-by-eye.ts';
import { labeller } from './labels.ts';

export const clipartFolder = '/usr/share/openclipart/svg';
export const stampsFolder = '/usr/share/tuxpaint/stamps';

/** A drawing with what it shows, before it is rendered. */
export interface Candidate {
  concept: Concept;
  source: string;
  drawing: Drawing;
  /** True for a photo cut-out. */
  photo?: boolean;
}

/** Folders of the clip art that hold icons, signs, maps and patterns instead of things. */
const noThings =
  /^(computer\/(buttons|connectors|diagrams|folders|icons|network|games)|shapes|buttons|logos|special|signs_and_symbols\/(flags|map_symbols|hazard|led|disability)|transportation\/(aiga-symbols|roadsigns)|recreation\/(religion|games\/cards)|unsorted|education\/books\/..)/;

function files(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name);
      const stat = lstatSync(path);
      if (stat.isSymbolicLink()) return [];
      return stat.isDirectory() ? files(path) : [path];
    });
}

/** Public-domain clip art whose title is certain. Empty where the package is not installed. */
export function clipartCandidates(concepts: readonly Concept[]): Candidate[] {
  const label = labeller(concepts);
  return files(clipartFolder).flatMap((file) => {
    const source = relative(clipartFolder, file);
    if (!file.endsWith('.svg') || noThings.test(source) || rejectedClipart.has(source)) return [];
    const text = readFileSync(file, 'utf8');
    if (!/licenses?\/publicdomain|PublicDomain/i.test(text)) return [];
    const keywords = [...text.matchAll(/<rdf:li>([^<]+)/g)].map(([, word]) => word.toLowerCase());
    const concept = label(clipartTitle(file, text, keywords), keywords);
    return concept ? [{ concept, source, drawing: { file } }] : [];
  });
}

/** The title where the file's name or a keyword bears it out (many titles are those of other files), or ''. */
function clipartTitle(file: string, text: string, keywords: string[]): string {
  const title = (/<dc:title>([^<]*)/.exec(text)?.[1] ?? '').replace(/^Clipart by [^-]* - /, '');
  const name = basename(file, '.svg').toLowerCase();
  const words = title
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word.length > 2);
  const borneOut = words.some((word) => name.includes(word.slice(0, 5)));
  const said = words.some((word) => keywords.some((keyword) => keyword.startsWith(word.slice(0, 5))));
  return borneOut || (said && /clipart by/i.test(title) === false && !/nosmoke|various/i.test(title)) ? title : '';
}

/** Folders of stamps that show writing, signs or coins. */
const noStamps = /^(symbols|town\/(flags|roadsigns)|military\/ammunition)/;

/** Stamps whose caption names a concept. Empty where the package is not installed. */
export function stampCandidates(concepts: readonly Concept[]): Candidate[] {
  const label = labeller(concepts);
  const all = files(stampsFolder);
  const stems = new Set<string>();
  return all.flatMap((file) => {
    const source = relative(stampsFolder, file);
    const stem = source.replace(/\.(png|svg)$/, '');
    if (stem === source || noStamps.test(source) || /_mirror|_flip/.test(stem) || stems.has(stem)) return [];
    const captions = join(stampsFolder, `${stem}.txt`);
    if (!existsSync(captions)) return [];
    const caption = readFileSync(captions, 'utf8').split('\n')[0].split('.')[0];
    const concept = label(caption.replace(/\(.*?\)/g, ''));
    if (!concept) return [];
    stems.add(stem);
    return [{ concept, source, drawing: { file }, photo: source.endsWith('.png') && !drawnStamps.has(source) }];
  });
}
