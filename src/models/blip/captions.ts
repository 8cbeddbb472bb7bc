/** Captions, with or without words that they start with. */
import type { ImageSource } from '../../image/index.ts';
import type { Caption, CaptionOptions } from '../model.ts';
import { checkStream, wordIds, writeTexts } from '../writing.ts';
import type { OpenedBlip } from './opened.ts';

export const captions = (opened: OpenedBlip) => ({
  async caption(images: readonly ImageSource[], { prompt = '', ...options }: CaptionOptions = {}): Promise<Caption[]> {
    checkStream(images.length, options);
    // The text program opens while the pictures are decoded and seen.
    const opening = opened.program('text');
    const [{ seen }, tokenizer] = await Promise.all([opened.see(images, options), opened.tokenizer(), opening]);
    const decoder = await opened.decoder(await opened.remember('decoder', seen, options.signal));
    const start = [opened.config.bos, ...wordIds(tokenizer, prompt)];
    const { eos, pad, text } = opened.config;
    const writer = { decoder, tokenizer, eos, pad, positions: text.positions };
    return await writeTexts(writer, { prompts: images.map(() => start), hidden: 1 }, options);
  },
});
