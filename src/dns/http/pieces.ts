/** What is written between two looks at other work, in characters: about a millisecond's worth. */
const pieceLength = 16 * 1024
/** Long answers under way, each of which holds the records that it began with; more are told to come again. */
const mostAtOnce = 32

export type Pieces = (text: Iterator<string>, headers: Record<string, string>) => Response

/** Answers with texts of any length: a long one is made as the client takes it, and names are answered meanwhile. */
export function openPieces(): Pieces {
  let open = 0
  let last = Promise.resolve()
  /** One piece of all answers together for each round of other work. */
  const turn = () => {
    last = last.then(() => new Promise((resolve) => setImmediate(resolve)))
    return last
  }
  return (text, headers) => {
    const first = nextPiece(text)
    if (first.done) return new Response(first.piece, { headers })
    if (open >= mostAtOnce)
      return new Response('503: too many long answers are under way', {
        status: 503,
        headers: { 'Retry-After': '1' },
      })
    open++
    let ended = false
    const end = () => {
      if (!ended) open--
      ended = true
    }
    const encoder = new TextEncoder()
    const body = new ReadableStream<Uint8Array>({
      start: (stream) => stream.enqueue(encoder.encode(first.piece)),
      async pull(stream) {
        await turn()
        try {
          const { piece, done } = nextPiece(text)
          if (piece !== '') stream.enqueue(encoder.encode(piece))
          if (!done) return
          stream.close()
          end()
        } catch (error) {
          end()
          throw error
        }
      },
      cancel: end,
    })
    return new Response(body, { headers })
  }
}

function nextPiece(text: Iterator<string>): { piece: string; done: boolean } {
  let piece = ''
  while (piece.length < pieceLength) {
    const next = text.next()
    if (next.done) return { piece, done: true }
    piece += next.value
  }
  return { piece, done: false }
}
