import { argv } from 'node:process'

/**
 * Measures the way between two machines. `echo.ts serve ADDRESS` sends datagrams back, and a large file by HTTP;
 * `echo.ts ask ADDRESS` tells in JSON what came back of its datagrams, and of the file.
 */
const [what, address = ''] = argv.slice(2)
const port = 7000
const fileBytes = 1_000_000
const datagrams = 200

if (what === 'serve') {
  await Bun.udpSocket({
    port,
    hostname: address,
    socket: {
      data(socket, data, fromPort, from) {
        socket.send(data, fromPort, from)
      },
    },
  })
  Bun.serve({ port, hostname: address, fetch: () => new Response(Buffer.alloc(fileBytes)) })
} else {
  const came = new Map<string, number>()
  const tookMs: number[] = []
  const client = await Bun.udpSocket({
    connect: { hostname: address, port },
    socket: {
      data(_, data) {
        const sent = data.toString()
        if (!came.has(sent)) tookMs.push(performance.now() - Number(sent.split(' ')[1]))
        came.set(sent, (came.get(sent) ?? 0) + 1)
      },
    },
  })
  for (let number = 0; number < datagrams; number++) {
    client.send(`${number} ${performance.now()}`)
    await Bun.sleep(2)
  }
  await Bun.sleep(500)
  client.close()
  const file = await fetch(`http://${address}:${port}`, { signal: AbortSignal.timeout(2000) })
    .then((answer) => answer.arrayBuffer())
    .catch(() => undefined)
  const medianMs = tookMs.toSorted((a, b) => a - b)[tookMs.length >> 1] ?? 0
  const twice = [...came.values()].filter((times) => times > 1).length / datagrams
  const fileCame = file?.byteLength === fileBytes
  process.stdout.write(JSON.stringify({ came: came.size / datagrams, twice, medianMs, fileCame }))
}
