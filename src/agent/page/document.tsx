import { structuredPatch } from 'diff'
import { type Frame, Page } from './layout.tsx'
import { Command, Quiet, scrolls, Table } from './parts.tsx'

export type Present = { text: string; version: number; problem?: string }
export type Past = { version: number; who: string; when: string; how: string; why?: string }
export type PastText = Past & { text: string }

type DocumentProps = { frame: Frame; present: Present | string; history: Past[]; mayChange: boolean }

/** The shared document as it is, and how it came to be so. */
export function SharedDocument({ frame, present, history, mayChange }: DocumentProps) {
  return (
    <Page frame={frame} title="Document" topics={['document', 'status']}>
      <div class="head">
        <h1>Document</h1>
        <p>{typeof present === 'string' ? present : `version ${present.version}`}</p>
      </div>
      {typeof present === 'object' && (
        <>
          {present.problem && <p class="bad">Not applied: {present.problem}</p>}
          <section>
            <pre class="box" {...scrolls('The document')}>
              {present.text || '# empty: every option has its default'}
            </pre>
          </section>
        </>
      )}
      <section aria-labelledby="history">
        <div class="title">
          <h2 id="history">History</h2>
          <span class="note">
            Change it with <Command status={frame.cluster} text="meshbox config edit" />
          </span>
        </div>
        <Table
          label="History"
          columns={[
            { title: 'Version', number: true },
            { title: 'When' },
            { title: 'Who' },
            { title: 'How' },
            { title: 'Why' },
            { title: '' },
          ]}
          rows={history.map(({ version, when, who, how, why }) => [
            <a href={`/document/${version}`}>{version}</a>,
            <time datetime={when}>{when.slice(0, 19).replace('T', ' ')}</time>,
            who,
            <code>{how}</code>,
            why ?? '',
            typeof present === 'object' && version === present.version ? (
              <Quiet text="now" />
            ) : mayChange ? (
              <Rollback version={version} />
            ) : (
              ''
            ),
          ])}
        />
        {!mayChange && history.length > 1 && (
          <p class="note">
            To bring a version back: <Command status={frame.cluster} text="meshbox config rollback VERSION" />
            , or <a href="/login">sign in</a> with a token that may change.
          </p>
        )}
      </section>
    </Page>
  )
}

function Rollback({ version }: { version: number }) {
  return (
    <form method="post" action="/document/rollback">
      <input type="hidden" name="version" value={String(version)} />
      <button class="small" type="submit" aria-label={`Bring version ${version} back`}>
        Bring back
      </button>
    </form>
  )
}

type VersionProps = { frame: Frame; version: PastText; before: PastText | undefined; now: Present | string }

/** One version: what it changed, and what has changed since. */
export function Version({ frame, version, before, now }: VersionProps) {
  return (
    <Page frame={frame} title={`Version ${version.version}`} topics={['document']}>
      <div class="head">
        <h1>Version {version.version}</h1>
        <p>
          {version.who}, {version.when.slice(0, 19).replace('T', ' ')}, <code>{version.how}</code>{' '}
          {version.why && <>· {version.why}</>}
        </p>
      </div>
      <section aria-labelledby="changed">
        <h2 id="changed" class="title">
          {before ? `What it changed of version ${before.version}` : 'As it was written'}
        </h2>
        <Diff old={before?.text ?? ''} next={version.text} label="What it changed" />
      </section>
      {typeof now === 'object' && now.version !== version.version && (
        <section aria-labelledby="since">
          <h2 id="since" class="title">
            What has changed since
          </h2>
          <Diff old={version.text} next={now.text} label="What has changed since" />
        </section>
      )}
    </Page>
  )
}

function Diff({ old, next, label }: { old: string; next: string; label: string }) {
  const { hunks } = structuredPatch('', '', old, next, '', '', { context: 3 })
  if (hunks.length === 0) return <p class="note">Nothing.</p>
  return (
    <pre class="box diff" {...scrolls(label)}>
      {hunks.flatMap(({ oldStart, newStart, lines }) => [
        <span class="hunk">
          @@ {oldStart} → {newStart}
        </span>,
        ...lines.map((line) => <span class={kinds[line[0] ?? '']}>{line}</span>),
      ])}
    </pre>
  )
}

const kinds: Record<string, string> = { '+': 'added', '-': 'removed' }
