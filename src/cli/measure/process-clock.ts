/** A clock for what this process does on one thread. */

/**
 * Seconds on the wall, and CPU seconds of this process. On an idle machine they agree; on a busy one the processor's leave out what other processes
 * got. Runtimes here use one thread, so that no two threads count at once.
 */
export function processClock(): readonly number[] {
  const { user, system } = process.cpuUsage();
  return [performance.now() / 1000, (user + system) / 1e6];
}

/** The system counts in microseconds: a run that is shorter than this is timed several at a time. */
export const SHORTEST = 2e-5;

export const CLOCK_NOTE = "times are of one thread; what other programs take of the processor meanwhile is not in them";
