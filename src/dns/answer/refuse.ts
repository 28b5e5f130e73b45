import { rcode } from '../message/codes.ts'
import type { Step } from './step.ts'

/** Names that nobody here answers for. */
export const refused: Step = () => ({ rcode: rcode.refused })
