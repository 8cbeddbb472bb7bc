/** What a detector of regions offers, whichever it is. n regions, f numbers of a feature. */
import type { ImageSource } from '../../image/index.ts';
import type { RegionSet } from '../uniter/regions.ts';

/** Regions with what the detector calls them; surest first, all with area inside the picture. */
export interface FoundRegions extends RegionSet {
  confidence: NonNullable<RegionSet['confidence']>;
  labels: string[];
  /** The likeliest attribute of each region, where the detector knows attributes. */
  attributes?: { name: string; probability: number }[];
}

export interface DetectOptions {
  /** Regions this sure are kept, from 0 to 1. Default 0.2. */
  threshold?: number;
  /** At least so many, as far as the detector finds any, however unsure. Default 10. */
  min?: number;
  /** At most so many. Default 100. */
  max?: number;
  signal?: AbortSignal;
  /** Called as regions are looked at. */
  onProgress?: (done: number, all: number) => void;
}

export interface RegionDetector extends AsyncDisposable {
  /** As it was asked for. */
  readonly id: string;
  /** Names of the classes, without the background. */
  readonly classes: readonly string[];
  /** Numbers of a feature. */
  readonly width: number;
  /** Throws InputError where the picture cannot be read, or shows nothing that the options let pass. */
  detect(image: ImageSource, options?: DetectOptions): Promise<FoundRegions>;
  release(): Promise<void>;
}
