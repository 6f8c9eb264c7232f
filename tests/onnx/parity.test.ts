/** Unfolded graphs with a symbolic batch, as for training elsewhere, against torchvision's logits. (Folded ones: tests/acceptance.) */
import { expect } from "vitest";
import { bind } from "../../src/backends/weights/bind.ts";
import { fromTorch, relativeError } from "../acceptance/networks.ts";
import { network } from "../library/network.ts";
import { describeShared, testShared } from "../shared.ts";
import { sharedFile } from "../weights/checkpoint-files.ts";
import { emitted, opened, runSession } from "./sessions.ts";

describeShared("unfolded networks against torch", () => {
  for (const [name, call] of Object.entries(fromTorch)) {
    testShared(name, async () => {
      const io = sharedFile("parity", name, "io.safetensors");
      const [[input, { shape }]] = [...io.tensors].filter(([tensor]) => tensor.startsWith("input."));
      const { graph } = (await network(call, shape.slice(1))).model;
      const { store } = bind(graph, sharedFile("parity", name, "state_dict.safetensors"), name);
      const session = await opened((await emitted(graph, store!, { fold: false, batch: "N" })).model, { executionProviders: ["wasm"] });
      const results = await runSession(session, 1, { image: { shape: shape.slice(1), data: io.readFloat32(input) } });
      await session.release();
      const found = results[graph.outputs[0].name].data as Float32Array;
      expect(relativeError(found, io.readFloat32(input.replace("input", "logits_fp64")))).toBeLessThan(2e-5);
    });
  }
});
