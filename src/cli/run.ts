/** Runs one command line from its arguments to its exit code; no fault leaves as anything but one line. */
import { CommanderError } from 'commander';
import { reason, SightreadError, UsageError } from '../core/errors.ts';
import { program } from './program.ts';
import { complain, type Session } from './session.ts';

/** 0: all went well; 1: something failed; 2: the command line makes no sense; 130: stopped by Ctrl-C. */
export async function run(argv: readonly string[], io: Omit<Session, 'exitCode'>): Promise<number> {
  const session: Session = { ...io, exitCode: 0 };
  try {
    await program(session).parseAsync([...argv], { from: 'user' });
    return session.exitCode;
  } catch (error) {
    return explain(error, session);
  }
}

function explain(error: unknown, session: Session): number {
  // Commander has already written what it has to say.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (session.signal.aborted) {
    complain(session, 'stopped');
    return 130;
  }
  if (session.env.SIGHTREAD_DEBUG === '1' && error instanceof Error) session.stderr.write(`${error.stack}\n`);
  if (error instanceof SightreadError) complain(session, reason(error));
  else complain(session, `${reason(error)} (a fault of sightread itself; SIGHTREAD_DEBUG=1 shows where)`);
  return error instanceof UsageError ? 2 : 1;
}
