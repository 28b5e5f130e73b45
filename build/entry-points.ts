/**
 * What goes into the binary: the program itself, then each worker. A worker is found only when it is listed here, and in
 * the binary only by the same words, relative to no file: `new Worker('./src/dns/load/worker.ts')`.
 */
export const entryPoints = ['src/main.ts', 'src/dns/load/worker.ts']
