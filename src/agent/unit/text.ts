const title =
  '# Written by meshbox, which keeps it up to date; changes belong into a drop-in (systemctl edit meshbox).'
const mark = /^# sha256 of what follows: ([0-9a-f]{64})\n/m

/**
 * The systemd unit of the agent. Its programs outlive it (`KillMode=process`) in a part of the cgroup tree that is its own
 * (`Delegate`); what it gives them must not be less than what they want.
 * @param systemd its version; from 254 on the agent has a group of its own in there, so that the others can get limits
 * @param command the absolute path of the binary, and what comes before `agent` where it is run from its sources
 */
export function unitText(command: string[], systemd: number): string {
  return signed(`[Unit]
Description=meshbox, the agent of a Mesos cluster
Wants=network-online.target
After=network-online.target docker.service
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=all
ExecStart=${command.map(quoted).join(' ')} agent
Restart=on-failure
RestartSec=2
KillMode=process
Delegate=yes
${systemd >= 254 ? 'DelegateSubgroup=agent\n' : ''}TasksMax=infinity
LimitNOFILE=1048576
LimitNPROC=infinity
TimeoutStartSec=120
TimeoutStopSec=180

[Install]
WantedBy=multi-user.target
`)
}

/** With its own hash, by which it is known whether somebody has changed it since. */
export const signed = (body: string) => `${title}\n# sha256 of what follows: ${hashOf(body)}\n${body}`

const hashOf = (body: string) => new Bun.CryptoHasher('sha256').update(body).digest('hex')

/**
 * What is to become of a unit that lies there, for it to be `wanted`: one that somebody has changed is theirs from then on.
 * @param there undefined where there is none
 */
export function fateOf(there: string | undefined, wanted: string): 'same' | 'outdated' | 'edited' {
  if (there === wanted) return 'same'
  if (there === undefined) return 'outdated'
  const found = mark.exec(there)
  const body = there.slice((found?.index ?? 0) + (found?.[0].length ?? 0))
  return found?.[1] === hashOf(body) ? 'outdated' : 'edited'
}

/** systemd.service(5): words are quoted like in C, and % and $ mean something. */
function quoted(word: string): string {
  const escaped = word.replaceAll('%', '%%').replaceAll('$', '$$$$')
  return /^[\w@%+=:,./$-]+$/.test(escaped) ? escaped : `"${escaped.replace(/["\\]/g, '\\$&')}"`
}
