/**
 * Keeps the page as things are: when the agent tells of a change, or from time to time, the same page is asked for again
 * and what differs is changed in place. Without this script the page is the same, as it was when it was opened.
 */
const leastMs = 1000
const main = document.querySelector('main')
const line = document.getElementById('line')
const topics = new Set((main.dataset.topics ?? '').split(' '))
let waiting
let asking = false
let last = Date.now()

function later(ms = Math.max(0, last + leastMs - Date.now())) {
  if (waiting === undefined) waiting = setTimeout(renew, ms)
}

async function renew() {
  waiting = undefined
  if (asking || document.hidden) return
  asking = true
  try {
    const answer = await fetch(location.href, { headers: { accept: 'text/html' } })
    if (answer.redirected) location.reload()
    if (!answer.ok) return
    const next = new DOMParser().parseFromString(await answer.text(), 'text/html')
    const there = next.querySelector('main')
    if (there) become(main, there)
    document.title = next.title
    become(document.getElementById('summary'), next.getElementById('summary'))
  } catch {
    tell('The agent does not answer.')
  } finally {
    asking = false
    last = Date.now()
  }
}

/** Makes one element like another one, and leaves alone what somebody types, opens or reads. */
function become(old, next) {
  if (old.isEqualNode(next)) return
  if (old.nodeType !== 1 || next.nodeType !== 1 || old.nodeName !== next.nodeName || old.id !== next.id) {
    old.replaceWith(next)
    return
  }
  if (old.hasAttribute('data-keep')) return
  for (const { name } of [...old.attributes])
    if (!next.hasAttribute(name) && name !== 'open') old.removeAttribute(name)
  for (const { name, value } of next.attributes)
    if (old.getAttribute(name) !== value) old.setAttribute(name, value)
  const [mine, theirs] = [[...old.childNodes], [...next.childNodes]]
  for (let i = 0; i < theirs.length; i++) {
    if (mine[i]) become(mine[i], theirs[i])
    else old.append(theirs[i])
  }
  for (const rest of mine.slice(theirs.length)) rest.remove()
}

function tell(text) {
  if (line && line.textContent !== text) line.textContent = text
}

function listen() {
  const events = new EventSource('/v1/events')
  events.addEventListener('open', () => tell('Live.'))
  events.addEventListener('error', () => tell('Not live: the agent does not answer. Trying again.'))
  for (const topic of ['status', 'services', 'members', 'rollout', 'document', 'dns'])
    events.addEventListener(topic, () => {
      if (topics.has(topic)) later()
    })
}

/** What is written to a log from now on; what is there already came with the page. */
async function follow(log) {
  const most = 400_000
  let length = 0
  const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 40
  const show = (text, whole) => {
    const stay = !atEnd()
    length = whole ? text.length : length + text.length
    if (whole) log.textContent = text
    else log.append(text)
    if (length > most) {
      log.textContent = log.textContent.slice(-most / 2)
      length = log.textContent.length
    }
    if (!stay) log.scrollTop = log.scrollHeight
  }
  log.scrollTop = log.scrollHeight
  for (;;) {
    try {
      const answer = await fetch(log.dataset.log)
      // Why is on the page already.
      if (answer.status >= 400 && answer.status < 500) return
      if (!answer.ok) throw new Error(answer.statusText)
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
      let first = true
      for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
        show(piece.value, first)
        first = false
        tell('Live.')
      }
    } catch {
      // the agent, or that of the other machine, is away for a moment
    }
    tell('Not live: the agent does not answer. Trying again.')
    await new Promise((resolve) => setTimeout(resolve, 2000))
  }
}

if (topics.has('status')) setInterval(later, 5000)
if (main.dataset.topics) listen()
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && main.dataset.topics) later()
})
for (const log of document.querySelectorAll('[data-log]')) void follow(log)
