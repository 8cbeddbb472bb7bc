/** Regions of pictures: detectors that find them, the files that hold them, and drawings of them. */
export type { DetectOptions, FoundRegions, RegionDetector } from './detector.ts';
export { drawRegions } from './draw.ts';
export { defaultDetector, type OpenDetectorOptions, openDetector } from './open.ts';
export { checkNames, describeRegions, fileNameOf, writeFound, writeResult } from './write.ts';
