import { marker } from './wanted.ts'

/** The servers of a resolv.conf in order, as the C library reads them: keywords begin their line. */
export function serversOf(text: string): string[] {
  return [...text.matchAll(/^nameserver[ \t]+(\S+)/gm)].map((match) => match[1] ?? '')
}

/** `options rotate`: look-ups go to all servers in turn. */
export function rotates(text: string): boolean {
  return /^options[ \t](?:.*[ \t])?rotate(?:[ \t]|$)/m.test(text)
}

/** The program that writes this file, and will again, by the first words of the file. */
export function writerOf(text: string): string | undefined {
  const name = /^[#;].*\b(?:auto)?(?:generated|created|managed) by:?\s+(?:the\s+)?([\w./-]+)/im.exec(
    text,
  )?.[1]
  return name === undefined || /^docker$/i.test(name) ? undefined : name.replace(/[./]+$/, '')
}

/** The same file with one more server, before all others; everything else stays as it is. */
export function withFirst(text: string, address: string): string {
  const others = text
    .split(/(?<=\n)/)
    .filter((line) => !/^nameserver[ \t]/.test(line) || serversOf(line)[0] !== address)
  const at = others.findIndex((line) => /^nameserver[ \t]/.test(line))
  const before = others.slice(0, at === -1 ? others.length : at).join('')
  const after = at === -1 ? '' : others.slice(at).join('')
  const gap = before === '' || before.endsWith('\n') ? '' : '\n'
  const added = `${marker}, whose resolver is asked first; what was here comes back with dns.host=off\nnameserver ${address}\n`
  return `${before}${gap}${added}${after}`
}
