/**
 * Pictures: decoding to RGB, resizing as Pillow does, and the processors that turn pixels into model inputs.
 *
 *     const processor = imageProcessor(preprocessorConfig);
 *     const pixelValues = processor(await decodeImage('cat.jpg')); // float32 [3, h, w]
 */
import { imageReader } from './decode.ts';
import { nodePlatform } from './node.ts';

export const { decodeImage, decodeFrames } = imageReader(nodePlatform);

export { type ProcessorSettings, type ProcessorType, readProcessorConfig, type SizeRule } from './config.ts';
export { type DecodeOptions, type FrameOptions, type ImageReader, imageReader } from './decode.ts';
export { encodePng, nodePlatform } from './node.ts';
export { PictureReader } from './picture-reader.ts';
export { MAX_PIXELS, type Pixels, pixels } from './pixels.ts';
export type { ImageHeader, ImagePlatform } from './platform.ts';
export { type ImageProcessor, imageProcessor, type PixelBatch } from './processor.ts';
export { type ResampleFilter, resize } from './resample.ts';
export { type ImageSource, isPixels } from './source.ts';
export { thumbnail } from './thumbnail.ts';
