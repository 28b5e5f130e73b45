import { rolloutState } from '../display/rollout.ts'
import type { RolloutReport, RolloutStatus } from '../rollout/status.ts'
import { type Frame, Page } from './layout.tsx'
import { Command, Quiet, State, Table } from './parts.tsx'

type RolloutProps = { frame: Frame; report: RolloutReport | string; mayChange: boolean }

/** How changes go from machine to machine. */
export function Rollout({ frame, report, mayChange }: RolloutProps) {
  const whole = typeof report === 'string' ? undefined : report
  const rollout = whole?.rollout
  return (
    <Page frame={frame} title="Rollout" topics={['rollout', 'status', 'members']}>
      <div class="head">
        <h1>Rollout</h1>
        {rollout && (
          <p>
            <State text={rolloutState(rollout)} /> {rollout.text}
          </p>
        )}
      </div>
      {typeof report === 'string' && <p class="note">{report}</p>}
      {whole?.away && <p class="bad">ZooKeeper does not answer: who is to come is not known.</p>}
      {whole && !rollout && whole.coming.length === 0 && <p class="note">Nothing was rolled out yet.</p>}
      {rollout?.why && <p class="bad">{rollout.why}</p>}
      {rollout?.waits && <p class="note">It waits for {rollout.waits}.</p>}
      {whole && whole.unseen.length > 0 && <p class="note">Not seen yet by {whole.unseen.join(', ')}.</p>}
      {whole && rollout && <Progress report={whole} rollout={rollout} />}
      {rollout && (mayChange ? <Steer rollout={rollout} /> : <HowTo frame={frame} rollout={rollout} />)}
    </Page>
  )
}

function Progress({ report: { coming }, rollout }: { report: RolloutReport; rollout: RolloutStatus }) {
  const { past, permit } = rollout
  const open = (permit?.machines ?? []).filter(({ id }) => permit?.words[id] === undefined)
  const done = past.length
  const total = done + open.length + coming.flat().length
  const rows = [
    ...past.map(({ name, step, kind, reason }) => [name, step, <State text={kind} />, reason ?? '']),
    ...open.map(({ id, name }) => [
      name,
      rollout.step,
      <State text={permit?.begun.includes(id) ? 'changing' : 'permitted'} />,
      permit?.task ?? '',
    ]),
    ...coming.map((names) => [names.join(', '), '', <Quiet text="to come" />, '']),
  ]
  return (
    <section aria-label="Progress">
      <p class="note">
        {done} of {total} machines
      </p>
      <progress max={Math.max(1, total)} value={done} aria-label="Machines that are done" />
      <Table
        label="Machines"
        columns={[{ title: 'Machine' }, { title: 'Step', number: true }, { title: 'State' }, { title: '' }]}
        rows={rows}
      />
    </section>
  )
}

const words = { pause: 'Pause', resume: 'Go on', abort: 'End it here' }

function Steer({ rollout: { state, paused } }: { rollout: RolloutStatus }) {
  const possible =
    state === 'halted' || paused
      ? (['resume', 'abort'] as const)
      : state === 'running'
        ? (['pause', 'abort'] as const)
        : []
  return (
    <div class="line">
      {possible.map((word) => (
        <form method="post" action="/rollout">
          <button type="submit" name="word" value={word}>
            {words[word]}
          </button>
        </form>
      ))}
    </div>
  )
}

function HowTo({ frame, rollout: { state, paused } }: { frame: Frame; rollout: RolloutStatus }) {
  if (state !== 'halted' && state !== 'running') return null
  return (
    <p>
      <Command
        status={frame.cluster}
        text={state === 'halted' || paused ? 'meshbox rollout resume' : 'meshbox rollout pause'}
      />{' '}
      <span class="note">
        or <a href="/login">sign in</a> with a token that may change
      </span>
    </p>
  )
}
