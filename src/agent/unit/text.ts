/**
 * The systemd unit of the agent. Its programs outlive it (`KillMode=process`) in a part of the cgroup tree that is its own
 * (`Delegate`); what it gives them must not be less than what they want.
 * @param systemd its version; from 254 on the agent has a group of its own in there, so that the others can get limits
 * @param command the absolute path of the binary, and what comes before `agent` where it is run from its sources
 */
export function unitText(command: string[], systemd: number): string {
  return `# Written by meshbox, which keeps it as it is; changes belong into a drop-in (systemctl edit meshbox).
[Unit]
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
`
}

/** systemd.service(5): words are quoted like in C, and % and $ mean something. */
function quoted(word: string): string {
  const escaped = word.replaceAll('%', '%%').replaceAll('$', '$$$$')
  return /^[\w@%+=:,./$-]+$/.test(escaped) ? escaped : `"${escaped.replace(/["\\]/g, '\\$&')}"`
}
