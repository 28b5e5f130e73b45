/** What goes into the binary: the program itself, then each worker, which is found only when it is listed here. */
export const entryPoints = ['src/main.ts']
