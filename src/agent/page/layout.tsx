import type { Child } from 'hono/jsx'
import { version } from '../../version.ts'
import type { ClusterStatus } from '../status.ts'
import { leadersOf } from './leaders.ts'
import { troublesOf } from './troubles.ts'

const places = [
  ['/', 'Overview'],
  ['/machines', 'Machines'],
  ['/services', 'Services'],
  ['/tasks', 'Tasks and names'],
  ['/document', 'Document'],
  ['/rollout', 'Rollout'],
  ['/gossip', 'Gossip'],
] as const

/** What every view stands in. */
export type Frame = {
  cluster: ClusterStatus
  /** Where in the navigation it belongs. */
  place: string
}

type PageProps = {
  frame: Frame
  title: string
  /** Changes of these make the view another one. */
  topics: string[]
  children?: Child
}

/** A view with the navigation beside it. */
export function Page({ frame: { cluster, place }, title, topics, children }: PageProps) {
  const count = troublesOf(cluster).length
  const { name } = cluster.cluster
  const leaders = leadersOf(cluster)
  return (
    <Document title={`${count > 0 ? `(${count}) ` : ''}${title} · ${name}`}>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <div class="frame">
        <header class="side">
          <a class="brand" href="/">
            <Mark />
            <span>{name}</span>
          </a>
          <nav aria-label="Views">
            <ul>
              {places.map(([href, text]) => (
                <li>
                  <a href={href} {...(href === place ? { 'aria-current': 'page' as const } : {})}>
                    {text}
                  </a>
                </li>
              ))}
            </ul>
            {(leaders.master || leaders.marathon) && (
              <ul class="leaders" aria-label="Pages of the leaders">
                {leaders.master && <Leader href={leaders.master} text="Mesos" />}
                {leaders.marathon && <Leader href={leaders.marathon} text="Marathon" />}
              </ul>
            )}
          </nav>
          <div class="foot">
            <p id="line" role="status" data-keep />
            <p>meshbox {version}</p>
            <p>
              <a href="/login">Token</a> · <a href="/v1/openapi.json">API</a>
            </p>
          </div>
        </header>
        <main id="main" tabindex={-1} data-topics={topics.join(' ')}>
          <p id="summary" class="hidden" role="status">
            {count === 0 ? 'No problems.' : `${count} ${count === 1 ? 'problem' : 'problems'}.`}
          </p>
          {children}
        </main>
      </div>
    </Document>
  )
}

function Leader({ href, text }: { href: string; text: string }) {
  return (
    <li>
      <a href={href} rel="noreferrer">
        {text} <span aria-hidden="true">↗</span>
      </a>
    </li>
  )
}

/** A page by itself: nothing of the cluster is shown on it. */
export function Plain({ title, children }: { title: string; children?: Child }) {
  return (
    <Document title={`${title} · meshbox`}>
      <main id="main" class="entry" data-still>
        {children}
      </main>
    </Document>
  )
}

function Document({ title, children }: { title: string; children?: Child }) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title}</title>
        <link rel="stylesheet" href="/page.css" />
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
        <script src="/page.js" type="module" />
      </head>
      <body>{children}</body>
    </html>
  )
}

/** Three machines that know of each other, in a box. */
function Mark() {
  return (
    <svg width="22" height="22" viewBox="0 0 24 24" aria-hidden="true">
      <path d={markPath} fill="none" stroke="currentColor" stroke-width="1.8" stroke-linejoin="round" />
      <circle cx="12" cy="7.5" r="2.3" fill="currentColor" />
      <circle cx="7.2" cy="15.5" r="2.3" fill="currentColor" />
      <circle cx="16.8" cy="15.5" r="2.3" fill="currentColor" />
    </svg>
  )
}

const markPath =
  'M4.5 2.5h15a2 2 0 0 1 2 2v15a2 2 0 0 1-2 2h-15a2 2 0 0 1-2-2v-15a2 2 0 0 1 2-2ZM12 7.5l-4.8 8h9.6Z'

export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><g fill="#3f74dd"><path d="${markPath}" fill="none" stroke="#3f74dd" stroke-width="1.8"/><circle cx="12" cy="7.5" r="2.3"/><circle cx="7.2" cy="15.5" r="2.3"/><circle cx="16.8" cy="15.5" r="2.3"/></g></svg>`
