/** `lwmc devices`: the devices that can be priced. None is yet, and it says so. */
import type { ExitCode } from "./environment.ts";
import { out } from "./output.ts";

export async function devices(options: { readonly json?: boolean }): Promise<ExitCode> {
  if (options.json) out(`${JSON.stringify({ schema: 1, devices: [] }, null, 2)}\n`);
  else {
    out("No device is priced yet: latency, ram, flash and energy are not known for any.\n");
    out("What every network has without one: params, macs, flops, weights and activations; `lwmc explain activations` says what they count.\n");
  }
  return 0;
}
