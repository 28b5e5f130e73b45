/** The least that a UDP server can do: what comes in goes out again, as a reply. */
await Bun.udpSocket({
  hostname: '127.0.0.1',
  port: Number(process.argv[2]),
  socket: {
    data(socket, bytes, port, address) {
      bytes[2] = 0x84
      socket.send(bytes, port, address)
    },
  },
})

export {}
