/** Marks a body that is a letter. */
export const letterType = 'application/vnd.meshbox.letter'
/** Marks an answer without an end: letters, one behind the other. */
export const piecesType = 'application/vnd.meshbox.letters'
/** A ticket: of the one that is asked, for the next request. */
export const ticketHeader = 'meshbox-ticket'
/** The IP address that is asked: a letter to one machine opens nothing at another. */
export const toHeader = 'meshbox-to'

type Asked = { method: string; path: string; to: string; ticket: string }

export const aboutRequest = ({ method, path, to, ticket }: Asked) => ['request', method, path, to, ticket]

/** @param nonce that of the request: a reply answers this one alone */
export const aboutReply = (status: number, nonce: string) => ['reply', String(status), nonce]

/** @param number of the letter in its stream, from 0 on */
export const aboutPiece = (nonce: string, number: number) => ['piece', nonce, String(number)]
