import { MeshboxError, messageOf } from '../../error.ts'
import type { Session } from '../zookeeper/session.ts'
import { type Document, parseDocumentText } from './parse.ts'

/** What stands in ZooKeeper now. An invalid document is never applied; who follows it stays on the last valid one. */
export type SharedState =
  | { kind: 'absent' }
  | { kind: 'valid'; text: string; version: number; document: Document }
  | { kind: 'invalid'; text: string; version: number; error: string }

export type SharedDocument = {
  read(): Promise<SharedState>
  /** Writes the text unless there is a document already; tells which of the two it was. */
  seed(text: string): Promise<'seeded' | 'existed'>
  /**
   * Replaces version `version` by a valid text and returns the new version.
   * @throws MeshboxError `document-invalid`, or `document-conflict` when somebody else wrote meanwhile
   */
  replace(text: string, version: number): Promise<number>
  /** Tells the state now and at each change, across lost sessions too. The returned function stops it. */
  follow(see: (state: SharedState) => void): () => void
}

const source = 'the shared document'

/** The one document that all machines of a cluster share, as a znode at `path`. */
export function sharedDocument(session: Session, path: string): SharedDocument {
  async function read(): Promise<SharedState> {
    const node = await session.read(path)
    return node ? interpret(node.data.toString(), node.version) : { kind: 'absent' }
  }

  return {
    read,
    async seed(text) {
      parseDocumentText(text, source)
      await session.ensure(path.slice(0, path.lastIndexOf('/')))
      try {
        await session.create(path, text)
        return 'seeded'
      } catch (error) {
        if (error instanceof MeshboxError && error.code === 'zk-node-exists') return 'existed'
        throw error
      }
    },
    async replace(text, version) {
      parseDocumentText(text, source)
      try {
        return await session.write(path, text, version)
      } catch (error) {
        if (!(error instanceof MeshboxError)) throw error
        if (error.code === 'zk-bad-version') throw await conflict(version, error)
        if (error.code !== 'zk-connection-loss') throw error
        // The write may have been taken all the same: what stands there now tells.
        const now = await session.read(path)
        if (now?.version === version + 1 && now.data.toString() === text) return now.version
        throw error
      }
    },
    follow(see) {
      return session.follow(path, (node) =>
        see(node ? interpret(node.data.toString(), node.version) : { kind: 'absent' }),
      )
    },
  }

  async function conflict(version: number, cause: MeshboxError): Promise<MeshboxError> {
    const now = await session.read(path)
    return new MeshboxError({
      code: 'document-conflict',
      message: `cannot write ${source}: version ${version} was replaced by version ${now?.version ?? 'none'} meanwhile`,
      hint: 'look at it with `meshbox config show`, then repeat your change',
      cause,
    })
  }
}

function interpret(text: string, version: number): SharedState {
  try {
    return { kind: 'valid', text, version, document: parseDocumentText(text, source) }
  } catch (error) {
    return { kind: 'invalid', text, version, error: messageOf(error) }
  }
}
