/** The last line of a test run: how many tests passed, failed and were skipped. */
import { writeSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    let passed = 0;
    let failed = unhandled.length;
    let skipped = 0;
    for (const module of modules) {
      let tests = 0;
      for (const test of module.children.allTests()) {
        tests++;
        const { state } = test.result();
        if (state === "passed") passed++;
        else if (state === "failed") failed++;
        else skipped++;
      }
      // a file that cannot be loaded, or a hook that fails, has no test that says so
      if (module.state() === "failed" && (tests === 0 || module.errors().length > 0)) failed++;
    }
    process.once("exit", () => writeSync(1, `${passed} passed, ${failed} failed, ${skipped} skipped\n`));
  }
}
