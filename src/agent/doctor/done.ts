import { MeshboxError } from '../../error.ts'
import { runToEnd } from '../../supervisor/provider/run.ts'

/** Runs a command that mends something. @throws MeshboxError with its own words when it fails */
export async function done(argv: string[]): Promise<void> {
  const { code, complaints } = await runToEnd(argv)
  if (code === 0) return
  throw new MeshboxError({
    code: 'doctor-fix',
    message: `cannot run ${argv.join(' ')}: ${complaints.trim().split('\n').at(-1)}`,
    hint: 'run it as root',
  })
}
