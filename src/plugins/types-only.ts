/** What `lwm/tfjs` and `lwm/onnxruntime` are when code runs: they change types alone. */
export {};
