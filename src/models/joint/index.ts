/** Models that read a text and see a picture together, opened for questions. */
export { OpenedJoint } from './opened.ts';
export { compileHead, traceHead } from './programs.ts';
export type { Head, JointSource } from './source.ts';
export { rankFromMatch, secondPictureFromFirst } from './start.ts';
export { jointTasks } from './tasks.ts';
