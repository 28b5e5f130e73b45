/**
 * `keep-programs`: what runs goes on without the agent. `stop-programs`: they are stopped in order, as the machine is, and
 * tasks go on where they can. `end-programs`: everything ends, tasks too. `leave`: and the machine's own look-ups are as
 * they were.
 */
export type Ending = 'keep-programs' | 'stop-programs' | 'end-programs' | 'leave'
