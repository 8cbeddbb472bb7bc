/** What a command reads from and writes to. The process has one; a test makes its own and looks at what came out. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface Session {
  readonly stdin: AsyncIterable<Uint8Array | string> & { readonly isTTY?: boolean };
  /** Results, and nothing else. */
  readonly stdout: Output;
  /** Progress, warnings, faults, summaries. */
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** 0, or what a command that ran to its end with something to complain about has set. */
  exitCode: number;
}

/** One line about something that went wrong. */
export const complain = ({ stderr }: Pick<Session, 'stderr'>, message: string): void => {
  stderr.write(`error: ${message}\n`);
};
