import type { Session } from '../../config/zookeeper/session.ts'
import { MeshboxError } from '../../error.ts'

/** The right to change one machine, which only one of them has at a time. It goes with the machine's session. */
export type Permit = {
  /** @throws MeshboxError `rollout-busy`, naming who has it */
  take(): Promise<void>
  giveBack(): Promise<void>
}

export function openPermit(session: Session, folder: string, name: string): Permit {
  const path = `${folder}/permit`
  return {
    async take() {
      await session.ensure(folder)
      try {
        await session.create(path, name, 'ephemeral')
      } catch (error) {
        if (!(error instanceof MeshboxError) || error.code !== 'zk-node-exists') throw error
        const holder = (await session.read(path))?.data.toString() ?? 'another machine'
        throw new MeshboxError({
          code: 'rollout-busy',
          message: `cannot apply the plan: ${holder} is changing, and one machine at a time may`,
          hint: 'wait until `meshbox status` there shows all its services ready',
        })
      }
    },
    async giveBack() {
      const node = await session.read(path)
      if (node?.data.toString() === name) await session.remove(path)
    },
  }
}
