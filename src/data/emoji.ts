/**
 * Reads the emoji packages (development dependencies): which emoji exist, what they are called in English and Japanese,
 * and where each vendor's drawing of one lies. Node only.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { reason, UsageError } from '../core/errors.ts';
import { type Concept, conceptId, type Domain, type EmojiEntry, groupOf, sideOf, superclassOf } from './concepts.ts';
import { coreExtras, phrases } from './names.ts';
import { nounPhrase } from './phrases.ts';
import { emojioneAliases, fxemojiAliases } from './vendor-names.ts';

export const vendors = ['twitter', 'google', 'fluent', 'emojione', 'fxemoji'] as const;
export type Vendor = (typeof vendors)[number];

/** A drawing to render: a file, or SVG text. */
export type Drawing = { file: string } | { svg: string };

interface DatasourceEmoji {
  unified: string;
  image: string;
  category: string;
  subcategory: string;
  sort_order: number;
}

interface IconSet {
  icons: Record<string, { body: string; width?: number; height?: number }>;
  aliases?: Record<string, { parent: string }>;
  width?: number;
  height?: number;
}

interface Annotations {
  annotations: Record<string, { default?: string[]; tts?: string[] }>;
}

const fromHere = createRequire(import.meta.url);

/** A JSON file of a package, or an error that says which package to install. */
function packageJson<T>(packageName: string, path: string): T {
  try {
    return JSON.parse(readFileSync(packageFile(packageName, path), 'utf8'));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${packageName}/${path} cannot be read: ${reason(error)}`);
  }
}

function packageFile(packageName: string, path: string): string {
  try {
    return join(dirname(fromHere.resolve(`${packageName}/package.json`)), path);
  } catch {
    throw new UsageError(
      `the picture set is built from the npm package ${packageName}, which is not installed; run npm install with development dependencies`,
    );
  }
}

const objectCategories = new Set(['Animals & Nature', 'Food & Drink', 'Travel & Places', 'Activities', 'Objects']);

/** Writing, arrows and signs are left out: their pictures are glyphs on a coloured square. */
const symbolSubcategories = new Set(['geometric', 'zodiac', 'religion']);

function domainOf({ category, subcategory }: DatasourceEmoji): Domain | undefined {
  if (objectCategories.has(category)) return 'object';
  if (category === 'People & Body') return 'person';
  if (category === 'Smileys & Emotion') return subcategory === 'heart' ? 'symbol' : 'face';
  return category === 'Symbols' && symbolSubcategories.has(subcategory) ? 'symbol' : undefined;
}

/** Clock faces that differ only in the time; two of them stand for "a clock" (names.ts). */
const clockTime = /o’clock$|-thirty$/;
const keptClocks = new Set(['ten o’clock', 'three o’clock']);

function annotations(locale: string): (text: string) => { default?: string[]; tts?: string[] } | undefined {
  const full = packageJson<{ annotations: Annotations }>(
    'cldr-annotations-full',
    `annotations/${locale}/annotations.json`,
  ).annotations.annotations;
  const derived = packageJson<{ annotationsDerived: Annotations }>(
    'cldr-annotations-derived-full',
    `annotationsDerived/${locale}/annotations.json`,
  ).annotationsDerived.annotations;
  // CLDR writes its keys without the variation selector that asks for the coloured form.
  return (text) =>
    full[text] ?? full[text.replace(/\uFE0F/g, '')] ?? derived[text] ?? derived[text.replace(/\uFE0F/g, '')];
}

/** Every emoji that the set draws, with the concept it belongs to. Skin tones and mirrored forms are left out. */
export function emojiEntries(): EmojiEntry[] {
  const english = annotations('en');
  const japanese = annotations('ja');
  const keywords = packageJson<Record<string, string[]>>('emojilib', 'dist/emoji-en-US.json');
  const concepts = new Map<string, Concept>();
  const entries: EmojiEntry[] = [];
  const source = packageJson<DatasourceEmoji[]>('emoji-datasource-twitter', 'emoji.json');
  for (const emoji of source.sort((a, b) => a.sort_order - b.sort_order)) {
    const domain = domainOf(emoji);
    const text = String.fromCodePoint(...emoji.unified.split('-').map((code) => Number.parseInt(code, 16)));
    const name = english(text)?.tts?.[0];
    if (!domain || !name || /: facing right$/.test(name)) continue;
    if (clockTime.test(name) && !keptClocks.has(name)) continue;
    const phrase = phrases.has(name) ? phrases.get(name) : nounPhrase(name);
    if (!phrase) continue;
    const id = conceptId(phrase);
    const words = [
      ...(english(text)?.default ?? []),
      ...(keywords[text] ?? keywords[text.replace(/\uFE0F/g, '')] ?? []),
    ]
      .map((word) => word.replace(/_/g, ' ').toLowerCase())
      .filter((word) => /^[a-z][a-z '-]+$/.test(word));
    const known = concepts.get(id);
    if (known) known.keywords = [...new Set([...known.keywords, ...words])];
    const group = groupOf(phrase);
    const concept = known ?? {
      id,
      phrase,
      ja: japanese(text)?.tts?.[0] ?? '',
      keywords: [...new Set(words)],
      subcategory: emoji.subcategory,
      superclass: superclassOf(emoji.subcategory),
      domain,
      core: domain === 'object' || coreExtras.has(phrase),
      group,
      side: sideOf(group),
    };
    concepts.set(id, concept);
    entries.push({ code: emoji.image.replace(/\.png$/, ''), name, concept });
  }
  return entries;
}

const slug = (name: string): string =>
  name
    .toLowerCase()
    .normalize('NFD')
    .replace(/[\u0300-\u036f’'.]/g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

function icon(set: IconSet, key: string): Drawing | undefined {
  const found = set.icons[key] ?? set.icons[set.aliases?.[key]?.parent ?? ''];
  if (!found) return undefined;
  const [width, height] = [found.width ?? set.width ?? 16, found.height ?? set.height ?? 16];
  return {
    svg: `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 ${width} ${height}">${found.body}</svg>`,
  };
}

/** Finds a vendor's drawings by emoji; undefined where the vendor has none under a name that matches. */
export function drawingsOf(vendor: Vendor): (entry: EmojiEntry) => Drawing | undefined {
  if (vendor === 'twitter' || vendor === 'google') {
    const folder = packageFile(`emoji-datasource-${vendor}`, `img/${vendor}/64`);
    return ({ code }) => ({ file: join(folder, `${code}.png`) });
  }
  const packages = { fluent: 'fluent-emoji-flat', emojione: 'emojione', fxemoji: 'fxemoji' } as const;
  const set = packageJson<IconSet>(`@iconify-json/${packages[vendor]}`, 'icons.json');
  if (vendor === 'fxemoji') return ({ name }) => icon(set, fxemojiAliases[slug(name)] ?? slug(name).replace(/-/g, ''));
  if (vendor === 'emojione') return ({ name }) => icon(set, emojioneAliases[slug(name)] ?? slug(name));
  const names = packageJson<Record<string, string>>('@iconify-json/fluent-emoji-flat', 'chars.json');
  return ({ code }) => icon(set, names[code] ?? names[code.replace(/-fe0f/g, '')] ?? '');
}
