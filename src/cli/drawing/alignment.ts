/**
 * A grid of heat maps: the picture first, then once more for every word, coloured where the word was moved to by the
 * transport between words and places.
 */
import { type Pixels, resize } from '../../image/index.ts';
import type { WordAlignment } from '../../models/model.ts';
import { Canvas, type Colour } from './canvas.ts';
import { fitted, lineHeight, write } from './lettering.ts';

/** Longest side of a panel's picture. */
const longest = 256;
const gap = 12;
const columns = 4;
const [paper, ink, edge]: Colour[] = [
  [255, 255, 255],
  [20, 20, 20],
  [0, 90, 220],
];
/** How much of the strongest colour covers the picture. */
const cover = 0.7;

export interface AlignmentTitle {
  question: string;
  answer: string;
}

/** Colours are relative to the strongest place of each word, whose share stands beside the word and whose edge is blue. */
export function drawAlignment(
  picture: Pixels,
  { words, places, shares }: WordAlignment,
  title: AlignmentTitle,
): Pixels {
  const scale = longest / Math.max(picture.width, picture.height);
  const side = (length: number) => Math.max(1, Math.round(length * scale));
  const shown = resize(picture, { width: side(picture.width), height: side(picture.height) }, 'bilinear');
  const cell = { width: Math.max(shown.width, longest) + gap, height: shown.height + lineHeight + gap };
  const across = Math.min(columns, words.length + 1);
  const down = Math.ceil((words.length + 1) / across);
  const heading = gap + lineHeight;
  const canvas = new Canvas(gap + across * cell.width, heading + down * cell.height + lineHeight + gap, paper);
  write(canvas, fitted(title.question, canvas.width - 2 * gap), gap, gap, ink);

  const corner = (panel: number): [number, number] => [
    gap + (panel % across) * cell.width,
    heading + gap + Math.floor(panel / across) * cell.height,
  ];
  const label = (panel: number, text: string, end = '') => {
    const [left, top] = corner(panel);
    write(canvas, fitted(text, cell.width - gap, end), left, top + shown.height + 4, ink);
  };

  paint(canvas, shown, corner(0));
  label(0, `answer: ${title.answer}`);
  for (const [i, word] of words.entries()) {
    const strongest = shares[i].indexOf(Math.max(...shares[i]));
    const [left, top] = corner(i + 1);
    paint(canvas, shown, [left, top], heatOf(shares[i], places, shown));
    const [x1, y1, x2, y2] = inPixels(places[strongest], shown);
    canvas.outline(left + x1, top + y1, x2 - x1, y2 - y1, edge);
    label(i + 1, word, ` ${(100 * shares[i][strongest]).toFixed(1)}%`);
  }
  legend(canvas, gap, heading + gap + down * cell.height);
  return canvas.pixels();
}

type Box = WordAlignment['places'][number];

const inPixels = ([x1, y1, x2, y2]: Box, { width, height }: Pixels) =>
  [x1 * width, y1 * height, x2 * width, y2 * height].map(Math.round);

/** How strong each pixel is, from 0 to 1; where places lie over each other, the strongest counts. */
function heatOf(shares: Float32Array, places: readonly Box[], picture: Pixels): Float32Array {
  const heat = new Float32Array(picture.width * picture.height);
  const most = Math.max(...shares);
  for (const [i, place] of places.entries()) {
    const [x1, y1, x2, y2] = inPixels(place, picture);
    for (let y = y1; y < y2; y++)
      for (let x = x1; x < x2; x++) {
        const at = y * picture.width + x;
        heat[at] = Math.max(heat[at], shares[i] / most);
      }
  }
  return heat;
}

/** The picture as it is; or with its heat, in pale grey under the colours. */
function paint(canvas: Canvas, { width, height, data }: Pixels, [left, top]: [number, number], heat?: Float32Array) {
  for (let at = 0; at < width * height; at++) {
    const [red, green, blue] = data.subarray(at * 3, at * 3 + 3);
    const grey = 90 + 0.6 * (0.3 * red + 0.59 * green + 0.11 * blue);
    const colour: Colour = heat ? heated(grey, heat[at]) : [red, green, blue];
    canvas.set(left + (at % width), top + Math.floor(at / width), colour);
  }
}

/** From the grey itself through yellow to red. */
function heated(grey: number, heat: number): Colour {
  const share = cover * heat;
  const over = (part: number) => Math.round(grey * (1 - share) + part * share);
  return [over(255), over(220 * (1 - heat)), over(0)];
}

function legend(canvas: Canvas, left: number, top: number): void {
  const [from, to, width] = ['none', 'most', 160];
  write(canvas, from, left, top, ink);
  const start = left + 60;
  for (let x = 0; x < width; x++) canvas.fill(start + x, top, 1, 14, heated(200, x / (width - 1)));
  write(canvas, to, start + width + gap, top, ink);
}
