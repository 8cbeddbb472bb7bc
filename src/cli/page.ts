/** A page of pictures with their captions, in one file. */
import { InputError, reason } from '../core/errors.ts';
import { decodeImage, type ImageSource, thumbnail as shrunk } from '../image/index.ts';
import { escapeHtml } from '../train/chart.ts';

export interface PagePicture {
  name: string;
  captions: readonly string[];
  picture: ImageSource;
}

/** Longest side of a picture on the page. */
const longest = 224;

export async function picturePage(title: string, pictures: readonly PagePicture[]): Promise<string> {
  const figures: string[] = [];
  for (const { name, captions, picture } of pictures)
    figures.push(
      `<figure>${await shown(picture)}<figcaption>${captions.map(escapeHtml).join('<br>')}` +
        `<small>${escapeHtml(name)}</small></figcaption></figure>`,
    );
  return [
    '<!doctype html><html lang="en"><meta charset="utf-8">',
    `<title>${escapeHtml(title)}</title><style>${style}</style><h1>${escapeHtml(title)}</h1><main>`,
    ...figures,
    '</main></html>\n',
  ].join('\n');
}

const style = `body{font:15px system-ui;margin:2rem}main{display:flex;flex-wrap:wrap;gap:1rem}
figure{margin:0;width:${longest}px}img{max-width:100%;border:1px solid #ccc}small{display:block;color:#777}`;

/** The picture; or why it cannot be shown. */
async function shown(source: ImageSource): Promise<string> {
  try {
    return `<img src="${await thumbnail(source)}" alt="">`;
  } catch (error) {
    if (error instanceof InputError) return `<p>${escapeHtml(reason(error))}</p>`;
    throw error;
  }
}

/** The picture as a data URL, made smaller where it is large. Throws InputError when it cannot be read. */
export const thumbnail = async (source: ImageSource): Promise<string> => shrunk(await decodeImage(source), longest);
