/** `lwmc check` of EfficientNet-B7 as a cold process, by its library name and as a file of the user's, against `node -e 0`. */
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bin, interleaved, node, option, printRatios, root } from "./measure.mjs";

const work = mkdtempSync(join(tmpdir(), "lwm-bench-"));
try {
  const file = join(work, "efficientnet.lwm");
  copyFileSync(join(root, "stdlib", "networks", "efficientnet.lwm"), file);
  const times = await interleaved(Number(option("pairs", 30)), {
    "node -e 0": () => node(["-e", "0"]),
    "lwmc check EfficientNetB7": () => node([bin, "check", "EfficientNetB7"]),
    "lwmc check efficientnet.lwm#EfficientNetB7": () => node([bin, "check", `${file}#EfficientNetB7`]),
  });
  printRatios("cold check of EfficientNet-B7", times);
} finally {
  rmSync(work, { recursive: true, force: true });
}
