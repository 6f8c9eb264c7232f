/** `import "lwm/onnxruntime"`: typed imports speak of onnxruntime-web's own sessions. */
import type * as ort from "onnxruntime-web";

declare module "./import.ts" {
  interface Runtimes {
    readonly runtime: typeof ort;
    readonly session: ort.InferenceSession;
    readonly sessionOptions: ort.InferenceSession.SessionOptions;
  }
}
