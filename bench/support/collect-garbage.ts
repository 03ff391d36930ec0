/**
 * Loaded first into every thread of a worker whose memory is measured (`node --expose-gc -r`): what is left is what the
 * worker holds. Without it, a tenth more or less is when V8 last thought it worth while to give memory back.
 */
const { gc } = globalThis;
if (!gc) throw new Error('start node with --expose-gc');
setInterval(() => void gc(), 1_000).unref();
