/** Regions over their picture, for people to look at. */
import { decodeImage, encodePng, type ImageSource } from '../../image/index.ts';
import type { FoundRegions } from './detector.ts';

const colours = ['#e6194b', '#3cb44b', '#4363d8', '#f58231', '#911eb4', '#008080', '#9a6324', '#800000'];

/** The picture as PNG with each box and, above it, what is in it and how sure that is. The surest lie on top. */
export async function drawRegions(image: ImageSource, found: FoundRegions): Promise<Uint8Array> {
  const picture = await decodeImage(image);
  const { width, height } = picture;
  const line = Math.max(1, Math.round(Math.hypot(width, height) / 400));
  const size = 7 * line;
  const marks = found.labels.map((label, i) => {
    const [x1, y1, x2, y2] = Array.from(found.boxes.data.slice(4 * i, 4 * i + 4), Number);
    const colour = colours[i % colours.length];
    const text = escaped(`${label} ${Number(found.confidence.data[i]).toFixed(2)}`);
    const above = Math.max(size + line, y1 - line);
    return (
      `<rect x="${x1}" y="${y1}" width="${x2 - x1}" height="${y2 - y1}" fill="none" stroke="${colour}" stroke-width="${line}"/>` +
      `<text x="${x1 + line}" y="${above}" font-family="sans-serif" font-weight="bold" font-size="${size}" ` +
      `fill="${colour}" stroke="white" stroke-width="${line}" paint-order="stroke">${text}</text>`
    );
  });
  const below = Buffer.from(await encodePng(picture)).toString('base64');
  const drawing =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">` +
    `<image width="${width}" height="${height}" href="data:image/png;base64,${below}"/>${marks.reverse().join('')}</svg>`;
  return encodePng(await decodeImage(new TextEncoder().encode(drawing), { name: 'the drawing of regions' }));
}

const escaped = (text: string) => text.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`);
