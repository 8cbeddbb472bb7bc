/** Letters of five by seven dots, so that a label looks the same on every machine, also where no fonts are installed. */
import type { Canvas, Colour } from './canvas.ts';

/** From the space to the tilde: seven rows a letter, each a digit of base 32 whose bits are the dots from left to right. */
const rows = [
  '0000000 4444404 aa00000 aavavaa 4fke5u4 op248j3 cik8lid 4480000 2488842 8422248 04lel40 044v440 0000448 000e000 00000cc 122488g',
  'ehjlphe 4c4444e eh1248v v2421he 26aiv22 vgu11he 68guhhe v124888 ehhehhe ehhf12c 0cc0cc0 0cc0448 248g842 00v0v00 8421248 eh12404',
  'ehnlmge ehhvhhh uhhuhhu ehggghe sihhhis vgguggv vgguggg ehgnhhf hhhvhhh e44444e 72222ic hikokih ggggggv hrllhhh hhpljhh ehhhhhe',
  'uhhuggg ehhhlid uhhukih fgge11u v444444 hhhhhhe hhhhha4 hhhllla hha4ahh hhha444 v1248gv e88888e g884221 e22222e 4ah0000 000000v',
  '8420000 00e1fhf ggmphhu 00egghe 11djhhf 00ehvge 698s888 0fhhf1e ggmphhh 40c444e 20622ic ggikoki c44444e 00qllhh 00mphhh 00ehhhe',
  '00uhugg 00djf11 00mpggg 00ege1u 88s8896 00hhhjd 00hhha4 00hhlla 00ha4ah 00hhf1e 00v248v 2448442 4444444 8442448 008l200',
];
const letters = rows.flatMap((row) => row.split(' '));
/** For what is not a letter of these. */
const box = 'vhhhhhv';

/** Pixels a dot. */
const dot = 2;
/** Five dots and one of space. */
const advance = 6 * dot;
export const lineHeight = 10 * dot;

/** Writes a line from its top left, cut at the canvas. Accents are left out. */
export function write(canvas: Canvas, text: string, left: number, top: number, colour: Colour): void {
  const plain = [...text.normalize('NFD').replace(/\p{M}/gu, '')];
  for (const [i, character] of plain.entries()) {
    const glyph = letters[(character.codePointAt(0) as number) - 32] ?? box;
    for (const [y, row] of [...glyph].entries())
      for (let x = 0; x < 5; x++)
        if ((Number.parseInt(row, 32) >> (4 - x)) & 1)
          canvas.fill(left + i * advance + x * dot, top + y * dot, dot, dot, colour);
  }
}

/** The text and its end; where they are wider than `width` pixels, the text is cut and gets two dots. */
export function fitted(text: string, width: number, end = ''): string {
  const most = Math.floor(width / advance) - end.length;
  return (text.length > most ? `${text.slice(0, Math.max(0, most - 2))}..` : text) + end;
}
