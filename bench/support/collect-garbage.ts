/**
 * Collects garbage every second. Every thread of a worker whose memory is measured loads this file first (`node --expose-gc
 * -r`), so that a sample counts only memory in use. Without it, samples vary by about 10 %, because V8 decides when it
 * frees memory.
 */
const { gc } = globalThis;
if (!gc) throw new Error('start node with --expose-gc');
setInterval(() => void gc(), 1_000).unref();
