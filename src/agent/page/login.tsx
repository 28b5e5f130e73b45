import { Plain } from './layout.tsx'

type LoginProps = { next: string; problem?: string; scope?: string | undefined }

/**
 * Where a browser shows its token, once for as long as it is good. Whoever has none is not told where this agent keeps its
 * files.
 */
export function Login({ next, problem, scope }: LoginProps) {
  return (
    <Plain title="Token">
      <h1>{scope ? 'Your token' : 'This needs a token'}</h1>
      {problem && (
        <p class="bad" role="alert">
          {problem}
        </p>
      )}
      {scope && (
        <p>
          It may {scope}. <a href={next}>Go on</a>
        </p>
      )}
      <p class="note">Make one on a machine of the cluster:</p>
      <p>
        <code class="command">meshbox token create --api read</code>
      </p>
      <form method="post" action="/login">
        <input type="hidden" name="next" value={next} />
        <label>
          Token
          <input name="token" type="password" autocomplete="current-password" required spellcheck={false} />
        </label>
        <button type="submit">Use it</button>
      </form>
      {scope && (
        <form method="post" action="/logout">
          <button type="submit">Forget it in this browser</button>
        </form>
      )}
    </Plain>
  )
}

/** What went wrong, in the same words as everywhere. */
export function Failure({
  title,
  detail,
  hint,
}: {
  title: string
  detail: string
  hint?: string | undefined
}) {
  return (
    <Plain title={title}>
      <h1>{title}</h1>
      <p>{detail}</p>
      {hint && <p class="note">{hint}</p>}
      <p>
        <a href="/">To the overview</a>
      </p>
    </Plain>
  )
}
