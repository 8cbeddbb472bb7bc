/**
 * From decoded samples to RGB by the rules of Pillow's `convert('RGB')`, behind which the checkpoints were trained.
 * Decoders have their own ideas (colour management, compositing, scaling 16 bits down), so they are asked for the
 * samples as stored.
 */

/** RGBA → RGB. Alpha is dropped, never composited: Pillow does not look at it. */
export function dropAlpha(rgba: Uint8Array): Uint8Array {
  const out = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    out[to] = rgba[from];
    out[to + 1] = rgba[from + 1];
    out[to + 2] = rgba[from + 2];
  }
  return out;
}

/** 16-bit grey → RGB. Values over 255 are clipped, not shifted down, so most such pictures come out nearly white. */
export function clipGrey16(grey: Uint16Array): Uint8Array {
  const out = new Uint8Array(grey.length * 3);
  for (let i = 0; i < grey.length; i++) out.fill(Math.min(grey[i], 255), i * 3, i * 3 + 3);
  return out;
}

/** CMYK (255 = full ink) → RGB without a colour profile: (255 − ink)(255 − black) / 255, rounded as Pillow rounds. */
export function cmykToRgb(cmyk: Uint8Array): Uint8Array {
  const out = new Uint8Array((cmyk.length / 4) * 3);
  for (let from = 0, to = 0; from < cmyk.length; from += 4) {
    const light = 255 - cmyk[from + 3];
    for (let ink = 0; ink < 3; ink++) {
      // Pillow's MULDIV255: a product over 255, rounded, in integer steps.
      const product = cmyk[from + ink] * light + 128;
      out[to++] = light - (((product >> 8) + product) >> 8);
    }
  }
  return out;
}
